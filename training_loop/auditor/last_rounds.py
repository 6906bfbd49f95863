"""What the auditor's last rounds came to, for whoever watches over an instance. Counts alone."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field

from redis.asyncio import Redis

from training_loop.auditor.finding import RoundReport
from training_loop.store import keys
from training_loop.store.client import store_errors

ROUNDS_KEPT = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    kind: str
    reason: str
    items: int
    set_aside: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class EndedRound:
    """`ended_at_s` is a Unix time."""

    ended_at_s: float
    took_s: float
    checked: Mapping[str, int] = field(default_factory=dict)
    unsettled: int = 0
    findings: tuple[Found, ...] = ()

    @staticmethod
    def of(report: RoundReport, ended_at_s: float) -> EndedRound:
        """With the findings of a kind and reason added up."""
        counts: Counter[tuple[str, str, bool]] = Counter()
        for finding in report.findings:
            counts[finding.kind, finding.reason.value, finding.set_aside] += finding.items
        return EndedRound(
            ended_at_s=ended_at_s,
            took_s=report.took_s,
            checked=dict(report.checked),
            unsettled=report.unsettled,
            findings=tuple(
                Found(kind=kind, reason=reason, items=items, set_aside=aside)
                for (kind, reason, aside), items in sorted(counts.items())
            ),
        )


class LastRounds:
    """All of it raises StoreUnavailable."""

    def __init__(self, store: Redis) -> None:
        self._store = store

    async def add(self, ended: EndedRound) -> None:
        with store_errors():
            await self._store.lpush(keys.AUDITOR_ROUNDS, json.dumps(asdict(ended)))
            await self._store.ltrim(keys.AUDITOR_ROUNDS, 0, ROUNDS_KEPT - 1)

    async def newest_first(self) -> tuple[EndedRound, ...]:
        with store_errors():
            written = await self._store.lrange(keys.AUDITOR_ROUNDS, 0, ROUNDS_KEPT - 1)
        return tuple(map(_read, written))


def _read(written: bytes | str) -> EndedRound:
    content = json.loads(written)
    findings = tuple(Found(**one) for one in content.pop("findings"))
    return EndedRound(**content, findings=findings)
