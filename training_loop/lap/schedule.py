"""When a lap is due: by time, by what was reviewed since, or because a model must be replaced."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from enum import Enum

from training_loop.datasets.datasets import Datasets
from training_loop.datasets.item_ref import ItemRef
from training_loop.errors import EarmarkError, InvalidArgument
from training_loop.lap.plan import LapPlan, with_kinds
from training_loop.registry.replacements import Replacements

_log = logging.getLogger(__name__)

LOOK_EVERY_S = 60.0
AGAIN_AFTER_S = 3600.0
"""A lap that did not do away with its reason is not repeated sooner."""


class Reason(Enum):
    """Why a lap is due, for a person."""

    REPLACEMENT = "a model in service learned from what was withdrawn since"
    ITEMS = "enough was reviewed since the last data set"
    TIME = "the last data set is old enough"


@dataclass(frozen=True, slots=True, kw_only=True)
class When:
    """None leaves a reason out; a model that must be replaced is always one. Raises
    InvalidArgument for times and numbers that are not above 0."""

    every_s: float | None = None
    new_items: int | None = None

    def __post_init__(self) -> None:
        for value in (self.every_s, self.new_items):
            if value is not None and value <= 0:
                raise InvalidArgument("A schedule needs times and numbers above 0.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """What is known at a moment. Times are Unix times, None for never."""

    now_s: float
    last_data_set_s: float | None
    tried_s: float | None
    """When the last lap of this schedule began."""
    new_items: int
    """Reviewed utterances that the last data set neither has nor left out. What it left out and
    was withdrawn since makes them look fewer."""
    to_replace: bool


def due(standing: Standing, when: When) -> Reason | None:
    """The weightiest reason for a lap now. Pure. Time counts only where there is something new."""
    tried_s = standing.tried_s or 0.0
    if standing.now_s - tried_s >= AGAIN_AFTER_S:
        if standing.to_replace:
            return Reason.REPLACEMENT
        if when.new_items is not None and standing.new_items >= when.new_items:
            return Reason.ITEMS
    if when.every_s is None or not standing.new_items:
        return None
    last_s = max(standing.last_data_set_s or 0.0, tried_s)
    return Reason.TIME if standing.now_s - last_s >= when.every_s else None


class Schedule:
    """Of one state directory and its store."""

    def __init__(
        self,
        datasets: Datasets,
        replacements: Replacements,
        plan: LapPlan,
        when: When,
        *,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._datasets = datasets
        self._replacements = replacements
        self._plan = plan
        self._when = when
        self._clock = clock
        self._tried_s: float | None = None

    async def look(self) -> Reason | None:
        """Why a lap is due now, None for not yet. Raises StoreUnavailable."""
        return due(await self.standing(), self._when)

    async def standing(self) -> Standing:
        """Raises StoreUnavailable."""
        latest = await self._datasets.latest()
        known, left_out = frozenset[ItemRef](), 0
        if latest:
            known, left_out = latest.refs(), latest.report.reviewed - len(latest.items)
        return Standing(
            now_s=self._clock(),
            last_data_set_s=latest.created_at_s if latest else None,
            tried_s=self._tried_s,
            new_items=max(0, len(await self._datasets.learnable() - known) - left_out),
            to_replace=bool(await self._replacements.due()),
        )

    async def forever(
        self,
        lap: Callable[[Reason, LapPlan], Awaitable[None]],
        *,
        look_every_s: float = LOOK_EVERY_S,
    ) -> None:
        """Runs laps until cancelled, one at a time. Each also makes the kinds of models that must
        be replaced, whatever the plan names. What fails as expected, the store's absence and a full
        disk included, is logged and tried again."""
        while True:
            try:
                reason = await self.look()
                if reason is not None:
                    self._tried_s = self._clock()
                    owed = {one.kind for one in await self._replacements.due()}
                    await lap(reason, with_kinds(self._plan, owed))
            except EarmarkError as failure:
                _log.warning("%s: %s", failure.code, failure)
            except OSError as fault:
                _log.warning("a lap did not end (%s)", type(fault).__name__)
            await asyncio.sleep(look_every_s)
