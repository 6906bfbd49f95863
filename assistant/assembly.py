"""Puts one server's parts together and takes them apart again."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from functools import partial

from assistant.accounts.devices import DeviceRegister
from assistant.answers.agenda import Agenda
from assistant.answers.lists import Lists
from assistant.answers.memory_home import InMemoryHome
from assistant.answers.open_meteo import OpenMeteo
from assistant.answers.ports import SkillPorts
from assistant.answers.registry import SkillRegistry
from assistant.answers.sound import SoundState
from assistant.conversation.ports import TurnPorts
from assistant.conversation.session import Sessions
from assistant.false_wakes import FalseWakeCount
from assistant.hearing.decode_pool import DecodePool
from assistant.preparer_process import PreparerProcess
from assistant.settings import ServerSettings
from assistant.speech.espeak import Espeak
from assistant.speech.espeak_synthesizer import EspeakSynthesizer
from assistant.trial.opening import Models, open_models
from training_loop.background import ended
from training_loop.loop import Loop, open_loop
from training_loop.registry.registry import ModelRegistry
from training_loop.registry.tracking.standings import Standings
from training_loop.registry.tracking.tracker import Tracker
from training_loop.review.assembly import Reviewing, assemble_review
from training_loop.store.supervisor import EmbeddedStore


@dataclass(frozen=True, slots=True, kw_only=True)
class Assembly:
    """All parts of a running server."""

    loop: Loop
    registry: ModelRegistry
    register: DeviceRegister
    agenda: Agenda
    models: Models
    pool: DecodePool
    turn: TurnPorts
    reviewing: Reviewing
    false_wakes: FalseWakeCount


@asynccontextmanager
async def open_assembly(settings: ServerSettings) -> AsyncIterator[Assembly]:
    """Starts the store and the interpreter, loads the models; ends them in reverse order."""
    async with AsyncExitStack() as stack:
        loop = await _open_loop(settings, stack)
        registry = ModelRegistry(settings.state / "registry", loop.store)
        models = await stack.enter_async_context(open_models(settings, registry, loop.store))
        pool = DecodePool(threads=settings.decode_threads, most_streams=settings.limits.streams)
        stack.push_async_callback(pool.aclose)
        register = DeviceRegister(loop.store, loop.sealer)
        agenda = Agenda(loop.store, loop.sealer)
        sessions = Sessions()
        for store in (register, agenda, sessions):
            loop.personal_stores.register(store)
        synthesizer = EspeakSynthesizer(Espeak())
        stack.callback(synthesizer.close)
        turn = TurnPorts(
            interpreter=models.interpreter,
            understanding=models.traffic,
            skills=_load_skills(loop, agenda, stack),
            synthesizer=synthesizer,
            sink=loop.sink,
            sessions=sessions,
            local_time=partial(_local_time, loop),
            withdraw=loop.rights.delete_utterance,
        )
        reviewing = assemble_review(loop.store, loop.vault, loop.tasks, settings.review)
        false_wakes = FalseWakeCount(reviewing.figures)
        _start_background(settings, loop, registry, false_wakes, stack)
        yield Assembly(
            loop=loop,
            registry=registry,
            register=register,
            agenda=agenda,
            models=models,
            pool=pool,
            turn=turn,
            reviewing=reviewing,
            false_wakes=false_wakes,
        )


def _start_background(
    settings: ServerSettings,
    loop: Loop,
    registry: ModelRegistry,
    false_wakes: FalseWakeCount,
    stack: AsyncExitStack,
) -> None:
    """What goes on beside the calls, until the stack ends it."""
    tracker = Tracker(loop.settings.tracking, loop.settings.registry.mlflow_url)
    for work in (
        loop.sweep.forever(),
        loop.tasks.settling.forever(),
        false_wakes.forever(),
        loop.sign_in.forever(),
        Standings(registry, tracker).forever(),
    ):
        stack.push_async_callback(ended, asyncio.create_task(work))
    if settings.preparer:
        preparer = PreparerProcess(loop.settings)
        preparer.start()
        stack.push_async_callback(preparer.stop)


def _load_skills(loop: Loop, agenda: Agenda, stack: AsyncExitStack) -> SkillRegistry:
    """All skills that are installed, with the stores of theirs that hold personal data."""
    lists, home, sound = Lists(loop.store, loop.sealer), InMemoryHome(), SoundState()
    for store in (lists, home, sound):
        loop.personal_stores.register(store)
    weather = OpenMeteo()
    stack.push_async_callback(weather.close)
    ports = SkillPorts(
        rights=loop.rights,
        sealer=loop.sealer,
        store=loop.store,
        agenda=agenda,
        lists=lists,
        home=home,
        sound=sound,
        weather=weather,
    )
    return SkillRegistry.load(ports)


async def _local_time(loop: Loop, account: str) -> datetime:
    return datetime.now(await loop.accounts.time_zone(account))


async def _open_loop(settings: ServerSettings, stack: AsyncExitStack) -> Loop:
    loop_settings = settings.loop()
    if not settings.store_url:
        store = EmbeddedStore(loop_settings.store_directory)
        await store.start()
        stack.push_async_callback(store.stop)
    return await stack.enter_async_context(open_loop(loop_settings, serve=True))
