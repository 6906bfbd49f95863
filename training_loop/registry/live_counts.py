"""How people fare with the models in service: turns and bad turns, by model and day."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from redis.asyncio import Redis

from training_loop.registry.live_signals import Signal, Tally
from training_loop.store import keys
from training_loop.store.client import store_errors
from training_loop.store.script_runner import text
from training_loop.training.trainer import ModelKind

KEPT_DAYS = 60
"""Longer than a watch and what came before it together."""
TURNS = "turns"
DAY_MS = 86_400_000

_SCRIPTS = Path(__file__).parent / "scripts"
_COUNT = re.compile(r"(\d+):([^:]+):([a-z_]+)")


@dataclass(frozen=True, slots=True, kw_only=True)
class LiveTallies:
    """What was counted of a kind's models; days are those of the store, in UTC."""

    by_day: Mapping[tuple[int, str], Mapping[str, int]] = field(default_factory=dict)
    """Counts by name, of a day since 1970 and a model."""

    @property
    def models(self) -> frozenset[str]:
        return frozenset(model for _, model in self.by_day)

    def of(self, model: str, *, since_ms: int, until_ms: int) -> Tally:
        """Of all days that the time touches."""
        days = range(since_ms // DAY_MS, until_ms // DAY_MS + 1)
        counts = [self.by_day.get((day, model), {}) for day in days]
        return Tally(
            turns=_sum(counts, TURNS),
            bad={signal: _sum(counts, signal.value) for signal in Signal},
        )


class LiveCounts:
    """Of one kind of model. Raises StoreUnavailable when the store is away.

    Counts alone: no account, no session, no time of day. They go after `KEPT_DAYS`.
    """

    def __init__(self, client: Redis, kind: ModelKind) -> None:
        self.kind = kind
        self._client = client
        self._key = keys.live_counts(kind.value)
        self._count, self._forget = (
            client.register_script((_SCRIPTS / f"{name}.lua").read_text())
            for name in ("count_live", "forget_live")
        )

    async def tell(self, server: str, batch: int, counts: Mapping[tuple[str, str], int]) -> bool:
        """Adds counts, by model and name, once for each `batch` of a server: False for one that
        was told before."""
        told = [part for (model, name), number in counts.items() for part in (model, name, number)]
        with store_errors():
            return bool(await self._count(keys=[self._key], args=[server, batch, KEPT_DAYS, *told]))

    async def read(self) -> LiveTallies:
        with store_errors():
            found = await self._client.hgetall(self._key)
        by_day: dict[tuple[int, str], dict[str, int]] = {}
        for name, number in found.items():
            if count := _COUNT.fullmatch(text(name)):
                by_day.setdefault((int(count[1]), count[2]), {})[count[3]] = int(number)
        return LiveTallies(by_day=by_day)

    async def forget(self, model: str) -> None:
        """What is counted of it begins anew."""
        with store_errors():
            await self._forget(keys=[self._key], args=[model])


def _sum(counts: Iterable[Mapping[str, int]], name: str) -> int:
    return sum(of.get(name, 0) for of in counts)
