"""Whole installations in which the same people speak, and the models that are made there.

Each has a store, a master key and ids of its own, and hears people in an order of its own. What
they say is queued, lent to a reviewer and written down as it was meant.
"""

from __future__ import annotations

import asyncio
import random
import secrets
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

from training_loop.datasets.split import Shares, Split, split_of
from training_loop.loop import Loop, open_loop
from training_loop.queue.review import Review
from training_loop.rights import CONSENT_TEXT_VERSION, ConsentShown, SettingsChange
from training_loop.settings import LoopSettings
from training_loop.store.supervisor import EmbeddedStore
from training_loop.training.trainer import Trainer
from training_loop.utterance import CaptureContext, NamedEntity, SpokenWord, Utterance

_WORD_MS = 300
_SPOKEN_MS = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What was said and meant; `heard` is empty where it was heard as it was said."""

    text: str = field(repr=False)
    intent: str
    entities: tuple[NamedEntity, ...] = field(default=(), repr=False)
    heard: str = field(default="", repr=False)
    pcm: bytes = field(default=b"", repr=False)
    """16 kHz, 16 bits; empty where nobody listens."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """`name` is for whoever plays them; the installation calls them as it likes."""

    name: str
    said: tuple[Request, ...] = field(repr=False)
    split: Split = Split.TRAIN


@asynccontextmanager
async def installation(root: Path) -> AsyncIterator[Loop]:
    """A new one, with a store that ends with it."""
    settings = LoopSettings(state=root)
    store = EmbeddedStore(settings.store_directory)
    await store.start()
    try:
        async with open_loop(settings, serve=True) as loop:
            yield loop
    finally:
        await store.stop()


async def move_in(
    loop: Loop, people: Sequence[Person], *, shares: Shares, seed: int
) -> dict[str, str]:
    """They consent, speak and are reviewed, each in the split that is theirs. Returns the account
    of each. `seed` decides who comes when."""
    chance = random.Random(seed)
    accounts: dict[str, str] = {}
    spoken: list[tuple[str, Request]] = []
    for person in chance.sample(people, len(people)):
        accounts[person.name] = await _consenting(loop, person.split, shares)
        spoken += [(accounts[person.name], request) for request in person.said]
    meant: dict[str, Request] = {}
    for account, request in chance.sample(spoken, len(spoken)):
        meant[await _say(loop, account, request)] = request
    while (lease := await loop.queue.lease("reviewer")) is not None:
        request = meant.pop(lease.item)
        review = Review(
            text=request.text, intent=request.intent, entities=request.entities, reviewer="reviewer"
        )
        await loop.queue.ack(lease, review)
    if meant:
        raise RuntimeError(f"{len(meant)} of {len(spoken)} requests were not reviewed")
    return accounts


@dataclass(frozen=True, slots=True, kw_only=True)
class Making:
    """How models are made, the same in every installation."""

    trainers: tuple[Trainer, ...]
    shares: Shares
    per_account: int
    seed: int


async def models_of(loop: Loop, making: Making, room: Path) -> list[Path]:
    """A new data set of what may be learned from now, and a model of each kind of it."""
    manifest = await loop.datasets.create(
        seed=making.seed, shares=making.shares, per_account=making.per_account
    )

    async def make(trainer: Trainer) -> Path:
        own = room / trainer.kind.value
        own.mkdir(parents=True)
        items = loop.datasets.read(manifest.name, Split.TRAIN)
        prepared = await trainer.prepare(items, own, seed=making.seed)
        return await trainer.package(await trainer.train(prepared), workspace=own)

    async with asyncio.TaskGroup() as group:
        made = [group.create_task(make(trainer)) for trainer in making.trainers]
    return [task.result() for task in made]


async def _consenting(loop: Loop, split: Split, shares: Shares) -> str:
    """An account whose place is in a split."""
    while True:
        account = (await loop.accounts.create(child=False, time_zone="UTC")).account
        if split_of(loop.vault.digest("data set splits", account), shares) is split:
            on = SettingsChange(keep_history=True, improve_models=True, human_review=True)
            shown = ConsentShown(text_version=CONSENT_TEXT_VERSION, channel="api")
            await loop.rights.change(account, on, shown, f"opt-in-{secrets.token_hex(8)}")
            return account


async def _say(loop: Loop, account: str, request: Request) -> str:
    heard = request.heard or request.text
    said = Utterance(
        utterance_id=f"utt_{secrets.token_hex(10)}",
        account=account,
        device="dev_kitchen",
        captured_at_s=time.time(),
        pcm=request.pcm,
        heard=heard,
        confidence=0.9,
        words=tuple(
            SpokenWord(
                text=word, start_ms=n * _WORD_MS, end_ms=n * _WORD_MS + _SPOKEN_MS, confidence=0.9
            )
            for n, word in enumerate(heard.split())
        ),
        intent=request.intent,
        intent_confidence=0.8,
    )
    consent = await loop.sink.begin(CaptureContext(account=account, device=said.device))
    fate = await loop.sink.keep(said, consent)
    if not fate.queued:
        raise RuntimeError(f"not queued: {fate.reason}")
    return said.utterance_id
