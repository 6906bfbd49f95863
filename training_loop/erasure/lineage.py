"""Models that learned from what is erased, and whether they still answer."""

from __future__ import annotations

import asyncio
from collections.abc import Set
from pathlib import Path

from redis.asyncio import Redis

from training_loop.erasure.plan import Plan
from training_loop.receipts.evidence import Pending, PendingKind
from training_loop.registry.errors import ModelTampered, ModelUnknown
from training_loop.registry.pointer import ServingPointer
from training_loop.registry.shelf import Shelf
from training_loop.store import keys
from training_loop.store.client import store_errors
from training_loop.store.script_runner import text


class Lineage:
    """Is a PendingSource: a model is pending while it serves or a live server has it loaded."""

    kind = PendingKind.MODEL_REPLACEMENT

    def __init__(self, store: Redis, registry: Path) -> None:
        self._store = store
        self._shelf = Shelf(registry)
        self._pointer = ServingPointer(store)

    async def models_of(self, account: str) -> tuple[str, ...]:
        """Models that were trained on anything of an account."""
        with store_errors():
            found = await self._store.smembers(keys.model_uses(account))
        return tuple(sorted(map(text, found)))

    async def models_with(self, utterances: Set[str]) -> tuple[str, ...]:
        """Models whose manifest names one of the utterances."""
        return await asyncio.to_thread(self._models_with, utterances)

    async def pending(self, plan: Plan) -> tuple[Pending, ...]:
        serving = await self._serving()
        return tuple(
            Pending(kind=self.kind, reference=model) for model in plan.models if model in serving
        )

    async def still(self, pending: Pending) -> bool:
        return pending.reference in await self._serving()

    async def _serving(self) -> Set[str]:
        pointer = await self._pointer.read()
        servers = await self._pointer.servers()
        return {pointer.model, *(server.model for server in servers.values())}

    def _models_with(self, utterances: Set[str]) -> tuple[str, ...]:
        found = []
        for model in self._shelf.names():
            try:
                items = self._shelf.manifest(model).items
            except (ModelTampered, ModelUnknown):
                continue
            if any(ref.item in utterances for ref in items):
                found.append(model)
        return tuple(found)
