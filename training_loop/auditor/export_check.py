"""Finds deletions that recipients of exports should have confirmed by now."""

from __future__ import annotations

import json
from typing import Any

from redis.asyncio import Redis

from training_loop.auditor.finding import Finding, RoundReport
from training_loop.auditor.rules import Reason
from training_loop.store import keys
from training_loop.store.client import store_errors

CONFIRMED_WITHIN_S = 7 * 86_400.0
_AT_ONCE = 1000


class ExportCheck:
    """One look at all exports. Raises StoreUnavailable."""

    def __init__(self, store: Redis, *, within_s: float, grace_s: float) -> None:
        """`within_s`: how long a recipient has to confirm. `grace_s`: how late the sweep may be
        that notes what has to be deleted on the day an export ends."""
        self._store = store
        self._within_s = within_s
        self._grace_s = grace_s

    async def run(self, report: RoundReport) -> None:
        with store_errors():
            seconds, _ = await self._store.time()
            exports = await self._store.hgetall(keys.EXPORTS)
        late = 0
        for name, written in exports.items():
            record = json.loads(written)
            if not record["delivered"]:
                continue
            expired_s = float(record["expires_at_s"]) + self._grace_s
            late += await self._late(_text(name), expired_s, seconds - self._within_s, report)
        if late:
            finding = Finding(kind="export", reason=Reason.UNCONFIRMED, items=late, set_aside=False)
            report.findings.append(finding)

    async def _late(
        self, export: str, expired_s: float, latest_s: float, report: RoundReport
    ) -> int:
        """Deletions that were due before `latest_s`: as was noted, or since the export ended."""
        late = 0
        with store_errors():
            items = self._store.hscan_iter(keys.exported_items(export), count=_AT_ONCE)
            async for _, state in items:
                report.checked["export"] += 1
                written = _text(state)
                if written.isdecimal():
                    late += int(written) / 1000 < latest_s
                elif not written:
                    late += expired_s < latest_s
        return late


def _text(value: Any) -> str:
    return value.decode() if isinstance(value, bytes) else str(value)
