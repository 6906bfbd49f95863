"""The demo's reviewers: two members of staff at the Review service, played by scripts.

They get what every reviewer gets: redacted words and an altered voice. They know what was meant
from the words alone, as the demo's story tells it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass

import grpc

from deploy.demo.hiring import Hired
from deploy.demo.story import MARKED
from device_sim.connection import bearer, stub
from device_sim.household import Spoken
from training_loop.review.annotation import parse
from training_loop.v1 import review_pb2, review_pb2_grpc

_CALL_WITHIN_S = 30
_OFFERED_WITHIN_S = 180.0
_SETTLED_WITHIN_S = 180.0
_LOOK_EACH_S = 0.3


@dataclass(frozen=True, slots=True, kw_only=True)
class Reviewed:
    """What came of the reviews."""

    clips: int
    """That two reviewers agree on."""
    heard: int
    """Plays, of both reviewers together; the other clips have words alone."""


def known(spoken: list[Spoken], reply_intent: str) -> dict[str, review_pb2.ReviewContent]:
    """What was said and meant, by what was recognised of it, where it was queued."""
    contents = {}
    for one in spoken:
        turn = one.turn
        if turn is None or turn.transcript is None or turn.report is None or not turn.report.queued:
            continue
        marked = parse(MARKED.get(one.said, one.said))
        contents[turn.transcript.text.lower()] = review_pb2.ReviewContent(
            text=marked.text,
            intent=one.intent or reply_intent,
            entities=[
                review_pb2.MarkedEntity(
                    name=entity.name,
                    role=entity.role,
                    value=entity.value,
                    start=entity.start,
                    end=entity.end,
                )
                for entity in marked.entities
            ],
            wake=True,
        )
    return contents


class ReviewFloor:
    """Reviewers at work until nothing waits."""

    def __init__(
        self, channel: grpc.aio.Channel, truth: Mapping[str, review_pb2.ReviewContent]
    ) -> None:
        self._review = stub(review_pb2_grpc.ReviewStub, channel)
        self._truth = truth
        self._heard = 0

    async def work(self, reviewers: tuple[Hired, Hired], *, clips: int, watcher: Hired) -> Reviewed:
        """Both review `clips` clips each; returns when they are settled.

        Raises TimeoutError when so many are not offered or settled in time.
        """
        async with asyncio.TaskGroup() as group:
            for reviewer in reviewers:
                group.create_task(self._shift(reviewer, clips))
        agreed = await self._settled(watcher, clips)
        return Reviewed(clips=agreed, heard=self._heard)

    async def _shift(self, reviewer: Hired, clips: int) -> None:
        caller = bearer(reviewer.token)
        await self._review.StartShift(
            review_pb2.StartShiftRequest(), metadata=caller, timeout=_CALL_WITHIN_S
        )
        done = 0
        async with asyncio.timeout(_OFFERED_WITHIN_S):
            while done < clips:
                lent = await self._review.LeaseTask(
                    review_pb2.LeaseTaskRequest(), metadata=caller, timeout=_CALL_WITHIN_S
                )
                if lent.outcome != review_pb2.LeaseTaskResponse.LENT:
                    await asyncio.sleep(_LOOK_EACH_S)
                    continue
                await self._one(lent.task, caller)
                done += 1

    async def _one(self, task: review_pb2.ReviewTask, caller: tuple[tuple[str, str], ...]) -> None:
        if task.level == review_pb2.DEIDENTIFICATION_LEVEL_ALTERED_VOICE:
            playing = self._review.StreamClip(
                review_pb2.StreamClipRequest(task=task.task),
                metadata=caller,
                timeout=_CALL_WITHIN_S,
            )
            chunks = [chunk async for chunk in playing]
            self._heard += bool(chunks)
        recognised = " ".join(word.text for word in task.words)
        await self._review.SubmitReview(
            review_pb2.SubmitReviewRequest(
                task=task.task, content=self._truth[recognised.lower()], request_id=task.task[-32:]
            ),
            metadata=caller,
            timeout=_CALL_WITHIN_S,
        )

    async def _settled(self, watcher: Hired, clips: int) -> int:
        async with asyncio.timeout(_SETTLED_WITHIN_S):
            while True:
                figures = await self._review.GetReviewStatistics(
                    review_pb2.GetReviewStatisticsRequest(),
                    metadata=bearer(watcher.token),
                    timeout=_CALL_WITHIN_S,
                )
                if figures.agreed >= clips:
                    return int(figures.agreed)
                await asyncio.sleep(_LOOK_EACH_S)
