"""How reviewing goes, and what an instance publishes: values for pages and commands."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass

import grpc

from training_loop.errors import TrainingLoopError
from training_loop.review.figures import Figure, PublishedFigures
from training_loop.review.reliability import Reliability, reliability
from training_loop.review.reviewer_record import ReviewerRecord, ReviewerRecords
from training_loop.review.task import ReviewCounts
from training_loop.review.tasks import ReviewTasks
from training_loop.sampling.report import SamplingReport
from training_loop.sampling.reports import SamplingReports

_PUBLISHED_FOR_S = 10.0


class NoSuchReviewer(TrainingLoopError):
    code = "NO_SUCH_REVIEWER"
    status = grpc.StatusCode.NOT_FOUND
    hint = "GetReviewStatistics lists the reviewers by their pseudonyms."


class NoRoundYet(TrainingLoopError):
    code = "NO_ROUND_YET"
    status = grpc.StatusCode.NOT_FOUND
    hint = "The first round of sampling has not ended."


@dataclass(frozen=True, slots=True, kw_only=True)
class Reviewer:
    """A record under its owner's pseudonym."""

    pseudonym: str
    record: ReviewerRecord


@dataclass(frozen=True, slots=True, kw_only=True)
class ReviewStatistics:
    counts: ReviewCounts
    reliability: Reliability
    reviewers: tuple[Reviewer, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Transparency:
    """What everybody may know."""

    since_s: float
    sample_rate: float
    """Of the utterances that may be heard, the share that is."""
    listens: int
    false_wakes_dropped: int
    escalations: int
    erasures: int
    median_erasure_s: float | None
    withheld: int
    """In the latest round of sampling."""


class ReviewInsight:
    """Every method raises StoreUnavailable."""

    def __init__(
        self,
        tasks: ReviewTasks,
        records: ReviewerRecords,
        figures: PublishedFigures,
        rounds: SamplingReports,
        pseudonym: Callable[[str], str],
    ) -> None:
        self._tasks = tasks
        self._records = records
        self._figures = figures
        self._rounds = rounds
        self._pseudonym = pseudonym
        self._gathering = asyncio.Lock()
        self._published: Transparency | None = None
        self._published_until = 0.0

    async def statistics(self) -> ReviewStatistics:
        counts, pairs, records = await asyncio.gather(
            self._tasks.statistics(), self._records.pairs(), self._records.all()
        )
        return ReviewStatistics(
            counts=counts,
            reliability=await asyncio.to_thread(reliability, pairs),
            reviewers=tuple(map(self._named, records)),
        )

    async def release(self, pseudonym: str) -> Reviewer:
        """Lends tasks to a reviewer again. Raises NoSuchReviewer."""
        for record in await self._records.all():
            if self._pseudonym(record.staff) == pseudonym:
                return self._named(await self._records.release(record.staff))
        raise NoSuchReviewer("there is no reviewer of that pseudonym")

    async def latest_round(self) -> SamplingReport:
        """Raises NoRoundYet."""
        found = await self._rounds.latest()
        if found is None:
            raise NoRoundYet("nothing was sampled yet")
        return found

    async def transparency(self) -> Transparency:
        """For everybody, so it is asked for as often as anybody likes: good to ten seconds."""
        async with self._gathering:
            if self._published is None or time.monotonic() >= self._published_until:
                self._published = await self._gather()
                self._published_until = time.monotonic() + _PUBLISHED_FOR_S
            return self._published

    async def _gather(self) -> Transparency:
        counts, counted, since_s, erased, latest = await asyncio.gather(
            self._tasks.statistics(),
            self._figures.counted(),
            self._figures.since_s(),
            self._figures.erasures(),
            self._rounds.latest(),
        )
        return Transparency(
            since_s=since_s,
            sample_rate=latest.share if latest else 0.0,
            listens=counts.listens,
            false_wakes_dropped=counted[Figure.FALSE_WAKES_DROPPED],
            escalations=counts.escalated,
            erasures=erased[0],
            median_erasure_s=erased[1],
            withheld=sum(latest.withheld_by_reason.values()) if latest else 0,
        )

    def _named(self, record: ReviewerRecord) -> Reviewer:
        return Reviewer(pseudonym=self._pseudonym(record.staff), record=record)
