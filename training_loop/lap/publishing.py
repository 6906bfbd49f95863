"""What others get to see of a lap: a page on the disk, and runs with the tracking server."""

from __future__ import annotations

import asyncio
import logging
from dataclasses import replace
from pathlib import Path

from training_loop.lap.outcome import LapOutcome
from training_loop.lap.report.writing import write_report
from training_loop.lap.tracked import tracked_run
from training_loop.registry.registry import ModelRegistry
from training_loop.registry.tracking.standings import Standings
from training_loop.registry.tracking.tracker import Tracker

_log = logging.getLogger(__name__)


class Publishing:
    """Nothing of it fails a lap: what cannot be written is logged, what cannot be told waits."""

    def __init__(self, registry: ModelRegistry, tracker: Tracker, reports: Path) -> None:
        self._registry = registry
        self._tracker = tracker
        self._standings = Standings(registry, tracker)
        self._reports = reports

    async def publish(self, outcome: LapOutcome) -> LapOutcome:
        """The outcome with its report, if there is one."""
        written = await self._written(outcome)
        try:
            page = written.report.read_bytes() if written.report else b""
            for model in outcome.models:
                run = await asyncio.to_thread(tracked_run, outcome, model, page)
                await self._tracker.keep(run)
            await self._standings.note()
            await self._tracker.deliver()
        except Exception as fault:  # noqa: BLE001 - the models serve, whatever a plot stumbles over
            _log.warning("the runs of a lap were not recorded (%s)", type(fault).__name__)
        return written

    async def _written(self, outcome: LapOutcome) -> LapOutcome:
        try:
            earlier = await self._registry.summaries()
            report = await asyncio.to_thread(write_report, outcome, self._reports, earlier=earlier)
        except Exception as fault:  # noqa: BLE001 - see above
            _log.warning("a lap has no report (%s)", type(fault).__name__)
            return outcome
        return replace(outcome, report=report)
