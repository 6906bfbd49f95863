"""A shift: how many clips, how long without a break, how fast. Pure; told the time in ms.

Nobody is watched: what is in here is shown to its owner alone, and goes when the shift does.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from statistics import median

import grpc

from training_loop.errors import InvalidArgument, TrainingLoopError

PACES_KEPT = 100
LONGEST_PACE_MS = 600_000


class NoShift(TrainingLoopError):
    code = "NO_SHIFT"
    status = grpc.StatusCode.FAILED_PRECONDITION
    hint = "Call StartShift first."


class BreakNotOver(TrainingLoopError):
    code = "BREAK_NOT_OVER"
    status = grpc.StatusCode.FAILED_PRECONDITION
    hint = "Take the rest of the break; GetMyShift says how long it is."


@dataclass(frozen=True, slots=True, kw_only=True)
class ShiftLimits:
    """What protects those who listen. Raises InvalidArgument for limits that protect nobody."""

    clips: int = 200
    work_s: float = 50 * 60
    """Longest stretch without a break."""
    break_s: float = 10 * 60
    """What counts as a break: so long without a clip."""
    length_s: float = 12 * 3600
    """How long the cap of a shift holds; a new shift begins after it."""

    def __post_init__(self) -> None:
        if self.clips < 1 or not 0 < self.break_s < self.length_s or self.work_s <= 0:
            raise InvalidArgument("A shift has at least one clip, a break and a length.")

    @property
    def work_ms(self) -> int:
        return round(self.work_s * 1000)

    @property
    def break_ms(self) -> int:
        return round(self.break_s * 1000)

    @property
    def length_ms(self) -> int:
        return round(self.length_s * 1000)


class Admission(Enum):
    """Whether the next clip may be lent."""

    ADMITTED = "admitted"
    NO_SHIFT = "no_shift"
    CAP_REACHED = "cap_reached"
    BREAK_DUE = "break_due"


class Act(Enum):
    """What ends a task."""

    DONE = "done"
    SKIPPED = "skipped"
    REPORTED = "reported"


@dataclass(frozen=True, slots=True, kw_only=True)
class Shift:
    """One member's shift as it stands. Times in ms of the store's clock; 0 where there is none."""

    start_ms: int = 0
    stretch_ms: int = 0
    """When the present stretch of work began."""
    last_ms: int = 0
    """When a clip was last lent or done."""
    done: int = 0
    skipped: int = 0
    reported: int = 0
    text_first: bool = False
    paces_ms: tuple[int, ...] = field(default=(), repr=False)
    """From lease to submission, the latest clips."""

    @staticmethod
    def read(stored: Mapping[str, str]) -> Shift:
        """Of a store's hash; an empty one is no shift."""
        numbers = {
            name: int(stored.get(name, 0))
            for name in ("start_ms", "stretch_ms", "last_ms", "done", "skipped", "reported")
        }
        return Shift(
            **numbers,
            text_first=stored.get("text_first") == "1",
            paces_ms=tuple(map(int, stored.get("paces_ms", "").split())),
        )

    @property
    def seen(self) -> int:
        return self.done + self.skipped + self.reported

    @property
    def median_s(self) -> float | None:
        return median(self.paces_ms) / 1000 if self.paces_ms else None

    def on(self, now_ms: int, limits: ShiftLimits) -> bool:
        return self.start_ms > 0 and now_ms < self.start_ms + limits.length_ms

    def left(self, limits: ShiftLimits) -> int:
        return max(0, limits.clips - self.seen)

    def rested(self, now_ms: int, limits: ShiftLimits) -> bool:
        """So long without a clip that a new stretch of work begins."""
        return now_ms - self.last_ms >= limits.break_ms

    def until_break_s(self, now_ms: int, limits: ShiftLimits) -> float:
        if self.rested(now_ms, limits):
            return limits.work_s
        return max(0, self.stretch_ms + limits.work_ms - now_ms) / 1000

    def break_left_s(self, now_ms: int, limits: ShiftLimits) -> float:
        """0 unless a break is due; it began with the last clip."""
        if self.until_break_s(now_ms, limits) > 0:
            return 0.0
        return (self.last_ms + limits.break_ms - now_ms) / 1000

    def admission(self, now_ms: int, limits: ShiftLimits) -> Admission:
        if not self.on(now_ms, limits):
            return Admission.NO_SHIFT
        if self.left(limits) == 0:
            return Admission.CAP_REACHED
        if self.break_left_s(now_ms, limits) > 0:
            return Admission.BREAK_DUE
        return Admission.ADMITTED
