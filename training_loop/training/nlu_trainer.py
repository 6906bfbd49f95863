"""Trains and evaluates NLU models with Rasa, in directories that are removed afterwards."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from pathlib import Path

from training_loop.datasets.gold import GoldItem, Group
from training_loop.training.disk import full_disk_explained
from training_loop.training.engine import LOCAL_ENGINE, Engine
from training_loop.training.errors import TrainingFailed
from training_loop.training.example_result import ExampleResult
from training_loop.training.limited_process import Limits
from training_loop.training.marked_files import read_marked
from training_loop.training.nlu_data import prepare_nlu
from training_loop.training.noised_text import MarkedText
from training_loop.training.parsed_results import HeldOut, read_results, write_texts
from training_loop.training.project import NluProject
from training_loop.training.rasa_command import RasaCommand, RasaFailed
from training_loop.training.reproducible_archive import make_reproducible
from training_loop.training.trainer import (
    ModelKind,
    Prepared,
    Progress,
    TrainingProgress,
    untold,
)

TRAIN_WITHIN_S = 1800.0
EVALUATE_WITHIN_S = 600.0

HEARD = "~heard"
"""Ends the name of an example in the words that the recogniser heard."""


class NluTrainer:
    """A Trainer. `project` is what every model starts from, and part of what each is held to."""

    kind = ModelKind.NLU

    def __init__(
        self,
        *,
        project: NluProject,
        rasa: RasaCommand,
        limits: Limits | None = None,
        engine: Engine = LOCAL_ENGINE,
        settings: Mapping[str, float] | None = None,
    ) -> None:
        """`settings` of the understanding, by name, instead of the project's: see `sweep.space`."""
        self.project = project
        self._settings = settings
        self._rasa = rasa
        self._engine = engine
        self._limits = limits or Limits()

    async def prepare(
        self,
        items: AsyncIterator[GoldItem],
        workspace: Path,
        *,
        seed: int,
        progress: Progress = untold,
    ) -> Prepared:
        """As `Trainer.prepare`. Without any item the model is one of the base data alone."""
        progress(TrainingProgress(stage="preparing"))
        gold = [item async for item in items]
        return await asyncio.to_thread(
            prepare_nlu, self.project, gold, workspace, seed=seed, settings=self._settings
        )

    async def train(self, prepared: Prepared, *, progress: Progress = untold) -> Path:
        """As `Trainer.train`; also raises RasaMissing. Progress names Rasa's components.

        The same data and seed give the same file: see `make_reproducible`.
        """
        workspace = prepared.workspace
        archive = workspace / "models" / "candidate.tar.gz"
        progress(TrainingProgress(stage="training"))
        await self._rasa.run(
            (
                *("train", "nlu", "--nlu", str(workspace / "nlu")),
                *("--domain", str(self.project.domain)),
                *("--config", str(workspace / "config.yml")),
                *("--out", str(archive.parent), "--fixed-model-name", "candidate"),
            ),
            workspace=workspace,
            seed=prepared.seed,
            timeout_s=TRAIN_WITHIN_S,
            limits=self._limits,
            progress=lambda name: progress(TrainingProgress(stage="training", detail=name)),
            reads=(self.project.domain,),
            engine=self._engine,
        )
        if not archive.exists():
            raise RasaFailed("Rasa ended well and left no model.")
        with full_disk_explained():
            await asyncio.to_thread(make_reproducible, archive)
        return archive

    async def evaluate(
        self,
        artefact: Path,
        hold_out: AsyncIterator[GoldItem],
        *,
        workspace: Path,
        progress: Progress = untold,
    ) -> tuple[ExampleResult, ...]:
        """As `Trainer.evaluate`, after the held-out examples of the project.

        An item that was heard otherwise than it was said counts twice: in its own words, and, named
        with `HEARD` at the end, in those the recogniser gives in service; there only its intent.
        """
        held_out = await asyncio.to_thread(_of_project, self.project)
        async for item in hold_out:
            held_out += _of_item(item)
        directory = workspace / f"parse-{artefact.parent.name}-{artefact.name.partition('.')[0]}"
        texts, parsed = directory / "texts.jsonl", directory / "parsed.jsonl"
        with full_disk_explained():
            directory.mkdir(mode=0o700, exist_ok=True)
            write_texts(held_out, texts)
        progress(TrainingProgress(stage="evaluating", done=0.0))
        await self._rasa.parse(
            artefact,
            texts,
            parsed,
            workspace=workspace,
            timeout_s=EVALUATE_WITHIN_S,
            limits=self._limits,
            progress=lambda number: progress(
                TrainingProgress(stage="evaluating", done=number / len(held_out))
            ),
            engine=self._engine,
        )
        try:
            return await asyncio.to_thread(read_results, held_out, parsed)
        except (OSError, ValueError, KeyError, TypeError) as fault:
            raise TrainingFailed("Rasa did not parse every held-out text.") from fault

    async def package(
        self, artefact: Path, *, workspace: Path, progress: Progress = untold
    ) -> Path:
        """The archive is what the registry takes in."""
        return artefact


async def nothing() -> AsyncIterator[GoldItem]:
    """No items: trains a model of the base data, evaluates on the project's examples."""
    none: tuple[GoldItem, ...] = ()
    for item in none:
        yield item


def _of_project(project: NluProject) -> list[HeldOut]:
    """Each example speaks for itself."""
    return [
        HeldOut(example=f"base-{number:05}", speaker=f"base-{number:05}", group=Group(), marked=one)
        for number, one in enumerate(read_marked(project.hold_out))
    ]


def _of_item(item: GoldItem) -> list[HeldOut]:
    marked = MarkedText(text=item.text, intent=item.intent, entities=item.entities)
    name, speaker, group = item.ref.item, item.speaker, item.group
    held_out = [HeldOut(example=name, speaker=speaker, group=group, marked=marked)]
    if item.heard.strip() and item.heard != item.text:
        heard = MarkedText(text=item.heard, intent=item.intent)
        held_out.append(
            HeldOut(
                example=name + HEARD, speaker=speaker, group=group, marked=heard, only_intent=True
            )
        )
    return held_out
