"""How a model of each kind is made here: its trainer, what it starts from, what it is held to."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

from training_loop.registry.errors import ModelUnknown
from training_loop.registry.manifest import Manifest
from training_loop.registry.registry import ModelRegistry, ServingModel
from training_loop.registry.shelf import rasa_version_of
from training_loop.training.engine import Engine
from training_loop.training.language_model.building import LanguageModelSettings
from training_loop.training.language_model.trainer import LanguageModelTrainer
from training_loop.training.nlu_trainer import NluTrainer
from training_loop.training.thresholds import Thresholds
from training_loop.training.thresholds_trainer import (
    NluInService,
    ThresholdsTrainer,
    WakeOutcome,
)
from training_loop.training.trainer import ModelKind, Trainer


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipe:
    """For one model, at the moment it was asked for."""

    trainer: Trainer
    serving: ServingModel
    base_data: str
    """SHA-256 of what every model of the kind starts from."""
    config: str = ""
    engine: str = ""
    """What it is made with; of an NLU model the archive says it."""

    def rasa_version(self, artefact: Path) -> str:
        return rasa_version_of(artefact) if self.trainer.kind is ModelKind.NLU else ""


class Recipes:
    """Of one state directory. `cache` keeps what is learned from public data once; `wake` gives
    the scores of wake words with what people found about them."""

    def __init__(
        self,
        registry: ModelRegistry,
        nlu: NluTrainer,
        *,
        cache: Path,
        engine: Engine,
        language_model: LanguageModelSettings | None = None,
        wake: Callable[[], Awaitable[Sequence[WakeOutcome]]],
    ) -> None:
        self.nlu = nlu
        self._registry = registry
        self._cache = cache
        self._engine = engine
        self._settings = language_model
        self._wake = wake

    @property
    def engine(self) -> Engine:
        """Where the trainers run."""
        return self._engine

    async def installed(self, kind: ModelKind) -> Path:
        """The artefact that every line of its kind began with. Raises ModelTampered."""
        return self._registry.archive((await self._first(kind)).model)

    async def of(self, kind: ModelKind) -> Recipe:
        """Raises ModelUnknown where no model of the kind serves from the registry, and
        ModelTampered."""
        serving = await self._registry.serving(kind)
        if kind is ModelKind.LANGUAGE_MODEL:
            return await self._language_model(serving)
        if kind is ModelKind.THRESHOLDS:
            return await self._thresholds(serving)
        if kind is ModelKind.NLU:
            return Recipe(
                trainer=self.nlu,
                serving=serving,
                base_data=self.nlu.project.base_fingerprint(),
                config=self.nlu.project.config_fingerprint(),
            )
        raise ModelUnknown(f"Nothing trains models of the kind {kind.value} here.")

    async def _language_model(self, serving: ServingModel) -> Recipe:
        first = await self._first(ModelKind.LANGUAGE_MODEL)
        trainer = LanguageModelTrainer(
            base=self._registry.archive(first.model),
            project=self.nlu.project,
            cache=self._cache,
            settings=self._settings,
            engine=self._engine,
        )
        return Recipe(
            trainer=trainer,
            serving=serving,
            base_data=first.fingerprint,
            engine=f"vosk {version('vosk')}",
        )

    async def _thresholds(self, serving: ServingModel) -> Recipe:
        """For the language understanding that serves now."""
        nlu = await self._registry.serving(ModelKind.NLU)
        first = await self._first(ModelKind.THRESHOLDS)
        trainer = ThresholdsTrainer(
            nlu=self.nlu,
            model=NluInService(archive=nlu.path, fingerprint=nlu.fingerprint),
            now=await asyncio.to_thread(Thresholds.read, self._registry.archive(first.model)),
            wake=tuple(await self._wake()),
            engine=self._engine,
        )
        return Recipe(trainer=trainer, serving=serving, base_data=nlu.fingerprint)

    async def _first(self, kind: ModelKind) -> Manifest:
        """The installed model, which learned from nobody. What is made starts there, whatever
        serves now: what was erased since is in none of what comes of it."""
        known = await self._registry.summaries(kind=kind)
        installed = [one.model for one in known if not one.parent]
        return await asyncio.to_thread(self._registry.shelf.verified, installed[-1])
