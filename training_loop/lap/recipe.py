"""How a model of each kind is made here: its trainer, what it starts from, what it is held to."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

from training_loop.registry.errors import ModelUnknown
from training_loop.registry.registry import ModelRegistry, ServingModel
from training_loop.registry.shelf import rasa_version_of
from training_loop.training.language_model.building import LanguageModelSettings
from training_loop.training.language_model.trainer import LanguageModelTrainer
from training_loop.training.nlu_trainer import NluTrainer
from training_loop.training.thresholds import Thresholds
from training_loop.training.thresholds_trainer import (
    NluInService,
    ThresholdsTrainer,
    WakeOutcome,
    defaults,
)
from training_loop.training.trainer import ModelKind, Trainer


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipe:
    """For one model, at the moment it was asked for."""

    trainer: Trainer
    serving: ServingModel
    before: Path
    """The artefact of the model in service, or what has the same effect."""
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
        language_model: LanguageModelSettings | None = None,
        wake: Callable[[], Awaitable[Sequence[WakeOutcome]]],
    ) -> None:
        self.nlu = nlu
        self._registry = registry
        self._cache = cache
        self._settings = language_model
        self._wake = wake

    async def of(self, kind: ModelKind, directory: Path) -> Recipe:
        """`directory` is for what has to be written for it. Raises ModelUnknown where no model of
        the kind serves from the registry, and ModelTampered."""
        serving = await self._registry.serving(kind)
        if kind is ModelKind.LANGUAGE_MODEL:
            return await self._language_model(serving)
        if kind is ModelKind.THRESHOLDS:
            return await self._thresholds(serving, directory)
        if kind is ModelKind.NLU:
            return Recipe(
                trainer=self.nlu,
                serving=serving,
                before=serving.path,
                base_data=self.nlu.project.base_fingerprint(),
                config=self.nlu.project.config_fingerprint(),
            )
        raise ModelUnknown(f"Nothing trains models of the kind {kind.value} here.")

    async def _language_model(self, serving: ServingModel) -> Recipe:
        """From the first model of its line, whatever serves now: what was erased since is in none
        of what comes of it."""
        ancestors = await self._registry.catalogue.ancestors(serving.model)
        first = await asyncio.to_thread(
            self._registry.shelf.verified, ancestors[-1] if ancestors else serving.model
        )
        trainer = LanguageModelTrainer(
            base=self._registry.archive(first.model),
            project=self.nlu.project,
            cache=self._cache,
            settings=self._settings,
        )
        return Recipe(
            trainer=trainer,
            serving=serving,
            before=serving.path,
            base_data=first.fingerprint,
            engine=f"vosk {version('vosk')}",
        )

    async def _thresholds(self, serving: ServingModel, directory: Path) -> Recipe:
        """For the language understanding that serves now. Thresholds that were chosen for another
        one do nothing there."""
        nlu = await self._registry.serving(ModelKind.NLU)
        now = await asyncio.to_thread(Thresholds.read, serving.path)
        before = serving.path
        if now.nlu_model != nlu.fingerprint:
            now = _for(now, nlu.fingerprint)
            before = directory / "in-service.json"
            now.write(before)
        trainer = ThresholdsTrainer(
            nlu=self.nlu,
            model=NluInService(archive=nlu.path, fingerprint=nlu.fingerprint),
            now=now,
            wake=tuple(await self._wake()),
        )
        return Recipe(trainer=trainer, serving=serving, before=before, base_data=nlu.fingerprint)


def _for(now: Thresholds, nlu_model: str) -> Thresholds:
    """What `now` comes to where another NLU model serves."""
    return Thresholds(
        nlu_model=nlu_model,
        nlu=defaults(nlu_model).nlu,
        trailing_silence_ms=now.trailing_silence_ms,
        wake_accept_from=now.wake_accept_from,
        outcomes=now.outcomes,
        costs=now.costs,
    )
