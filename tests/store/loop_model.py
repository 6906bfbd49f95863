"""What the loop should do, in plain Python, driven beside the real one step by step."""

from __future__ import annotations

import asyncio
import itertools
import tempfile
from collections.abc import Awaitable
from contextlib import AsyncExitStack
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, TypeVar

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from tests.fixtures.auditor import auditor_of
from tests.fixtures.store import SHOWN, a_review, an_utterance
from training_loop.errors import AccountGone
from training_loop.loop import Loop, open_loop
from training_loop.queue.lease import LeasedItem, LeaseLost
from training_loop.queue.queue import LearningQueue
from training_loop.rights import PrivacySettings, SettingsChange
from training_loop.settings import LoopSettings
from training_loop.store.client import connect
from training_loop.store.supervisor import EmbeddedStore
from training_loop.utterance import CaptureConsent, CaptureContext, Utterance

T = TypeVar("T")
_numbers = itertools.count(1)
HISTORY, LEARNING, REVIEW = "keep_history", "improve_models", "human_review"

BOUNDED = settings(
    max_examples=8,
    stateful_step_count=20,
    deadline=None,
    suppress_health_check=list(HealthCheck),
)


@dataclass(slots=True)
class Item:
    """One utterance in the model. `state` is where a reviewer would find it: ready, leased,
    expired, reviewed, or held (no person may hear it)."""

    utterance: Utterance
    kept: bool = False
    queued: bool = False
    state: str = "held"


@dataclass(slots=True)
class Holder:
    """One account in the model. `opened` numbers each consent, so that no two are the same."""

    name: str
    opened: dict[str, int] = field(default_factory=dict)
    generation: int = 0
    gone: bool = False
    items: dict[str, Item] = field(default_factory=dict)
    changes: list[tuple[str, SettingsChange, PrivacySettings]] = field(default_factory=list)

    def switch(self, name: str, *, on: bool) -> None:
        if on:
            self.opened.setdefault(name, next(_numbers))
            return
        for switch in (name, REVIEW) if name == LEARNING else (name,):
            self.opened.pop(switch, None)
        for item in self.items.values():
            item.kept &= HISTORY in self.opened
            item.queued &= LEARNING in self.opened
            if not item.queued or (REVIEW not in self.opened and item.state != "reviewed"):
                item.state = "held"

    def forget(self, item: Item) -> None:
        item.kept = item.queued = False
        item.state = "held"


@dataclass(slots=True, kw_only=True)
class Capture:
    """An utterance between its beginning and its arrival."""

    holder: Holder
    utterance: Utterance
    consent: CaptureConsent
    opened: dict[str, int]
    generation: int


