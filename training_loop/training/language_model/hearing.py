"""Clips are heard by several processes at once: recognition takes most of a language model's lap.

Each process loads the model and hears its part of the clips one after the other, so that what a
clip costs stays comparable. An engine that spreads items itself does so.
"""

from __future__ import annotations

import asyncio
import os
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from training_loop.training.each_item import Spreads, items_in, run_each
from training_loop.training.engine import Engine
from training_loop.training.limited_process import Limits
from training_loop.training.trainer import Progress, TrainingProgress

AT_ONCE = 4
"""Processes at most, each with the whole model in its memory."""
_WORTH_A_PROCESS = 12
"""Clips: loading a model takes about as long as hearing some of them."""
_EARS = "training_loop.training.language_model.work:Ears"
_CALLED = "clips"


async def hear_each(
    model: Path,
    clips: Path,
    *,
    workspace: Path,
    limits: Limits,
    progress: Progress,
    engine: Engine,
    processors: int | None = None,
) -> list[Any]:
    """What `Ears` with the model make of each item in the directory `clips`, in order.

    `processors`: those that this process may use, unless told otherwise. Raises as `run_each`; no
    process is left then.
    """
    items = items_in(clips)
    here = processors or len(os.sched_getaffinity(0))
    shares = 1 if isinstance(engine, Spreads) else shares_for(len(items), here)
    done = _Done(len(items), progress)

    async def hear(directory: Path, count: int, share: int) -> list[Any]:
        return await run_each(
            _EARS,
            {"model": str(model)},
            directory,
            workspace=workspace,
            reads=(model,),
            called=_CALLED,
            limits=limits,
            progress=lambda told: done.tell(share, count, told),
            engine=engine,
        )

    if shares == 1:
        return await hear(clips, len(items), 0)
    parts = await asyncio.to_thread(_parted, clips, items, shares)
    hearing = [
        asyncio.create_task(hear(directory, count, share))
        for share, (directory, count) in enumerate(parts)
    ]
    try:
        return _in_order(await asyncio.gather(*hearing))
    finally:
        for one in hearing:
            one.cancel()
        await asyncio.gather(*hearing, return_exceptions=True)


def shares_for(clips: int, processors: int) -> int:
    """How many processes hear so many clips."""
    return max(1, min(AT_ONCE, processors, clips // _WORTH_A_PROCESS))


def _parted(clips: Path, items: Sequence[Path], shares: int) -> list[tuple[Path, int]]:
    """Moves the items into directories below `clips` in turn, so that no part has all that is
    long; each with how many it got."""
    parts = []
    for share in range(shares):
        directory = clips / f"part-{share}"
        directory.mkdir(mode=0o700)
        for path in (mine := items[share::shares]):
            shutil.move(path, directory / path.name)
        parts.append((directory, len(mine)))
    return parts


def _in_order(parts: Sequence[Sequence[Any]]) -> list[Any]:
    """As they were before `_parted`."""
    whole: list[Any] = [None] * sum(len(part) for part in parts)
    for share, part in enumerate(parts):
        whole[share :: len(parts)] = part
    return whole


class _Done:
    """One progress of several processes."""

    def __init__(self, clips: int, progress: Progress) -> None:
        self._clips = clips
        self._progress = progress
        self._heard: dict[int, float] = {}

    def tell(self, share: int, count: int, told: TrainingProgress) -> None:
        self._heard[share] = count * (told.done or 0.0)
        done = min(1.0, sum(self._heard.values()) / max(1, self._clips))
        self._progress(TrainingProgress(stage=told.stage, done=done, detail=told.detail))
