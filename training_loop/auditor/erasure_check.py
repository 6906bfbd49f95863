"""Finds erasures that do not get on: requested long ago and not done, or owing a second receipt."""

from __future__ import annotations

import json
from typing import Any

from redis.asyncio import Redis

from training_loop.auditor.finding import Finding, RoundReport
from training_loop.auditor.rules import Reason
from training_loop.store import keys
from training_loop.store.client import store_errors


class ErasureCheck:
    """One look at all of them. Raises StoreUnavailable."""

    def __init__(self, store: Redis, *, within_s: float) -> None:
        """`within_s`: how long an erasure may take, and a second receipt after it was due."""
        self._store = store
        self._within_s = within_s

    async def run(self, report: RoundReport) -> None:
        with store_errors():
            seconds, _ = await self._store.time()
        latest_s = seconds - self._within_s
        stuck = overdue = 0
        for (requested_ms,) in await self._fields(keys.open_erasures, "requested_ms", report):
            # One that is gone since it was listed has ended.
            stuck += requested_ms is not None and int(requested_ms) / 1000 < latest_s
        for (pending,) in await self._fields(keys.erasures_with_pending, "pending", report):
            overdue += pending is not None and _due_s(pending) < latest_s
        for reason, items in ((Reason.STUCK, stuck), (Reason.OVERDUE, overdue)):
            if items:
                finding = Finding(kind="erasure", reason=reason, items=items, set_aside=False)
                report.findings.append(finding)

    async def _fields(self, listed: Any, field: str, report: RoundReport) -> list[Any]:
        with store_errors():
            async with self._store.pipeline(transaction=False) as pipeline:
                for shard in keys.all_shards():
                    pipeline.smembers(listed(shard))
                shards = await pipeline.execute()
            names = [name.decode() for members in shards for name in members]
            report.checked["erasure"] += len(names)
            if not names:
                return []
            async with self._store.pipeline(transaction=False) as pipeline:
                for name in names:
                    pipeline.hmget(keys.erasure(name), [field])
                return list(await pipeline.execute())


def _due_s(pending: bytes) -> float:
    """When the last of what is pending should be done; what has no date is never late."""
    dates = [one.get("due_at_s") for one in json.loads(pending)]
    return max((date for date in dates if date is not None), default=float("inf"))