class LoopMachine(RuleBasedStateMachine):
    """Consent, queue and history against the model."""

    store: EmbeddedStore

    def __init__(self) -> None:
        super().__init__()
        self.runner = asyncio.Runner()
        self.room = tempfile.TemporaryDirectory()
        self.stack = AsyncExitStack()
        self.holders: list[Holder] = []
        self.captures: list[Capture] = []
        self.leases: list[tuple[Holder, Item, LeasedItem]] = []
        self.lost: list[LeasedItem] = []

    def wait(self, awaitable: Awaitable[T]) -> T:
        async def outcome() -> T:
            return await awaitable

        return self.runner.run(outcome())

    @initialize()
    def begin(self) -> None:
        async def opened() -> Loop:
            client = connect(self.store.url)
            await client.flushall()
            await client.aclose()
            chosen = LoopSettings(state=Path(self.room.name), store_url=self.store.url)
            return await self.stack.enter_async_context(open_loop(chosen))

        self.loop = self.wait(opened())
        parts = (self.loop.store, self.loop.vault, self.loop.blobs, self.loop.reads)
        self.brief = LearningQueue(*parts, lease_ms=0)
        self.create()
        for name in (HISTORY, REVIEW):
            self._switch(self.holders[0], name, on=True)

    def teardown(self) -> None:
        """What the machine leaves behind is what the auditor expects, and can be erased."""
        if hasattr(self, "loop"):
            self.wait(self.loop.rights.settled())
            report = self.wait(auditor_of(self.loop).once())
            assert not report.findings, report.findings
            for holder in self.alive:
                self.wait(self.loop.rights.delete_account(holder.name))
            self.wait(self._nothing_is_left())
        self.wait(self.stack.aclose())
        self.runner.close()
        self.room.cleanup()

    async def _nothing_is_left(self) -> None:
        await self.loop.sweep.once()
        for holder in self.holders:
            assert await self.loop.store.keys(f"*{holder.name}*") == []
        assert not [path for path in self.loop.settings.blobs.rglob("*") if path.is_file()]

    @property
    def alive(self) -> list[Holder]:
        return [holder for holder in self.holders if not holder.gone]

    def holder(self, data: Any) -> Holder:
        chosen: Holder = data.draw(st.sampled_from(self.alive))
        return chosen

    @precondition(lambda self: len(self.holders) < 4)
    @rule()
    def create(self) -> None:
        account = self.wait(self.loop.accounts.create()).account
        self.holders.append(Holder(name=account))

    @precondition(lambda self: self.alive)
    @rule(data=st.data(), on=st.booleans(), name=st.sampled_from([HISTORY, LEARNING, REVIEW]))
    def switch(self, data: Any, name: str, on: bool) -> None:
        self._switch(self.holder(data), name, on=on)

    def _switch(self, holder: Holder, name: str, *, on: bool) -> None:
        change = SettingsChange(**{name: on})
        if name == REVIEW and on:
            change = replace(change, improve_models=True)
            holder.switch(LEARNING, on=True)
        request = f"request-{next(_numbers)}"
        now = self.wait(self.loop.rights.change(holder.name, change, SHOWN, request))
        holder.switch(name, on=on)
        holder.changes.append((request, change, now))
        shown = {switch for switch in (HISTORY, LEARNING, REVIEW) if getattr(now, switch)}
        assert shown == set(holder.opened)
        self._drop_leases()

    @precondition(lambda self: any(holder.changes for holder in self.alive))
    @rule(data=st.data())
    def repeat_a_switch(self, data: Any) -> None:
        """A repeated request changes nothing and gives the same answer."""
        holder = data.draw(st.sampled_from([one for one in self.alive if one.changes]))
        request, change, then = data.draw(st.sampled_from(holder.changes))
        again = self.wait(self.loop.rights.change(holder.name, change, SHOWN, request))
        assert again == then

    @precondition(lambda self: self.alive)
    @rule(data=st.data(), no_training=st.booleans(), sound=st.booleans())
    def capture(self, data: Any, no_training: bool, sound: bool) -> None:
        self._capture(self.holder(data), no_training=no_training, sound=sound)

    @precondition(lambda self: self.alive)
    @rule(
        data=st.data(),
        names=st.lists(st.sampled_from([HISTORY, LEARNING, REVIEW]), min_size=1, max_size=2),
        back=st.booleans(),
    )
    def say_while_switches_change(self, data: Any, names: list[str], back: bool) -> None:
        """What was begun under a consent does not arrive under the next one."""
        holder = self.holder(data)
        capture = self._capture(holder, no_training=False, sound=True)
        for on in (False, True) if back else (False,):
            for name in names:
                self._switch(holder, name, on=on)
        self._keep(capture, twice=False)

    @precondition(lambda self: self.alive)
    @rule(data=st.data())
    def say(self, data: Any) -> None:
        self._keep(self._capture(self.holder(data), no_training=False, sound=True), twice=False)

    def _capture(self, holder: Holder, *, no_training: bool, sound: bool) -> Capture:
        context = CaptureContext(account=holder.name, device="dev_kitchen", no_training=no_training)
        opened = dict(holder.opened)
        if no_training:
            opened.pop(LEARNING, None)
            opened.pop(REVIEW, None)
        capture = Capture(
            holder=holder,
            utterance=an_utterance(holder.name, pcm=b"\x01\x02" * 80 if sound else b""),
            consent=self.wait(self.loop.sink.begin(context)),
            opened=opened,
            generation=holder.generation,
        )
        self.captures.append(capture)
        return capture

    @precondition(lambda self: self.captures)
    @rule(data=st.data(), twice=st.booleans())
    def keep(self, data: Any, twice: bool) -> None:
        self._keep(data.draw(st.sampled_from(self.captures)), twice=twice)

    def _keep(self, capture: Capture, *, twice: bool) -> None:
        self.captures.remove(capture)
        holder, item = capture.holder, Item(utterance=capture.utterance)
        if not holder.gone and capture.generation == holder.generation:
            still = {
                name for name, number in capture.opened.items() if holder.opened.get(name) == number
            }
            item.kept, item.queued = HISTORY in still, LEARNING in still
            if item.queued and REVIEW in still:
                item.state = "ready"
        fate = self.wait(self.loop.sink.keep(capture.utterance, capture.consent))
        assert (fate.kept, fate.queued) == (item.kept, item.queued), fate
        holder.items[capture.utterance.utterance_id] = item
        if twice:
            again = self.wait(self.loop.sink.keep(capture.utterance, capture.consent))
            assert (again.kept, again.queued) == (item.kept, item.queued)

    @rule(oldest=st.booleans(), brief=st.booleans())
    def lease(self, oldest: bool, brief: bool) -> None:
        waiting = {
            (holder.name, name): (holder, item)
            for holder in self.alive
            for name, item in holder.items.items()
            if item.state in ("ready", "expired")
        }
        queue = self.brief if brief else self.loop.queue
        lease = self.wait(queue.lease("reviewer", oldest=oldest))
        assert (lease is None) == (not waiting)
        for _, item in waiting.values():
            item.state = "ready"  # looking for something to lend takes back what has run out
        if lease is None:
            return
        holder, item = waiting[(lease.account, lease.item)]
        item.state = "expired" if brief else "leased"
        if brief:
            self.lost.append(lease)
        else:
            self.leases.append((holder, item, lease))

    @precondition(lambda self: self.leases)
    @rule(data=st.data(), how=st.sampled_from(["read", "renew", "release", "ack", "discard"]))
    def use_a_lease(self, data: Any, how: str) -> None:
        self._use(data.draw(st.sampled_from(self.leases)), how)

    def _use(self, entry: tuple[Holder, Item, LeasedItem], how: str) -> None:
        _, item, lease = entry
        if how == "read":
            assert self.wait(self.loop.queue.read(lease)) == item.utterance
            return
        if how == "renew":
            renewed = self.wait(self.loop.queue.renew(lease))
            assert renewed.expires_at_s >= lease.expires_at_s
            return
        self.leases.remove(entry)
        self.lost.append(lease)
        if how == "release":
            self.wait(self.loop.queue.release(lease))
            item.state = "ready"
        elif how == "ack":
            self.wait(self.loop.queue.ack(lease, a_review()))
            self.wait(self.loop.queue.ack(lease, a_review()))  # a retry is the same as once
            item.state = "reviewed"
        else:
            self.wait(self.loop.queue.discard(lease))
            item.queued, item.state = False, "held"
        self._is_lost(lease)

    @rule()
    def review(self) -> None:
        """The whole way of one item, so that reviewed ones are not rare."""
        before = len(self.leases)
        self.lease(oldest=False, brief=False)
        if len(self.leases) > before:
            self._use(self.leases[-1], "ack")

    @precondition(lambda self: self.lost)
    @rule(data=st.data())
    def use_a_lost_lease(self, data: Any) -> None:
        self._is_lost(data.draw(st.sampled_from(self.lost)))

    def _is_lost(self, lease: LeasedItem) -> None:
        for use in (self.loop.queue.read, self.loop.queue.renew, self.loop.queue.discard):
            with pytest.raises(LeaseLost):
                self.wait(use(lease))
        self.wait(self.loop.queue.release(lease))

    def _drop_leases(self) -> None:
        """Moves what a withdrawal or deletion took from its holder among the lost."""
        for entry in [one for one in self.leases if one[1].state != "leased"]:
            self.leases.remove(entry)
            self.lost.append(entry[2])
            self._is_lost(entry[2])

    @invariant()
    def history_shows_what_the_model_says(self) -> None:
        for holder in self.holders:
            if holder.gone:
                with pytest.raises(AccountGone):
                    self.wait(self.loop.rights.history(holder.name, 10))
                continue
            page = self.wait(self.loop.rights.history(holder.name, 200))
            shown = {
                entry.utterance_id: (entry.in_history, entry.in_learning_queue)
                for entry in page.entries
            }
            assert shown == {
                name: (item.kept, item.queued)
                for name, item in holder.items.items()
                if item.kept or item.queued
            }

    @invariant()
    def the_queue_counts_what_the_model_says(self) -> None:
        states = [
            item.state for holder in self.alive for item in holder.items.values() if item.queued
        ]
        found = self.wait(self.loop.queue.statistics())
        assert found.ready + found.leased == sum(
            state in ("ready", "leased", "expired") for state in states
        )
        assert found.leased >= states.count("leased")
        assert (found.reviewed, found.held) == (states.count("reviewed"), states.count("held"))

    @invariant()
    def machines_learn_from_what_is_reviewed_and_consented_alone(self) -> None:
        async def learnable() -> set[str]:
            return {one.item async for one in self.loop.queue.reviewed()}

        assert self.wait(learnable()) == {
            name
            for holder in self.alive
            for name, item in holder.items.items()
            if item.state == "reviewed"
        }
