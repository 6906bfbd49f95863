"""Where people review: tasks within the limits of a shift, with hidden checks among them."""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from enum import Enum

from training_loop.review.checks import CheckRate
from training_loop.review.reviewer_record import ReviewerRecords
from training_loop.review.shift import Act, Admission
from training_loop.review.shifts import Shifts
from training_loop.review.task import ClipReport, Opinion, ReviewTask, Stage
from training_loop.review.tasks import ReviewTasks


class Answer(Enum):
    """What came of asking for a task."""

    LENT = "lent"
    NOTHING_WAITS = "nothing_waits"
    CAP_REACHED = "cap_reached"
    BREAK_DUE = "break_due"
    NO_SHIFT = "no_shift"
    HELD = "held"
    """Somebody has to look into this reviewer's work first."""


_REFUSALS = {
    Admission.NO_SHIFT: Answer.NO_SHIFT,
    Admission.CAP_REACHED: Answer.CAP_REACHED,
    Admission.BREAK_DUE: Answer.BREAK_DUE,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Lent:
    """`task` is there when the answer is LENT."""

    answer: Answer
    task: ReviewTask | None = field(default=None, repr=False)


class ReviewRoom:
    """Every method raises StoreUnavailable; those with a task raise LeaseLost once it is lost."""

    def __init__(
        self,
        tasks: ReviewTasks,
        shifts: Shifts,
        records: ReviewerRecords,
        *,
        checks: CheckRate,
        chance: random.Random | None = None,
    ) -> None:
        self.tasks = tasks
        self.shifts = shifts
        self.records = records
        self._checks = checks
        self._chance = chance or random.SystemRandom()

    async def lease(self, staff: str, stage: Stage, *, request_id: str = "") -> Lent:
        """The next task, or the one that is open, or why there is none."""
        admission = (await self.shifts.now(staff)).admission
        if admission is not Admission.ADMITTED:
            return Lent(answer=_REFUSALS[admission])
        record = await self.records.of(staff)
        if stage is Stage.REVIEW and record.held:
            return Lent(answer=Answer.HELD)
        task = None
        if stage is Stage.REVIEW and self._checks.due(record.checks, self._chance.random()):
            task = await self.tasks.check_task(staff)
        if task is None:
            task = await self.tasks.lease(staff, stage, request_id=request_id)
        if task is None:
            return Lent(answer=Answer.NOTHING_WAITS)
        await self.shifts.lent(staff)
        return Lent(answer=Answer.LENT, task=task)

    async def submit(self, staff: str, task: str, opinion: Opinion, *, request_id: str) -> float:
        """Returns how long it can be undone, in s. The same request again changes nothing."""
        left_s = await self.tasks.submit(staff, task, opinion, request_id=request_id)
        await self.shifts.acted(staff, task, Act.DONE, said=self.records.said(opinion))
        return left_s

    async def skip(self, staff: str, task: str) -> float:
        """Not for me; nobody asks why."""
        left_s = await self.tasks.skip(staff, task)
        await self.shifts.acted(staff, task, Act.SKIPPED)
        return left_s

    async def undo(self, staff: str, task: str) -> ReviewTask:
        opened = await self.tasks.undo(staff, task)
        await self.shifts.undone(staff, task)
        return opened

    async def report(self, staff: str, task: str, why: ClipReport, *, request_id: str) -> str:
        """The case's reference, or "" for what was deleted."""
        reference = await self.tasks.report(staff, task, why, request_id=request_id)
        await self.shifts.acted(staff, task, Act.REPORTED)
        return reference
