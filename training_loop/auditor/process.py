"""The auditor as a process: rounds without end, metrics on a port, an alarm as its exit code."""

from __future__ import annotations

import asyncio
import logging
import signal
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

from prometheus_client import CollectorRegistry, start_http_server
from redis.asyncio import Redis

from training_loop.auditor.auditor import Auditor, AuditorSettings
from training_loop.auditor.finding import Finding, RoundReport
from training_loop.auditor.last_rounds import EndedRound, LastRounds
from training_loop.auditor.metrics import AuditorMetrics
from training_loop.errors import EarmarkError, StoreUnavailable
from training_loop.settings import LoopSettings
from training_loop.store.client import connect, store_errors
from training_loop.store.errors import StoreNotRunning
from training_loop.store.premises import Premises

_log = logging.getLogger(__name__)
_AFTER_A_FAULT_S = 5.0


@asynccontextmanager
async def open_store(settings: LoopSettings) -> AsyncIterator[Redis]:
    """The store alone: no master key is read. Raises StoreNotRunning and StoreUnavailable."""
    premises = Premises(directory=settings.store_directory)
    store = connect(settings.store_url or premises.url, connections=4)
    try:
        try:
            with store_errors():
                await store.ping()
        except StoreUnavailable as error:
            if settings.store_url:
                raise
            raise StoreNotRunning("no store runs in this state directory") from error
        yield store
    finally:
        await store.aclose()


async def audit_once(settings: LoopSettings, chosen: AuditorSettings) -> RoundReport:
    """One whole round, as fast as the settings allow."""
    async with open_store(settings) as store:
        blobs_url = settings.vault.blobs_url
        report = await Auditor(store, settings.state, chosen, blobs_url=blobs_url).once()
        await LastRounds(store).add(EndedRound.of(report, time.time()))
        return report


async def audit_until_stopped(
    settings: LoopSettings, chosen: AuditorSettings, *, every_s: float, metrics_port: int
) -> bool:
    """Rounds until SIGINT or SIGTERM, one every `every_s`; True when any found a mismatch.

    A round that was stopped, or that a fault ended, is taken up where it was.
    """
    stop = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    registry = CollectorRegistry()
    metrics = AuditorMetrics(registry)
    alarmed = False

    def alarm(finding: Finding) -> None:
        nonlocal alarmed
        alarmed = True
        metrics.alarm(finding)

    if metrics_port:
        start_http_server(metrics_port, addr="127.0.0.1", registry=registry)
    async with open_store(settings) as store:
        auditor = Auditor(
            store, settings.state, chosen, blobs_url=settings.vault.blobs_url, alarm=alarm
        )
        rounds = LastRounds(store)
        while not stop.is_set():
            pause_s = await _round(auditor, metrics, rounds, stop, every_s)
            with suppress(TimeoutError):
                async with asyncio.timeout(pause_s):
                    await stop.wait()
    return alarmed


async def _round(
    auditor: Auditor,
    metrics: AuditorMetrics,
    rounds: LastRounds,
    stop: asyncio.Event,
    every_s: float,
) -> float:
    """One round, or a part of one; returns how long to pause."""
    report = RoundReport()
    try:
        async for _ in auditor.round(report, resume=True):
            if stop.is_set():
                return 0.0
        await rounds.add(EndedRound.of(report, time.time()))
    except (EarmarkError, OSError) as error:
        code = getattr(error, "code", type(error).__name__)
        metrics.failures.labels(code).inc()
        _log.warning("a round did not end (%s); it is taken up again", code)
        return _AFTER_A_FAULT_S
    metrics.ended(report)
    _log.info(
        "a round ended: %d items in %.1f s, %d mismatches, %d unsettled",
        report.items,
        report.took_s,
        report.mismatches,
        report.unsettled,
    )
    return max(0.0, every_s - report.took_s)
