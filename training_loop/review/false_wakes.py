"""How sure the wake word's detector was where people heard that nobody had called: bare counts."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Mapping
from datetime import UTC, datetime

from redis.asyncio import Redis

from training_loop.store import keys
from training_loop.store.client import store_errors
from training_loop.store.script_runner import Scripts, text

KEPT_MONTHS = 18
"""As long as an utterance that was meant can be kept."""
_TOLD_KNOWN_MS = 7 * 86_400_000


class FalseWakeScores:
    """How often which score, by month; of nobody. Every method raises StoreUnavailable."""

    def __init__(self, store: Redis) -> None:
        self._store = store
        self._scripts = Scripts(store)

    async def count(self, task: str, score: float | None) -> None:
        """Once for each review task, by its id, however often it is said. None, of a request that
        began without a wake word, counts for nothing."""
        if score is None:
            return
        with store_errors():
            seconds, _ = await self._store.time()
        told = hashlib.blake2b(f"{task}:false wake".encode(), digest_size=16).hexdigest()
        await self._scripts.run(
            "count_false_wake",
            [keys.review_told(told), keys.false_wake_scores(recent_months(seconds)[0])],
            [_TOLD_KNOWN_MS, f"{score:.2f}", KEPT_MONTHS * 31 * 86_400],
        )

    async def counted(self) -> Mapping[float, int]:
        """Of the last 18 months, this one included."""
        counts: Counter[float] = Counter()
        with store_errors():
            seconds, _ = await self._store.time()
            async with self._store.pipeline(transaction=False) as pipeline:
                for month in recent_months(seconds):
                    pipeline.hgetall(keys.false_wake_scores(month))
                for found in await pipeline.execute():
                    for score, number in found.items():
                        counts[float(text(score))] += int(number)
        return counts


def recent_months(at_s: float) -> list[str]:
    """Those that count at `at_s` (Unix time), as "2026-11", the latest first."""
    now = datetime.fromtimestamp(at_s, UTC)
    latest = now.year * 12 + now.month - 1
    ordinals = range(latest, latest - KEPT_MONTHS, -1)
    return [f"{one // 12}-{one % 12 + 1:02}" for one in ordinals]
