"""Makes one model of a data set and judges it against the one in service."""

from __future__ import annotations

import asyncio
import hashlib
import shutil
from collections.abc import AsyncIterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path

from training_loop.datasets.datasets import Datasets
from training_loop.datasets.gold import GoldItem
from training_loop.datasets.item_ref import ItemRef
from training_loop.datasets.split import Split
from training_loop.lap.outcome import CurvePoint, exact_share, word_error_rate
from training_loop.lap.plan import CURVE, LEARNS_FROM, LapPlan
from training_loop.lap.recipe import Recipe
from training_loop.lap.stage import LapProgress, Stage, Step
from training_loop.training.engine import LOCAL_ENGINE, Engine
from training_loop.training.errors import NothingToLearn
from training_loop.training.evaluation import evaluation_of
from training_loop.training.example_result import ExampleResult
from training_loop.training.gate import Verdict, judge
from training_loop.training.sound_features import Bands, bands_of, grouped
from training_loop.training.trainer import ModelKind, Prepared, Progress
from training_loop.training.trainer_log import tell as tell_log


@dataclass(frozen=True, slots=True, kw_only=True)
class Made:
    """In a workspace: the artefact is there until `Making.clear`."""

    artefact: Path
    prepared: Prepared
    before: tuple[ExampleResult, ...]
    after: tuple[ExampleResult, ...]
    verdict: Verdict
    curve: tuple[CurvePoint, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Withdrawn:
    """A consent ended while the model was made: so many of its items are gone."""

    prepared: Prepared
    items: int


class Making:
    """Of models from one data set, each in a directory of its own below `directory`."""

    def __init__(
        self,
        datasets: Datasets,
        data_set: str,
        plan: LapPlan,
        directory: Path,
        told: LapProgress,
        engine: Engine = LOCAL_ENGINE,
    ) -> None:
        self._datasets = datasets
        self._data_set = data_set
        self._plan = plan
        self._directory = directory
        self._told = told
        self._engine = engine
        self._bands: Mapping[ItemRef, Bands] = {}
        self._rooms: list[Path] = []

    async def make(self, recipe: Recipe, base: Path | None) -> Made | Withdrawn:
        """Evaluates the model in service while the candidate is trained. `base` is the model that
        learned from nobody, for the learning curve. Raises what a Trainer raises."""
        trainer, kind = recipe.trainer, recipe.trainer.kind
        room = self._room(kind.value)
        self._bands = await self._heard(kind)
        before = asyncio.create_task(
            self._results(recipe, recipe.serving.path, self._room(f"{kind.value}-before"))
        )
        try:
            prepared = await trainer.prepare(
                self._training(kind, 1.0),
                room,
                seed=self._plan.seed,
                progress=self._tells(Stage.PREPARING, kind),
            )
            tell_log("prepared", items=len(prepared.items), **prepared.counts)
            trained = await trainer.train(prepared, progress=self._tells(Stage.TRAINING, kind))
            if gone := await self._withdrawn(prepared.items):
                return Withdrawn(prepared=prepared, items=gone)
            artefact = await trainer.package(trained, workspace=room)
            after = await self._results(recipe, artefact, room, shown=True)
            verdict = await asyncio.to_thread(
                judge,
                after,
                await before,
                self._plan.rules[kind],
                size_bytes=await asyncio.to_thread(size_of, artefact),
            )
        finally:
            before.cancel()
            await asyncio.gather(before, return_exceptions=True)
        made = Made(
            artefact=artefact,
            prepared=prepared,
            before=before.result(),
            after=after,
            verdict=verdict,
        )
        if base is None:
            return made
        return replace(made, curve=await self._curve(recipe, base, made))

    async def _curve(self, recipe: Recipe, base: Path, whole: Made) -> tuple[CurvePoint, ...]:
        """Without a point where too few clips are nothing to learn from."""
        kind = recipe.trainer.kind
        self._told(Step(stage=Stage.CURVE, kind=kind, done=0.0))
        none = whole.before
        if recipe.serving.path != base:
            none = await self._results(recipe, base, self._room(f"{kind.value}-0"))
        points = [_point(0, none)]
        for number, share in enumerate(CURVE, start=1):
            room = self._room(f"{kind.value}-{number}")
            with suppress(NothingToLearn):
                some = await recipe.trainer.prepare(
                    self._training(kind, share), room, seed=self._plan.seed
                )
                artefact = await recipe.trainer.train(some)
                points.append(_point(len(some.items), await self._results(recipe, artefact, room)))
            self._told(Step(stage=Stage.CURVE, kind=kind, done=number / len(CURVE)))
        return (*points, _point(len(whole.prepared.items), whole.after))

    async def _results(
        self, recipe: Recipe, artefact: Path, room: Path, *, shown: bool = False
    ) -> tuple[ExampleResult, ...]:
        trainer = recipe.trainer
        speaks = trainer.kind is ModelKind.LANGUAGE_MODEL
        said = self._datasets.read(self._data_set, Split.HOLD_OUT, with_audio=speaks)
        hold_out = grouped(said, self._bands)
        if not shown:
            return await trainer.evaluate(artefact, hold_out, workspace=room)
        tells = self._tells(Stage.EVALUATING, trainer.kind)
        return await trainer.evaluate(artefact, hold_out, workspace=room, progress=tells)

    async def _heard(self, kind: ModelKind) -> Mapping[ItemRef, Bands]:
        """Once for all that the hold-out is asked; what else needs no sound gets none."""
        hold_out = self._datasets.read(self._data_set, Split.HOLD_OUT, with_audio=True)
        return await bands_of(hold_out, self._room(f"{kind.value}-sound"), engine=self._engine)

    async def _training(self, kind: ModelKind, share: float) -> AsyncIterator[GoldItem]:
        """A part of what its kind learns from; a greater one holds every smaller one."""
        async for item in self._datasets.read(self._data_set, LEARNS_FROM[kind]):
            if share >= 1 or _place(self._plan.seed, item.ref) < share:
                yield item

    async def _withdrawn(self, items: tuple[ItemRef, ...]) -> int:
        return len(frozenset(items) - await self._datasets.learnable())

    def _room(self, name: str) -> Path:
        room = self._directory / name
        room.mkdir(mode=0o700)
        self._rooms.append(room)
        return room

    async def clear(self) -> None:
        """Removes everything it wrote, since what people said is in it: a trial takes hours."""
        for room in self._rooms:
            await asyncio.to_thread(shutil.rmtree, room, ignore_errors=True)

    def _tells(self, stage: Stage, kind: ModelKind) -> Progress:
        self._told(Step(stage=stage, kind=kind))
        return lambda told: self._told(
            Step(stage=stage, kind=kind, done=told.done, detail=told.detail)
        )


def size_of(artefact: Path) -> int:
    """Bytes of a file, or of all files below a directory."""
    if artefact.is_dir():
        return sum(path.stat().st_size for path in artefact.rglob("*") if path.is_file())
    return artefact.stat().st_size


def _point(clips: int, results: tuple[ExampleResult, ...]) -> CurvePoint:
    accuracy = evaluation_of(results).intent_accuracy
    heard = any(one.words for one in results)
    return CurvePoint(
        clips=clips,
        accuracy=accuracy,
        exact=exact_share(results),
        word_error_rate=word_error_rate(results) if heard else None,
    )


def _place(seed: int, ref: ItemRef) -> float:
    drawn = hashlib.sha256(f"{seed} {ref.item} {ref.epoch}".encode()).digest()
    return int.from_bytes(drawn[:8]) / 2**64
