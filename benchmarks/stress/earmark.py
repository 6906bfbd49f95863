"""The product under stress, without its services: the loop in the process that works."""

from __future__ import annotations

import secrets
import time
from collections import defaultdict
from collections.abc import AsyncIterator, Iterable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from assistant.accounts.devices import DeviceRegister
from assistant.answers.agenda import Agenda
from assistant.answers.lists import Lists
from benchmarks.stress.subject import (
    Capture,
    Erased,
    Found,
    Holder,
    Kept,
    Left,
    Lent,
    Withdrawn,
)
from training_loop.consent.account_record import read_account
from training_loop.consent.policy import Purpose
from training_loop.errors import AccountGone
from training_loop.loop import Loop, open_loop
from training_loop.queue.lease import LeasedItem, LeaseLost
from training_loop.queue.queue import LearningQueue
from training_loop.queue.review import Review
from training_loop.rights import CONSENT_TEXT_VERSION, ConsentShown, SettingsChange
from training_loop.settings import LoopSettings
from training_loop.store import keys
from training_loop.store.client import store_errors
from training_loop.store.script_runner import text
from training_loop.utterance import CaptureConsent, CaptureContext, Utterance

LEASE_MS = 1500
PAGE = 20
_SHOWN = ConsentShown(text_version=CONSENT_TEXT_VERSION, channel="api")
_ON = SettingsChange(keep_history=True, improve_models=True, human_review=True)
_OFF = SettingsChange(keep_history=False, improve_models=False, human_review=False)
_CONTENT = frozenset({"h", "i", "r", "t", "v"})
_WITH_AUDIO = 8
"""One utterance in so many has audio: its file costs more than all the rest."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Parts:
    """The loop, with the assistant's own places for personal data."""

    loop: Loop
    register: DeviceRegister
    agenda: Agenda


@asynccontextmanager
async def open_parts(url: str, state: Path) -> AsyncIterator[Parts]:
    async with open_loop(LoopSettings(state=state, store_url=url), serve=True) as loop:
        register = DeviceRegister(loop.store, loop.sealer)
        agenda = Agenda(loop.store, loop.sealer)
        for store in (register, agenda, Lists(loop.store, loop.sealer)):
            loop.personal_stores.register(store)
        yield Parts(loop=loop, register=register, agenda=agenda)


class Earmark:
    """In the process that works."""

    def __init__(self, loop: Loop) -> None:
        self._loop = loop
        self._queue = LearningQueue(
            loop.store, loop.vault, loop.blobs, loop.reads, lease_ms=LEASE_MS
        )
        self._consents: dict[str, CaptureConsent] = {}

    async def create(self) -> Holder:
        made = await self._loop.accounts.create()
        return Holder(
            account=made.account,
            credential=made.token,
            erasure=await self._loop.deletion.id_of(made.account),
        )

    def adopt(self, holder: Holder) -> None:
        """Who is in this process needs no credential."""

    async def opt_in(self, account: str, request: str) -> None:
        await self._loop.rights.change(account, _ON, _SHOWN, request)

    async def opt_out(self, account: str, request: str) -> Withdrawn:
        settings = await self._loop.rights.change(account, _OFF, _SHOWN, request)
        return Withdrawn(epoch=settings.epoch)

    async def erase(self, account: str) -> Erased:
        await self._loop.rights.delete_account(account)
        return Erased()

    async def capture(self, account: str) -> Capture | None:
        context = CaptureContext(account=account, device="dev_stress")
        consent = await self._loop.sink.begin(context)
        if consent.learning_epoch is None:
            return None
        said = f"utt_{secrets.token_hex(8)}"
        self._consents[said] = consent
        return Capture(account=account, said=said, epoch=consent.learning_epoch)

    async def keep(self, capture: Capture) -> Kept | None:
        audio = bytes(3200) if int(capture.said[-2:], 16) % _WITH_AUDIO == 0 else b""
        utterance = Utterance(
            utterance_id=capture.said,
            account=capture.account,
            device="dev_stress",
            captured_at_s=time.time(),
            pcm=audio,
            heard=capture.said,
            confidence=0.9,
        )
        fate = await self._loop.sink.keep(utterance, self._consents.pop(capture.said))
        return Kept(item=capture.said) if fate.queued else None

    def drop(self, capture: Capture) -> None:
        """It is kept by another way."""
        del self._consents[capture.said]

    async def lease(self) -> Lent | None:
        found = await self._queue.lease("stress")
        if found is None:
            return None
        return Lent(account=found.account, item=found.item, token=found.token, handle=found)

    async def read(self, lent: Lent) -> Found | None:
        try:
            utterance = await self._queue.read(_lease(lent))
        except (LeaseLost, AccountGone):
            return None
        return Found(account=lent.account, item=lent.item, said=utterance.heard)

    async def ack(self, lent: Lent) -> bool:
        review = Review(text="turn the light on", intent="turn_on", reviewer="reviewer-1")
        try:
            await self._queue.ack(_lease(lent), review)
        except LeaseLost:
            return False
        return True

    async def learn(self) -> AsyncIterator[Found]:
        async for one in self._queue.reviewed():
            yield Found(account=one.account, item=one.item, said=one.utterance.heard)

    async def browse(self, account: str) -> list[Found]:
        page = await self._loop.rights.history(account, PAGE)
        return [
            Found(account=account, item=entry.utterance_id, said=entry.heard)
            for entry in page.entries
        ]

    async def oversee(self) -> None:
        await self._queue.statistics()

    async def left(self, accounts: Iterable[str]) -> Mapping[str, Left]:
        containers = await self._containers()
        return {account: await self._left(account, containers) for account in accounts}

    async def _left(self, account: str, containers: Mapping[str, frozenset[str]]) -> Left:
        try:
            record = await read_account(self._loop.store, account)
        except AccountGone:
            return Left(epoch=0, items=containers.get(account, frozenset()))
        if Purpose.LEARNING not in record.containers:
            return Left(epoch=0, items=containers.get(account, frozenset()))
        epoch = record.containers[Purpose.LEARNING].epoch
        with store_errors():
            items = await self._loop.store.hkeys(keys.learning_items(account, epoch))
            reviewed = await self._loop.store.hkeys(keys.reviewed(account, epoch))
        return Left(
            epoch=epoch,
            items=frozenset(map(text, items)),
            reviewed=frozenset(map(text, reviewed)),
        )

    async def _containers(self) -> Mapping[str, frozenset[str]]:
        """Keys under which content lies, by account."""
        found: dict[str, set[str]] = defaultdict(set)
        with store_errors():
            async for name in self._loop.store.scan_iter(match="{s*}:*:acc_*", count=10_000):
                key = text(name)
                if keys.kind_of(key) in _CONTENT:
                    found[key.split(":")[2]].add(key)
        return {account: frozenset(names) for account, names in found.items()}


def _lease(lent: Lent) -> LeasedItem:
    assert isinstance(lent.handle, LeasedItem)
    return lent.handle
