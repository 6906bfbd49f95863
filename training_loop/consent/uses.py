"""What was learned from the utterances of an account."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Set
from pathlib import Path
from typing import Protocol

from redis.asyncio import Redis

from training_loop.consent.account_record import read_account
from training_loop.consent.policy import Purpose
from training_loop.datasets.item_ref import ItemRef
from training_loop.learned_from import DataSetUse, ModelUse, Uses
from training_loop.registry.errors import ModelTampered, ModelUnknown
from training_loop.registry.kinds import kind_of
from training_loop.registry.pointer import ServingPointer
from training_loop.registry.record import state_of
from training_loop.registry.replacements import due_in
from training_loop.registry.shelf import Shelf
from training_loop.store import keys
from training_loop.store.client import store_errors
from training_loop.store.script_runner import text
from training_loop.training.trainer import ModelKind

_MOST = 200


class DataSetUses(Protocol):
    """Knows the data sets that hold utterances of an account."""

    async def of(self, account: str, kept: frozenset[ItemRef]) -> tuple[DataSetUse, ...]:
        """`kept`: what may be learned from now. Raises StoreUnavailable."""
        ...


class AccountUses:
    """Looks at what is recorded of the account alone: of nobody else's utterances."""

    def __init__(self, store: Redis, registry: Path) -> None:
        self._store = store
        self._shelf = Shelf(registry)
        self._pointers = tuple(ServingPointer(store, kind) for kind in ModelKind)
        self._data_sets: list[DataSetUses] = []

    def register(self, data_sets: DataSetUses) -> None:
        self._data_sets.append(data_sets)

    async def of(self, account: str) -> Uses:
        """Raises AccountGone and StoreUnavailable. A model that the registry no longer has, or
        whose manifest was changed, is left out: it cannot come into use."""
        kept = await self._kept(account)
        with store_errors():
            found = await self._store.smembers(keys.model_uses(account))
            noticed = await self._store.hkeys(keys.AUDITOR_MODELS)
        tainted = {text(model) for model in noticed}
        due_s = {one.model: one.due_s for one in await due_in(self._store)}
        in_use = await self._in_use()
        models = await asyncio.to_thread(
            self._models, {text(model) for model in found}, in_use, kept, tainted, due_s
        )
        data_sets = [one for source in self._data_sets for one in await source.of(account, kept)]
        return Uses(
            models=tuple(sorted(models, key=lambda one: -one.created_at_s)[:_MOST]),
            data_sets=tuple(sorted(data_sets, key=lambda one: -one.created_at_s)[:_MOST]),
        )

    async def _kept(self, account: str) -> frozenset[ItemRef]:
        """What may be learned from now."""
        container = (await read_account(self._store, account)).containers.get(Purpose.LEARNING)
        if container is None:
            return frozenset()
        with store_errors():
            found = await self._store.hkeys(keys.reviewed(account, container.epoch))
        return frozenset(ItemRef(item=text(item), epoch=container.epoch) for item in found)

    async def _in_use(self) -> Set[str]:
        models: set[str] = set()
        for pointer in self._pointers:
            servers = await pointer.servers()
            models |= {(await pointer.read()).model, *(one.model for one in servers.values())}
        return models

    def _models(
        self,
        models: Set[str],
        in_use: Set[str],
        kept: frozenset[ItemRef],
        noticed: Set[str],
        due_s: Mapping[str, float],
    ) -> list[ModelUse]:
        uses = []
        for model in models:
            try:
                manifest = self._shelf.manifest(model)
            except (ModelTampered, ModelUnknown):
                continue
            mine, serves = len(kept.intersection(manifest.items)), model in in_use
            tainted = model in noticed or model in due_s or not mine
            state = state_of(
                serving=serves,
                stage=None,
                decision=self._shelf.decided(model).decision,
                withdrawn=tainted,
            )
            uses.append(
                ModelUse(
                    model=model,
                    kind=kind_of(model).value,
                    created_at_s=manifest.created_at_s,
                    state=state,
                    in_use=serves,
                    replaced_by_s=due_s.get(model) if serves else None,
                    utterances=mine,
                )
            )
        return uses
