"""The preparer as a process: rounds without end, or one by hand."""

from __future__ import annotations

import asyncio
import logging
import resource
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

from training_loop.deidentify.lexicon import OpenLexicon
from training_loop.errors import EarmarkError
from training_loop.loop import Loop, open_loop
from training_loop.sampling.ledger import SampleLedger
from training_loop.sampling.name_sources import name_sources
from training_loop.sampling.ports import Progress
from training_loop.sampling.preparer import Preparer, PreparerPorts
from training_loop.sampling.report import SamplingReport
from training_loop.sampling.reports import SamplingReports
from training_loop.sampling.settings import SamplingSettings
from training_loop.sampling.worker_process import WorkerProcess
from training_loop.settings import LoopSettings

_log = logging.getLogger(__name__)
_AFTER_A_FAULT_S = 5.0
_REST = 4
"""A round that took long is followed by so many times its length without one."""


class _OpenWords(OpenLexicon):
    """Remembers no word that it was asked for: the census does, as digests."""

    def __contains__(self, word: object) -> bool:
        return isinstance(word, str) and self._look_up(word)


@asynccontextmanager
async def open_preparer(
    loop: Loop, chosen: SamplingSettings, progress: Progress = lambda _step, _done, _of: None
) -> AsyncIterator[Preparer]:
    """Raises NamesUnknown where nobody could tell which names to hide."""
    for source in name_sources(loop.store, loop.sealer):
        loop.tasks.knows_names(source)
    async with WorkerProcess() as worker:
        ports = PreparerPorts(
            tasks=loop.tasks,
            disguise=worker,
            lexicon=await asyncio.to_thread(_OpenWords),
            ledger=SampleLedger(loop.store),
            reports=SamplingReports(loop.store),
        )
        yield Preparer(ports, chosen, progress=progress)


async def prepare_once(
    settings: LoopSettings, chosen: SamplingSettings, progress: Progress
) -> SamplingReport:
    async with open_loop(settings) as loop, open_preparer(loop, chosen, progress) as preparer:
        return await preparer.once()


async def prepare_until_stopped(settings: LoopSettings, chosen: SamplingSettings) -> None:
    """Rounds until SIGINT or SIGTERM, which ends one that is under way: its items wait on."""
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))  # what was said is in this memory
    stop = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    async with open_loop(settings) as loop, open_preparer(loop, chosen) as preparer:
        while not stop.is_set():
            pause_s = await _round_unless(stop, preparer, chosen.every_s)
            with suppress(TimeoutError):
                async with asyncio.timeout(pause_s):
                    await stop.wait()


async def _round_unless(stop: asyncio.Event, preparer: Preparer, every_s: float) -> float:
    """One round, cut short by `stop`; returns how long to pause."""
    round_ = asyncio.create_task(preparer.once())
    stopped = asyncio.create_task(stop.wait())
    try:
        await asyncio.wait((round_, stopped), return_when=asyncio.FIRST_COMPLETED)
        if not round_.done():
            return 0.0
        report = round_.result()
    except (EarmarkError, OSError) as error:
        _log.warning(
            "a round did not end (%s); the next one goes on from there",
            getattr(error, "code", type(error).__name__),
        )
        return _AFTER_A_FAULT_S
    finally:
        for task in (round_, stopped):
            task.cancel()
        await asyncio.gather(round_, stopped, return_exceptions=True)
    _log.info(
        "a round ended: %d of %d picked, %d withheld, %d withdrawn, in %.1f s",
        report.picked,
        report.eligible,
        sum(report.withheld_by_reason.values()),
        report.withdrawn,
        report.took_s,
    )
    return max(every_s, _REST * report.took_s)
