"""Models that learned from what was withdrawn: until when each is replaced, and that it is."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from redis.asyncio import Redis

from training_loop.registry.errors import ModelUnknown, NothingToRollBackTo, ServingChanged
from training_loop.registry.kinds import kind_of
from training_loop.registry.pointer_change import Cause
from training_loop.registry.registry import ModelRegistry
from training_loop.registry.settings import RegistrySettings
from training_loop.store import keys
from training_loop.store.client import store_errors
from training_loop.store.script_runner import text
from training_loop.training.trainer import ModelKind

_log = logging.getLogger(__name__)
_WITHDRAWN = ("It learned from something whose consent ended.",)


@dataclass(frozen=True, slots=True, kw_only=True)
class DueReplacement:
    """A model that answers people now and has to be replaced: train its kind anew."""

    model: str
    kind: ModelKind
    since_s: float
    """When it was found that something it learned from was withdrawn. Unix time, as is the next."""
    due_s: float
    withdrawn: int = 0
    """How many of its items, when that was counted last; 0 where it was not yet."""


class Replacements:
    """Everything raises StoreUnavailable, and OSError where the registry cannot be written.

    Any number of processes may call any of it at once.
    """

    def __init__(
        self, store: Redis, registry: ModelRegistry, settings: RegistrySettings | None = None
    ) -> None:
        self._store = store
        self._registry = registry
        self._within_s = (settings or RegistrySettings()).replace_within_s

    async def note(self, models: Iterable[str]) -> tuple[DueReplacement, ...]:
        """Of models that learned from something withdrawn: those nobody uses lose their artefact
        at once, those that are tried are tried no longer, and the rest are returned, each with the
        time that was set when it was first noted."""
        noted = []
        for model in sorted(set(models)):
            await self._end_trial(model)
            if await self.uses(model):
                noted.append(await self._entry(model))
            elif await asyncio.to_thread(self._registry.shelf.has_artefact, model):
                await asyncio.to_thread(self._registry.withdraw, model, _WITHDRAWN)
        return tuple(noted)

    async def due(self) -> tuple[DueReplacement, ...]:
        """What has to be replaced, the earliest first."""
        return await due_in(self._store)

    async def settle(self) -> tuple[DueReplacement, ...]:
        """Looks for models whose items were withdrawn, deletes those that were replaced, puts an
        earlier model into service for those whose time is over; returns what is due still."""
        if await self._registry.catalogue.learned_from_anything():
            consented = await self._registry.consented()
            withdrawn = await self._registry.catalogue.withdrawn(consented)
            await self.note(withdrawn)
            await self._count(withdrawn)
        now_s = await self._now_s()
        for one in await self.due():
            if one.due_s <= now_s:
                await self._replace_now(one)
            if not await self.uses(one.model):
                await self._replaced(one.model)
        return await self.due()

    async def pending(self, model: str) -> bool:
        """Whether a model that learned from something withdrawn answers somebody, or its artefact
        is there."""
        there = await asyncio.to_thread(self._registry.shelf.has_artefact, model)
        return there or await self.uses(model)

    async def uses(self, model: str) -> bool:
        """Whether it serves, is tried, or any live server has it loaded."""
        try:
            return model in await self._registry.pointer_of(kind_of(model)).used()
        except ModelUnknown:
            return False

    async def _entry(self, model: str) -> DueReplacement:
        """The first to note it sets the time."""
        now_s = await self._now_s()
        entry = json.dumps({"since_s": now_s, "due_s": now_s + self._within_s, "withdrawn": 0})
        with store_errors():
            await self._store.hsetnx(keys.REPLACEMENTS, model, entry)
            found = await self._store.hget(keys.REPLACEMENTS, model)
        return _read(model, text(found or entry))

    async def _count(self, withdrawn: Mapping[str, int]) -> None:
        for one in await self.due():
            items = withdrawn.get(one.model, one.withdrawn)
            if items != one.withdrawn:
                entry = {"since_s": one.since_s, "due_s": one.due_s, "withdrawn": items}
                with store_errors():
                    await self._store.hset(keys.REPLACEMENTS, one.model, json.dumps(entry))

    async def _end_trial(self, model: str) -> None:
        try:
            pointer = self._registry.pointer_of(kind_of(model))
        except ModelUnknown:
            return
        for stage, tried in (await pointer.staged()).items():
            if tried == model:
                await pointer.stage(stage, "")

    async def _replace_now(self, due: DueReplacement) -> None:
        if (await self._registry.pointer_of(due.kind).read()).model != due.model:
            return
        try:
            consented = await self._registry.consented()
            earlier = await self._registry.roll_back(consented, due.kind, cause=Cause.WITHDRAWN)
        except NothingToRollBackTo:
            _log.error("%s is overdue for replacement, and no earlier model may serve", due.model)
        except ServingChanged:
            return
        else:
            _log.warning("%s was not replaced in time: %s serves again", due.model, earlier.model)

    async def _replaced(self, model: str) -> None:
        if await asyncio.to_thread(self._registry.shelf.has_artefact, model):
            await asyncio.to_thread(self._registry.withdraw, model, _WITHDRAWN)
        with store_errors():
            await self._store.hdel(keys.REPLACEMENTS, model)

    async def _now_s(self) -> float:
        with store_errors():
            seconds, microseconds = await self._store.time()
        return round(seconds + microseconds / 1e6, 3)


async def due_in(store: Redis) -> tuple[DueReplacement, ...]:
    """What has to be replaced, the earliest first. Raises StoreUnavailable."""
    with store_errors():
        found = await store.hgetall(keys.REPLACEMENTS)
    read = [_read(text(model), text(entry)) for model, entry in found.items()]
    return tuple(sorted(read, key=lambda one: (one.due_s, one.model)))


def _read(model: str, entry: str) -> DueReplacement:
    fields = json.loads(entry)
    return DueReplacement(
        model=model,
        kind=kind_of(model),
        since_s=float(fields["since_s"]),
        due_s=float(fields["due_s"]),
        withdrawn=int(fields["withdrawn"]),
    )
