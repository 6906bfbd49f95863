"""The latest rounds' reports, kept in the store."""

from __future__ import annotations

from redis.asyncio import Redis

from training_loop.sampling.report import SamplingReport
from training_loop.store import keys
from training_loop.store.client import store_errors

REPORTS_KEPT = 200


class SamplingReports:
    """All of it raises StoreUnavailable."""

    def __init__(self, store: Redis) -> None:
        self._store = store

    async def latest(self) -> SamplingReport | None:
        """None before the first round."""
        found = await self.last(1)
        return found[0] if found else None

    async def last(self, most: int = REPORTS_KEPT) -> tuple[SamplingReport, ...]:
        """Newest first."""
        with store_errors():
            found = await self._store.lrange(keys.SAMPLING_REPORTS, 0, most - 1)
        return tuple(SamplingReport.from_json(one) for one in found)

    async def add(self, report: SamplingReport) -> None:
        """A round that picked nothing takes the place of one before it that picked nothing."""
        newest = await self.latest()
        with store_errors():
            if newest and not newest.picked and not report.picked:
                await self._store.lset(keys.SAMPLING_REPORTS, 0, report.to_json())
                return
            await self._store.lpush(keys.SAMPLING_REPORTS, report.to_json())
            await self._store.ltrim(keys.SAMPLING_REPORTS, 0, REPORTS_KEPT - 1)
