"""Says what recipients of exports should have confirmed by now, without being asked."""

from __future__ import annotations

import logging
import time

from prometheus_client import Gauge

from training_loop.datasets.exports.ledger import ExportLedger

DELETIONS = Gauge(
    "earmark_export_deletions_overdue",
    "Deletions that recipients of exports should have confirmed by now.",
)
OLDEST = Gauge(
    "earmark_export_deletions_overdue_since_timestamp_seconds",
    "Unix time at which the first of them should have been confirmed; 0 while there is none.",
)

_log = logging.getLogger(__name__)


class OverdueAlarm:
    """Raised by a look that finds something overdue; cleared by one that finds nothing."""

    def __init__(self, ledger: ExportLedger) -> None:
        self._ledger = ledger
        self._told = 0

    async def look(self) -> int:
        """How many deletions are overdue. Raises StoreUnavailable."""
        now_s = time.time()
        records = await self._ledger.records()
        standings = [
            await self._ledger.standing(one.export, now_s) for one in records if one.delivered
        ]
        overdue = sum(one.overdue for one in standings)
        since_s = [at for one in standings if (at := one.overdue_since_s()) is not None]
        DELETIONS.set(overdue)
        OLDEST.set(min(since_s, default=0.0))
        if overdue > self._told:
            _log.warning(
                "%d deletions are overdue at recipients of exports; "
                "see training-loop dataset tombstones --overdue",
                overdue,
            )
        self._told = overdue
        return overdue
