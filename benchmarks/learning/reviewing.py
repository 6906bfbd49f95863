"""Reviewers at the real review tasks: they know what was said, but for a share of the clips.

What they submit is what they would have typed: hidden words stay hidden. Whose clip a task is, is
opened with the installation's key, as no reviewer can. Nobody takes anything back, so the time for
that is short.
"""

from __future__ import annotations

import asyncio
import random
import secrets
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from benchmarks.learning.as_shown import opinion
from benchmarks.learning.said import Said
from benchmarks.learning.ways import TAUGHT
from training_loop.loop import Loop
from training_loop.review.agreement import settle
from training_loop.review.marking import ListenMarker
from training_loop.review.officers_key import OfficersKey
from training_loop.review.reviewer_record import ReviewerRecords
from training_loop.review.task import Opinion, ReviewTask, Stage
from training_loop.review.task_errors import TaskWithdrawn
from training_loop.review.task_name import TaskNames
from training_loop.review.tasks import ReviewTasks

REVIEWERS, ADJUDICATORS = 4, 2
_LOOK_EACH_S = 1.0
_UNDO_MS = 200
_SETTLED_WITHIN_S = 300.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Reviewed:
    """Counts of one lap's reviews."""

    opinions: int
    wrong: int
    """Of the opinions: drawn as an error."""
    unheard: int
    """Of the opinions: words with a meaning were hidden."""
    agreed: int
    adjudicated: int
    unusable: int

    @property
    def gold(self) -> int:
        return self.agreed + self.adjudicated


@dataclass(slots=True, kw_only=True)
class Oracle:
    """Knows the truth of every item, and is wrong in a share of the opinions."""

    tasks: ReviewTasks
    names: TaskNames
    error: float
    chance: random.Random = field(repr=False)
    truths: Mapping[str, Said] = field(repr=False)
    counts: Counter[str] = field(default_factory=Counter)

    def opinion(self, staff: str, task: ReviewTask) -> Opinion:
        item = self.names.open(staff, task.name).item
        truth = opinion(self.truths[item], task.clip.text)
        self.counts["opinions"] += 1
        self.counts["unheard"] += truth.unusable
        if self.chance.random() >= self.error:
            return truth
        self.counts["wrong"] += 1
        return _wrong(truth, self.chance)


def _wrong(truth: Opinion, chance: random.Random) -> Opinion:
    if truth.unusable:
        return Opinion(text="stop", intent="stop")
    kind = chance.choice(("intent", "entities", "text"))
    if kind == "intent":
        others = sorted(intent for intent in TAUGHT if intent != truth.intent)
        return replace(truth, intent=chance.choice(others))
    if kind == "entities" and truth.entities:
        return replace(truth, entities=())
    at = len(truth.entities) and truth.entities[-1].end
    return replace(truth, text=f"{truth.text} please" if at else f"{truth.text} now")


async def review(
    loop: Loop, truths: Mapping[str, Said], *, error: float, chance: random.Random
) -> Reviewed:
    """Two see each clip, a third decides where they differ; returns when all is settled.

    Raises TimeoutError when something is never settled.
    """
    tasks = _tasks(loop)
    before = await tasks.statistics()
    names = TaskNames(loop.vault)
    oracle = Oracle(tasks=tasks, names=names, error=error, chance=chance, truths=truths)
    await _work(oracle, Stage.REVIEW, (f"reviewer {n}" for n in range(REVIEWERS)))
    async with asyncio.timeout(_SETTLED_WITHIN_S):
        while True:
            adjudicators = (f"adjudicator {n}" for n in range(ADJUDICATORS))
            await _work(oracle, Stage.ADJUDICATION, adjudicators)
            now = await tasks.statistics()
            if now.waiting == now.in_work == 0:
                break
            await asyncio.sleep(_LOOK_EACH_S)
    return Reviewed(
        opinions=oracle.counts["opinions"],
        wrong=oracle.counts["wrong"],
        unheard=oracle.counts["unheard"],
        agreed=now.agreed - before.agreed,
        adjudicated=now.adjudicated - before.adjudicated,
        unusable=now.unusable - before.unusable,
    )


def _tasks(loop: Loop) -> ReviewTasks:
    return ReviewTasks(
        *(loop.store, loop.vault, loop.blobs, loop.reads),
        settle=settle,
        observer=ReviewerRecords(loop.store),
        marker=ListenMarker(loop.vault),
        officers=OfficersKey(loop.settings.officers_key),
        tombstones=loop.tombstones,
        undo_ms=_UNDO_MS,
    )


async def _work(oracle: Oracle, stage: Stage, staff: Iterable[str]) -> None:
    async with asyncio.TaskGroup() as group:
        for one in staff:
            group.create_task(_shift(oracle, stage, one))


async def _shift(oracle: Oracle, stage: Stage, staff: str) -> None:
    tasks = oracle.tasks
    while (task := await tasks.lease(staff, stage)) is not None:
        said = oracle.opinion(staff, task)
        try:
            await tasks.submit(staff, task.name, said, request_id=secrets.token_hex(8))
        except TaskWithdrawn:
            continue
