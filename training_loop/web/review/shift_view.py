"""A reviewer's own shift, as it is shown to them and to nobody else."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from training_loop.v1 import review_pb2 as pb
from training_loop.web.review.task_view import milliseconds

_SOON_S: Final = 5 * 60


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownShift:
    on: bool
    done: int
    skipped: int
    reported: int
    left: int
    until_break_min: int
    break_soon: bool
    break_left_s: int
    accuracy: str
    """Of hidden checks, in percent; empty below ten."""
    pace_s: str
    """The reviewer's own median; empty without one."""
    text_first: bool
    help: str
    cases_waiting: int
    cases_taken: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Pause:
    """Why there is no clip now."""

    word: str
    title: str
    text: str


PAUSES: Mapping[int, Pause] = {
    pb.LeaseTaskResponse.NOTHING_WAITS: Pause(
        word="nothing",
        title="Nothing waits for you",
        text="Everything has been heard, or you have heard your part of it. Look again whenever "
        "you like.",
    ),
    pb.LeaseTaskResponse.CAP_REACHED: Pause(
        word="cap",
        title="That was enough for one shift",
        text="Nobody should hear more than this in a day. Thank you. See you next time.",
    ),
    pb.LeaseTaskResponse.BREAK_DUE: Pause(
        word="break",
        title="Time for a break",
        text="Stand up, look out of a window, drink something. The clips wait.",
    ),
    pb.LeaseTaskResponse.NO_SHIFT: Pause(
        word="no-shift", title="Ready when you are", text="Begin a shift to hear the first clip."
    ),
    pb.LeaseTaskResponse.HELD: Pause(
        word="held",
        title="Let us look at this together",
        text="Some of your answers differ from what others agreed on. That happens. Somebody looks "
        "into it with you before you go on; there is nothing else you need to do.",
    ),
}


def shown_shift(shift: pb.Shift) -> ShownShift:
    until_break_s = shift.until_break.seconds
    pace_ms = milliseconds(shift.median_time)
    known = shift.HasField("check_accuracy")
    return ShownShift(
        on=shift.on_shift,
        done=shift.done,
        skipped=shift.skipped,
        reported=shift.reported,
        left=shift.left,
        until_break_min=-(-until_break_s // 60),
        break_soon=shift.on_shift and 0 < until_break_s <= _SOON_S,
        break_left_s=-(-milliseconds(shift.break_left) // 1000),
        accuracy=f"{shift.check_accuracy * 100:.0f}" if known else "",
        pace_s=f"{pace_ms / 1000:.0f}" if pace_ms else "",
        text_first=shift.text_first,
        help=shift.help,
        cases_waiting=shift.cases_waiting,
        cases_taken=shift.cases_taken,
    )
