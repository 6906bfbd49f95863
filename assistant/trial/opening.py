"""Opens a server's models as its settings say: from the registry, followed and tried."""

from __future__ import annotations

import asyncio
import logging
import secrets
from collections.abc import AsyncGenerator, Callable, Coroutine
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from redis.asyncio import Redis

from assistant.asr.models import resolve_speech_model
from assistant.hearing.ears import Ears, HearingSettings
from assistant.nlu.interpreter import Interpreter
from assistant.nlu.rasa_http_interpreter import RasaHttpInterpreter
from assistant.nlu.serving import NluService
from assistant.nlu.thresholds import CalibratedInterpreter
from assistant.settings import ServerSettings
from assistant.setup.letters import lend_letters
from assistant.thresholds import ThresholdsInUse, ensure_base
from assistant.trial.following import TrialFollower
from assistant.trial.nlu_candidate import NluCandidate
from assistant.trial.served_turns import ServedTurns
from assistant.trial.speech_candidate import SpeechCandidate
from assistant.trial.trials import TrialTraffic
from training_loop.audit.log import AuditLog
from training_loop.background import ended
from training_loop.registry.live_counts import LiveCounts
from training_loop.registry.registry import ModelRegistry, ServingModel
from training_loop.registry.release_watch import ReleaseWatch
from training_loop.registry.serving_watch import follow
from training_loop.registry.trial_board import TrialBoard
from training_loop.training.thresholds import ThresholdsRefused
from training_loop.training.trainer import ModelKind

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Models:
    """What interprets and what hears, and who of both is tried on which session."""

    interpreter: Interpreter
    ears: Ears
    traffic: TrialTraffic


@asynccontextmanager
async def open_models(
    settings: ServerSettings, registry: ModelRegistry, store: Redis
) -> AsyncGenerator[Models]:
    """Both kinds follow the registry, unless the settings name a Rasa server or a speech model:
    then that one serves and nothing of its kind is released here. Thresholds are followed always.
    What was released is watched: a model with which people fare worse gives way to the one before.
    """
    opening = _Opening(settings, registry, store)
    async with AsyncExitStack() as stack:
        interpreter, nlu = await opening.nlu(stack)
        ears, speech = await opening.speech(stack)
        await opening.thresholds(stack, ears)
        opening.watch(stack)
        traffic = TrialTraffic(interpreter, nlu, speech, opening.served)
        yield Models(interpreter=interpreter, ears=ears, traffic=traffic)


class _Opening:
    def __init__(self, settings: ServerSettings, registry: ModelRegistry, store: Redis) -> None:
        self._settings = settings
        self._registry = registry
        self._store = store
        self._server = f"srv_{secrets.token_hex(6)}"
        self._calibrated: CalibratedInterpreter | None = None
        self.served: dict[ModelKind, ServedTurns] = {}
        """Of the kinds that follow the registry."""

    async def nlu(
        self, stack: AsyncExitStack
    ) -> tuple[Interpreter, TrialFollower[NluCandidate] | None]:
        home = self._settings.home
        if self._settings.nlu_url:
            stock = RasaHttpInterpreter(self._settings.nlu_url)
            stack.push_async_callback(stock.close)
            return stock, None
        await self._registry.ensure_base(home.base_nlu_model)
        serving = await self._registry.serving()
        service = NluService(home)
        stack.push_async_callback(service.close)
        await service.start(serving.path)

        async def apply(model: ServingModel) -> None:
            await service.swap(model.path)

        async def load(model: ServingModel) -> NluCandidate:
            return await NluCandidate.load(home.rasa_python, model)

        answers = self._counted(stack, ModelKind.NLU, settled_after_s=0.0)
        _run(stack, follow(self._registry, self._server, apply, loaded=serving, answers=answers))
        follower = TrialFollower(self._registry, self._board(ModelKind.NLU), self._server, load)
        _run(stack, follower.forever())
        self._calibrated = CalibratedInterpreter(service, lambda: service.current().fingerprint)
        return self._calibrated, follower

    async def speech(
        self, stack: AsyncExitStack
    ) -> tuple[Ears, TrialFollower[SpeechCandidate] | None]:
        settings, kind = self._settings, ModelKind.LANGUAGE_MODEL
        installed = await asyncio.to_thread(
            resolve_speech_model, settings.speech_model or None, settings.home.speech_models
        )
        if settings.speech_model:
            return await self._ears(installed, stack), None
        with suppress(OSError):  # then the first lap learns it
            cache = settings.loop().pronunciations
            await asyncio.to_thread(lend_letters, settings.home, cache)
        await self._registry.ensure_base(installed, kind=kind)
        serving = await self._registry.serving(kind)
        ears = await self._ears(serving.path, stack)

        async def apply(model: ServingModel) -> None:
            await asyncio.to_thread(ears.swap, model.path)

        async def load(model: ServingModel) -> SpeechCandidate:
            return await SpeechCandidate.load(ears, model)

        utterance_s = settings.endpointing.maximum_ms / 1000
        answers = self._counted(stack, kind, settled_after_s=2 * utterance_s)
        following = follow(
            *(self._registry, self._server, apply), loaded=serving, kind=kind, answers=answers
        )
        _run(stack, following)
        follower = TrialFollower(self._registry, self._board(kind), self._server, load)
        _run(stack, follower.forever())
        return ears, follower

    async def thresholds(self, stack: AsyncExitStack, ears: Ears) -> None:
        """Once interpreter and ears are open. A package that cannot be used is left alone, as
        every server says that has met it."""
        kind, endpointing = ModelKind.THRESHOLDS, self._settings.endpointing
        in_use = ThresholdsInUse(endpointing, ears, self._calibrated)
        serving = await ensure_base(self._registry, endpointing)
        loaded: ServingModel | None = serving
        try:
            await in_use.apply(serving)
        except ThresholdsRefused as refused:
            _log.warning("%s: the server decides by its own thresholds", refused.code)
            loaded = None
        _run(stack, follow(self._registry, self._server, in_use.apply, loaded=loaded, kind=kind))

    def watch(self, stack: AsyncExitStack) -> None:
        rules = self._settings.registry.watch
        _run(stack, ReleaseWatch(self._registry, AuditLog(self._store), rules).forever())

    def _counted(
        self, stack: AsyncExitStack, kind: ModelKind, *, settled_after_s: float
    ) -> Callable[[str], None]:
        """Whom to tell which model answers."""
        counts = LiveCounts(self._store, kind)
        served = ServedTurns(counts, self._server, settled_after_s=settled_after_s)
        self.served[kind] = served
        _run(stack, served.forever())
        return served.serves

    async def _ears(self, model: Path, stack: AsyncExitStack) -> Ears:
        hearing = HearingSettings(speech_model=model, endpointing=self._settings.endpointing)
        ears = await asyncio.to_thread(Ears.open, hearing)
        stack.callback(ears.close)
        return ears

    def _board(self, kind: ModelKind) -> TrialBoard:
        return TrialBoard(self._store, kind)


def _run(stack: AsyncExitStack, work: Coroutine[None, None, None]) -> None:
    stack.push_async_callback(ended, asyncio.create_task(work))
