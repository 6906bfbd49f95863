"""What can be heard of a clip beside its words, clip by clip: bands of noise and of pitch."""

from __future__ import annotations

import shutil
from collections.abc import AsyncIterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from training_loop.datasets.gold import GoldItem
from training_loop.datasets.item_ref import ItemRef
from training_loop.datasets.sound_group import noise_band, pitch_band
from training_loop.training.disk import full_disk_explained
from training_loop.training.each_item import put_item, run_each
from training_loop.training.engine import LOCAL_ENGINE, Engine
from training_loop.training.trainer import Progress, untold

TAKES_MS = 3.0
"""A clip of two seconds, on one of the two cores that everything was measured on."""

Bands = tuple[str, str]
"""Of noise and of pitch."""


class SoundFeatures:
    """Is an EachWork: 16 kHz samples to their `Bands`."""

    def __init__(self, given: Mapping[str, Any]) -> None:
        pass

    def __call__(self, item: bytes) -> list[str]:
        return [noise_band(item), pitch_band(item)]


async def bands_of(
    items: AsyncIterator[GoldItem],
    workspace: Path,
    *,
    progress: Progress = untold,
    engine: Engine = LOCAL_ENGINE,
) -> dict[ItemRef, Bands]:
    """Of each item that has audio. The audio lies in `workspace` meanwhile, and is removed.

    Raises DiskFull, and as `run_each`.
    """
    clips = workspace / "clips"
    refs: list[ItemRef] = []
    try:
        with full_disk_explained():
            clips.mkdir(mode=0o700)
            async for item in items:
                if item.pcm:
                    put_item(clips, len(refs), item.pcm)
                    refs.append(item.ref)
        found = await run_each(
            f"{__name__}:SoundFeatures",
            {},
            clips,
            workspace=workspace,
            called="clips",
            takes_ms=TAKES_MS,
            progress=progress,
            engine=engine,
        )
    finally:
        shutil.rmtree(clips, ignore_errors=True)
    return {ref: (noise, pitch) for ref, (noise, pitch) in zip(refs, found, strict=True)}


async def grouped(
    items: AsyncIterator[GoldItem], bands: Mapping[ItemRef, Bands]
) -> AsyncIterator[GoldItem]:
    """The items with what is known of their sound."""
    async for item in items:
        if item.ref in bands:
            noise, pitch = bands[item.ref]
            item = replace(item, group=replace(item.group, noise=noise, pitch=pitch))
        yield item
