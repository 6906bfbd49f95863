"""A directory with everything that a trial needs, on whatever machine it is tried."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

from training_loop.datasets.gold import GoldItem
from training_loop.training.disk import full_disk_explained
from training_loop.training.errors import NothingToLearn
from training_loop.training.project import NluProject
from training_loop.training.sweep.gold_file import write_gold


@dataclass(frozen=True, slots=True, kw_only=True)
class SweepRoom:
    """Below a private directory; personal."""

    root: Path

    @property
    def training(self) -> Path:
        return self.root / "training.jsonl"

    @property
    def test(self) -> Path:
        return self.root / "test.jsonl"

    @property
    def project(self) -> NluProject:
        """Without its own held-out examples: those judge models, and choose no settings."""
        return NluProject(root=self.root / "project")

    @property
    def base(self) -> Path:
        """A Vosk model's directory, where language models are tried."""
        return self.root / "base"

    @property
    def cache(self) -> Path:
        return self.root / "cache"


async def furnish(
    root: Path,
    *,
    training: AsyncIterator[GoldItem],
    test: AsyncIterator[GoldItem],
    project: NluProject,
    base: Path | None = None,
    cache: Path | None = None,
) -> SweepRoom:
    """Copies everything below `root`. Raises NothingToLearn without any item to test with."""
    room = SweepRoom(root=root)
    await write_gold(training, room.training)
    if not await write_gold(test, room.test):
        raise NothingToLearn("The data set has no test split: too few accounts were reviewed.")
    with full_disk_explained():
        await asyncio.to_thread(_copy_project, project, room.project)
        for source, target in ((base, room.base), (cache, room.cache)):
            await asyncio.to_thread(_copy, source, target)
    return room


def _copy(source: Path | None, target: Path) -> None:
    if source is not None and source.exists():
        shutil.copytree(source, target)
    else:
        target.mkdir(mode=0o700)


def _copy_project(project: NluProject, to: NluProject) -> None:
    shutil.copytree(project.examples, to.examples)
    for source, target in ((project.config, to.config), (project.domain, to.domain)):
        shutil.copyfile(source, target)
    to.hold_out.mkdir()
