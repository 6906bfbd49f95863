"""Where reviews are done: clips come in one at a time, decisions go out.

A person in a terminal and a script that knows what was said sit at the same desk.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Protocol

from training_loop.queue.lease import LeasedItem, LeaseLost
from training_loop.queue.queue import LearningQueue
from training_loop.queue.review import Review
from training_loop.review.annotation import write
from training_loop.review.ontology import Ontology
from training_loop.review.session import Outcome, ReviewSession
from training_loop.utterance import Utterance


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenClip:
    """An utterance somebody is working on. `repr` shows ids alone."""

    lease: LeasedItem
    utterance: Utterance


class ReviewDesk(Protocol):
    """Hands out clips of accounts that consent to it, and takes decisions about them.

    Every method but `next` raises LeaseLost once the clip's account took its consent back or the
    lease ran out; nothing of the clip may be shown or kept after that.
    """

    async def next(self) -> OpenClip | None:
        """The next clip, or None when nothing waits."""
        ...

    async def renew(self, clip: OpenClip) -> OpenClip: ...

    async def confirm(self, clip: OpenClip, review: Review) -> None: ...

    async def skip(self, clip: OpenClip) -> None:
        """Back to the queue."""
        ...

    async def flag(self, clip: OpenClip) -> None:
        """Deletes the clip."""
        ...


class QueueDesk:
    """The desk over the learning queue, for one reviewer's pseudonym.

    What was skipped stays leased until `close`, so that this desk does not hand it out again.
    """

    def __init__(self, queue: LearningQueue, reviewer: str) -> None:
        self._queue = queue
        self._reviewer = reviewer
        self._skipped: list[LeasedItem] = []

    async def next(self) -> OpenClip | None:
        while (lease := await self._queue.lease(self._reviewer)) is not None:
            try:
                utterance = await self._queue.read(lease)
            except LeaseLost:
                continue
            return OpenClip(lease=lease, utterance=utterance)
        return None

    async def renew(self, clip: OpenClip) -> OpenClip:
        return replace(clip, lease=await self._queue.renew(clip.lease))

    async def confirm(self, clip: OpenClip, review: Review) -> None:
        await self._queue.ack(clip.lease, review)

    async def skip(self, clip: OpenClip) -> None:
        self._skipped.append(clip.lease)

    async def flag(self, clip: OpenClip) -> None:
        await self._queue.discard(clip.lease)

    async def close(self) -> None:
        """Gives back what was skipped."""
        for lease in self._skipped:
            with suppress(LeaseLost):
                await self._queue.release(lease)
        self._skipped.clear()


async def conclude(
    desk: ReviewDesk, clip: OpenClip, session: ReviewSession, reviewer: str
) -> Outcome:
    """Carries a session's outcome to the desk; WITHDRAWN when the clip was gone by then."""
    try:
        match session.outcome:
            case Outcome.CONFIRMED:
                await desk.confirm(clip, _review(session, reviewer))
            case Outcome.SKIPPED:
                await desk.skip(clip)
            case Outcome.FLAGGED:
                await desk.flag(clip)
    except LeaseLost:
        return Outcome.WITHDRAWN
    return session.outcome or Outcome.WITHDRAWN


def _review(session: ReviewSession, reviewer: str) -> Review:
    draft = session.draft
    return Review(text=draft.text, intent=draft.intent, entities=draft.entities, reviewer=reviewer)


@dataclass(frozen=True, slots=True)
class Skip:
    """Not for this reviewer."""


@dataclass(frozen=True, slots=True)
class Flag:
    """Nobody should hear this; it is deleted."""


class ScriptedReviewer:
    """Reviews by a function that knows what was said; the same rules as for a person."""

    def __init__(
        self,
        desk: ReviewDesk,
        ontology: Ontology,
        decide: Callable[[Utterance], Review | Skip | Flag],
    ) -> None:
        self._desk = desk
        self._ontology = ontology
        self._decide = decide

    async def review_all(self, limit: int = 1000) -> Counter[Outcome]:
        """Works until nothing waits or `limit` clips were seen; returns how each ended.

        Raises InvalidArgument or AnnotationFault when the function's review breaks the rules.
        """
        outcomes: Counter[Outcome] = Counter()
        while outcomes.total() < limit and (clip := await self._desk.next()) is not None:
            outcomes[await self._review(clip)] += 1
        return outcomes

    async def _review(self, clip: OpenClip) -> Outcome:
        session = ReviewSession(clip.utterance, self._ontology)
        decided = self._decide(clip.utterance)
        match decided:
            case Skip():
                session.skip()
            case Flag():
                session.flag()
            case Review():
                session.annotate(write(decided.text, decided.entities))
                session.choose_intent(decided.intent)
                session.confirm()
        reviewer = decided.reviewer if isinstance(decided, Review) else ""
        return await conclude(self._desk, clip, session, reviewer)
