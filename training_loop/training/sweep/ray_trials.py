"""Trials on a Ray cluster. Ray itself is imported in a child process: see `ray_driver`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from training_loop.training.errors import TrainingFailed
from training_loop.training.ray_engine import event_of, failure_told, run_driver
from training_loop.training.sweep.result import Tried
from training_loop.training.sweep.room import SweepRoom
from training_loop.training.sweep.sweep import WITHIN_S, TrialProgress
from training_loop.training.sweep.trial import Figures, Trial

_TUNE = "training_loop.training.sweep.ray_tuning:tune_all"


class RayTrials:
    """Is a Trials: by Ray Tune, as many at a time as the cluster has processors."""

    def __init__(self, address: str) -> None:
        self._address = address

    async def __call__(
        self, trials: Sequence[Trial], room: SweepRoom, progress: TrialProgress
    ) -> tuple[Tried, ...]:
        found: list[dict[str, Any]] = []
        failed: list[tuple[str, str]] = []

        def hear(line: str) -> None:
            event = event_of(line)
            if "done" in event:
                progress(event["done"])
            elif "figures" in event:
                found.extend(event["figures"])
            elif "failed" in event:
                failed.append(event["failed"])

        job = {
            "do": _TUNE,
            "address": self._address,
            "home": str(room.root),
            "trials": [{**asdict(one), "kind": one.kind.value} for one in trials],
        }
        await run_driver(job, hear, workspace=room.root, within_s=WITHIN_S)
        if failed:
            raise failure_told(failed[0])
        if len(found) != len(trials):
            raise TrainingFailed("The process that knows the cluster ended early.")
        return tuple(
            Tried(trial=trial, figures=Figures(**figures))
            for trial, figures in zip(trials, found, strict=True)
        )
