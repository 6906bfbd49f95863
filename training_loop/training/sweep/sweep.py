"""Runs the trials of a sweep: one after the other on this machine, or by Ray Tune on a cluster."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from typing import Protocol

from training_loop.errors import InvalidArgument
from training_loop.training.engine import Engine, LocalEngine
from training_loop.training.errors import OverLimit
from training_loop.training.sweep.result import Tried
from training_loop.training.sweep.room import SweepRoom
from training_loop.training.sweep.trial import Trial, attempt

WITHIN_S = 6 * 3600.0
"""What is tried with lies in the open of a private directory for as long."""

TrialProgress = Callable[[int], None]
"""Is told how many trials are done."""


class Trials(Protocol):
    """Where trials are tried."""

    async def __call__(
        self, trials: Sequence[Trial], room: SweepRoom, progress: TrialProgress
    ) -> tuple[Tried, ...]:
        """All of them, in whatever order. Raises what an Engine raises."""
        ...


async def one_by_one(
    trials: Sequence[Trial], room: SweepRoom, progress: TrialProgress
) -> tuple[Tried, ...]:
    """Is a Trials."""
    tried: list[Tried] = []
    for trial in trials:
        figures = await attempt(trial, room, room.root / f"trial-{trial.number}")
        tried.append(Tried(trial=trial, figures=figures))
        progress(len(tried))
    return tuple(tried)


async def sweep(
    trials: Sequence[Trial], room: SweepRoom, engine: Engine, progress: TrialProgress
) -> tuple[Tried, ...]:
    """Tries all of them where `engine` runs. Raises what an Engine raises, and OverLimit after
    `WITHIN_S`."""
    try:
        async with asyncio.timeout(WITHIN_S):
            return await _trials_on(engine)(trials, room, progress)
    except TimeoutError as fault:
        raise OverLimit(f"The sweep took longer than {WITHIN_S / 3600:.0f} hours.") from fault


def _trials_on(engine: Engine) -> Trials:
    """Small work stays plain: Ray's part is imported only for a Ray engine."""
    if isinstance(engine, LocalEngine):
        return one_by_one
    from training_loop.training.ray_engine import RayEngine
    from training_loop.training.sweep.ray_trials import RayTrials

    if not isinstance(engine, RayEngine):
        raise InvalidArgument("Trials run on this machine or on a Ray cluster.")
    return RayTrials(engine.address)
