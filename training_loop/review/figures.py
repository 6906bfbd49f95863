"""What an instance publishes about itself: counts and durations, nothing of anybody."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Mapping
from enum import Enum

from redis.asyncio import Redis

from training_loop.store import keys
from training_loop.store.client import store_errors
from training_loop.store.script_runner import text

STEPS_PER_E = 20
"""Durations are counted in steps of about 5 %: see `end_erasure.lua`."""


class Figure(Enum):
    FALSE_WAKES_DROPPED = "false_wakes_dropped"


class PublishedFigures:
    """Every method raises StoreUnavailable."""

    def __init__(self, store: Redis) -> None:
        self._store = store

    async def count(self, figure: Figure, by: int = 1) -> None:
        with store_errors():
            await self._store.hincrby(keys.published_figures(), figure.value, by)

    async def counted(self) -> Mapping[Figure, int]:
        with store_errors():
            found = await self._store.hgetall(keys.published_figures())
        stored = {text(name): int(value) for name, value in found.items()}
        return {figure: stored.get(figure.value, 0) for figure in Figure}

    async def since_s(self) -> float:
        """Unix time, by the store's clock, of when these figures were first asked for or begun."""
        with store_errors():
            seconds, _ = await self._store.time()
            await self._store.hsetnx(keys.published_figures(), "since_s", seconds)
            since = await self._store.hget(keys.published_figures(), "since_s")
        return float(text(since or b"0"))

    async def erasures(self) -> tuple[int, float | None]:
        """How many erasures have ended, and the median of how long they took in s, good to 5 %."""
        counts: Counter[int] = Counter()
        with store_errors():
            async with self._store.pipeline(transaction=False) as pipeline:
                for shard in keys.all_shards():
                    pipeline.hgetall(keys.erasure_durations(shard))
                for found in await pipeline.execute():
                    counts.update({int(step): int(number) for step, number in found.items()})
        return counts.total(), median_of_steps(counts.elements())


def median_of_steps(steps: Iterable[int]) -> float | None:
    """The middle of the median's step, in s; None without any."""
    ordered = sorted(steps)
    if not ordered:
        return None
    return math.exp((ordered[(len(ordered) - 1) // 2] + 0.5) / STEPS_PER_E) / 1000
