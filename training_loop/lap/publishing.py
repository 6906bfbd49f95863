"""What others get to see of a lap: a page on the disk, and runs with the tracking server."""

from __future__ import annotations

import asyncio
import logging
import time
from dataclasses import replace
from pathlib import Path

from training_loop.lap.outcome import LapOutcome, ModelOutcome, Result
from training_loop.lap.report.writing import write_report
from training_loop.lap.tracked import tracked_run
from training_loop.registry.registry import ModelRegistry
from training_loop.registry.tracking.run import TrackedAlias, TrackedRun
from training_loop.registry.tracking.tracker import Tracker

_log = logging.getLogger(__name__)
_ALIASES = {
    Result.RELEASED: "serving",
    Result.REFUSED: "refused",
    Result.UNDECIDED: "candidate",
}


class Publishing:
    """Nothing of it fails a lap: what cannot be written is logged, what cannot be told waits."""

    def __init__(self, registry: ModelRegistry, tracker: Tracker, reports: Path) -> None:
        self._registry = registry
        self._tracker = tracker
        self._reports = reports

    async def publish(self, outcome: LapOutcome) -> LapOutcome:
        """The outcome with its report, if there is one."""
        try:
            told = [one for model in outcome.models for one in await _told(outcome, model)]
            await self._tracker.record_all(told)
            earlier = await self._registry.summaries()
            report = await asyncio.to_thread(write_report, outcome, self._reports, earlier=earlier)
        except Exception as fault:  # noqa: BLE001 - the models serve, whatever a plot stumbles over
            _log.warning("a lap was not reported in full (%s)", type(fault).__name__)
            return outcome
        return replace(outcome, report=report)


async def _told(outcome: LapOutcome, model: ModelOutcome) -> tuple[TrackedRun | TrackedAlias, ...]:
    run = await asyncio.to_thread(tracked_run, outcome, model)
    alias = _ALIASES.get(model.result)
    if not model.model or not alias:
        return (run,)
    named = TrackedAlias(kind=model.kind.value, model=model.model, alias=alias, at_s=time.time())
    return (run, named)
