"""Shifts in the store: one hash a member, by the store's clock, gone when the shift is over."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

from redis.asyncio import Redis

from training_loop.review.checks import SAME_IN_A_ROW
from training_loop.review.shift import (
    LONGEST_PACE_MS,
    PACES_KEPT,
    Act,
    Admission,
    BreakNotOver,
    Shift,
    ShiftLimits,
)
from training_loop.store import keys
from training_loop.store.script_runner import Scripts, text

_ACT_KNOWN_MS = 3_600_000
"""How long a repeated submission of the same task is known as such."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ShiftNow:
    """A shift at a moment of the store's clock."""

    shift: Shift
    now_ms: int
    limits: ShiftLimits

    @property
    def admission(self) -> Admission:
        return self.shift.admission(self.now_ms, self.limits)


class Shifts:
    """Every method raises StoreUnavailable."""

    def __init__(self, store: Redis, limits: ShiftLimits) -> None:
        self._scripts = Scripts(store)
        self._limits = limits

    async def now(self, staff: str) -> ShiftNow:
        now_ms, *found = await self._scripts.run("review_read_shift", [keys.review_shift(staff)])
        names, values = map(text, found[::2]), map(text, found[1::2])
        stored = dict(zip(names, values, strict=True))
        return ShiftNow(shift=Shift.read(stored), now_ms=int(now_ms), limits=self._limits)

    async def start(self, staff: str, *, text_first: bool | None = None) -> ShiftNow:
        """Begins a shift, or ends a break; changes nothing else of a shift that runs.

        Raises BreakNotOver.
        """
        limits = self._limits
        wanted = "" if text_first is None else str(int(text_first))
        begun = await self._scripts.run(
            "review_start_shift",
            [keys.review_shift(staff)],
            [limits.length_ms, limits.work_ms, limits.break_ms, wanted],
        )
        if not begun:
            raise BreakNotOver("a break is due, and it is not over")
        return await self.now(staff)

    async def lent(self, staff: str) -> None:
        """A clip is in front of the member: the pace is taken from here."""
        await self._scripts.run(
            "review_note_lent", [keys.review_shift(staff)], [self._limits.break_ms]
        )

    async def acted(self, staff: str, task: str, act: Act, *, said: str = "") -> None:
        """Counts what ended a task; telling it again changes nothing. `said` is a token of what
        was submitted, see `reliability.Tokens`."""
        await self._scripts.run(
            "review_note_act",
            [
                keys.review_shift(staff),
                _act_of(staff, task),
                keys.reviewer_record(staff),
                keys.reviewers(),
            ],
            [act.value, said, _ACT_KNOWN_MS, PACES_KEPT, LONGEST_PACE_MS, SAME_IN_A_ROW, staff],
        )

    async def undone(self, staff: str, task: str) -> None:
        """Takes back what was counted of a task."""
        await self._scripts.run(
            "review_undo_act",
            [keys.review_shift(staff), _act_of(staff, task), keys.reviewer_record(staff)],
        )


def _act_of(staff: str, task: str) -> str:
    return keys.review_act(staff, hashlib.blake2b(task.encode(), digest_size=12).hexdigest())
