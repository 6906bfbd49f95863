"""The demo's reviewers: two scripts that know what was said and what was meant."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping

from deploy.demo.story import MARKED
from device_sim.household import Spoken
from training_loop.loop import Loop
from training_loop.review.agreement import settle
from training_loop.review.annotation import parse
from training_loop.review.marking import ListenMarker
from training_loop.review.officers_key import OfficersKey
from training_loop.review.reviewer_record import ReviewerRecords
from training_loop.review.task import DeidentifiedClip, Level, Opinion, SampleReason, Stage
from training_loop.review.tasks import ReviewTasks

_REVIEWERS = ("demo-reviewer-1", "demo-reviewer-2")
_UNDO_MS = 200
_SETTLED_WITHIN_S = 30.0


def known(spoken: list[Spoken], reply_intent: str) -> dict[str, Opinion]:
    """What was said and meant, by the id under which it was kept."""
    opinions = {}
    for one in spoken:
        report = one.turn.report if one.turn else None
        if report is None or not report.utterance_id:
            continue
        marked = parse(MARKED.get(one.said, one.said))
        opinions[report.utterance_id] = Opinion(
            text=marked.text, intent=one.intent or reply_intent, entities=marked.entities
        )
    return opinions


async def review_all(loop: Loop, truth: Mapping[str, Opinion]) -> int:
    """Everything that waits is offered as text alone, and both reviewers say what was said.

    Returns how many clips became gold. A household of three is too few for the sampling, whose
    clips many people could have said: here every one is reviewed, and by nobody but scripts.
    """
    tasks = ReviewTasks(
        *(loop.store, loop.vault, loop.blobs, loop.reads),
        settle=settle,
        observer=ReviewerRecords(loop.store),
        marker=ListenMarker(loop.vault),
        officers=OfficersKey(loop.settings.officers_key),
        undo_ms=_UNDO_MS,
    )
    waiting = [item async for item in tasks.waiting()]
    for item in waiting:
        heard = item.utterance.heard
        clip = DeidentifiedClip(pcm=b"", level=Level.TRANSCRIPT_ONLY, text=heard, template=heard)
        if await tasks.offer(item.source, clip, SampleReason.RANDOM, check=False):
            # One clip at a time has free tickets, so that a script knows which it was lent.
            for reviewer in _REVIEWERS:
                await _review(tasks, reviewer, truth[item.source.item])
    async with asyncio.timeout(_SETTLED_WITHIN_S):
        while (counts := await tasks.statistics()).agreed < len(waiting):
            await tasks.settle_due()
            await asyncio.sleep(_UNDO_MS / 1000)
    return counts.agreed


async def _review(tasks: ReviewTasks, reviewer: str, opinion: Opinion) -> None:
    task = await tasks.lease(reviewer, Stage.REVIEW)
    assert task is not None
    await tasks.submit(reviewer, task.name, opinion, request_id="demo")
