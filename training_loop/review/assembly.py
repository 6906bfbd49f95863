"""Everything about reviewing, put together."""

from __future__ import annotations

import random
from dataclasses import dataclass

from redis.asyncio import Redis

from training_loop.review.figures import PublishedFigures
from training_loop.review.insight import ReviewInsight
from training_loop.review.review_room import ReviewRoom
from training_loop.review.reviewer_record import ReviewerRecords
from training_loop.review.settings import ReviewSettings
from training_loop.review.shifts import Shifts
from training_loop.review.tasks import ReviewTasks
from training_loop.sampling.reports import SamplingReports
from training_loop.vault.vault import Vault


@dataclass(frozen=True, slots=True, kw_only=True)
class Reviewing:
    room: ReviewRoom
    insight: ReviewInsight
    figures: PublishedFigures
    settings: ReviewSettings


def assemble_review(
    store: Redis,
    vault: Vault,
    tasks: ReviewTasks,
    settings: ReviewSettings,
    *,
    chance: random.Random | None = None,
) -> Reviewing:
    records, figures = ReviewerRecords(store), PublishedFigures(store)
    shifts = Shifts(store, settings.shift)
    return Reviewing(
        room=ReviewRoom(tasks, shifts, records, checks=settings.checks, chance=chance),
        insight=ReviewInsight(tasks, records, figures, SamplingReports(store), vault.pseudonym),
        figures=figures,
        settings=settings,
    )
