"""Verifying the log of a running server: now and then, one at a time."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass

from training_loop.audit.alarm import AuditAlarm
from training_loop.audit.log import AuditLog
from training_loop.audit.notary import Notary
from training_loop.audit.sources import StoreSource
from training_loop.audit.verify import AuditReport, verify_audit

AGAIN_AFTER_S = 60.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Verified:
    """What verifying found, and when (Unix time)."""

    report: AuditReport
    at_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class LogState:
    entries: int
    alarm: bool
    last: Verified | None


class AuditVerifier:
    """Everything raises StoreUnavailable."""

    def __init__(
        self,
        log: AuditLog,
        notary: Notary,
        alarm: AuditAlarm,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._log = log
        self._notary = notary
        self._alarm = alarm
        self._clock = clock
        self._one_at_a_time = asyncio.Lock()
        self._last: Verified | None = None

    async def state(self) -> LogState:
        heads = await self._log.heads()
        entries = sum(max(0, number) for number, _ in heads.values())
        return LogState(entries=entries, alarm=self._alarm.broken, last=self._last)

    async def verify(self) -> LogState:
        """Reads the whole log, unless that was done within a minute. Raises SigningKeyRefused."""
        async with self._one_at_a_time:
            if self._last is None or self._clock() > self._last.at_s + AGAIN_AFTER_S:
                source = StoreSource(self._log, self._notary.log)
                key = (await asyncio.to_thread(self._notary.key)).public
                report = await verify_audit(source, key)
                self._last = Verified(report=report, at_s=self._clock())
        return await self.state()
