"""The server's side of a release: follow the pointer, load what it names, say so."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import replace

from training_loop.errors import EarmarkError, StoreUnavailable
from training_loop.registry.pointer import GONE_AFTER_S, InService
from training_loop.registry.registry import ModelRegistry, ServingModel
from training_loop.training.trainer import ModelKind

Apply = Callable[[ServingModel], Awaitable[None]]
"""Loads a model and returns once requests are answered by it; raises when it cannot, and then
the model before it goes on answering."""

Answers = Callable[[str], None]
"""Told the id of the model that answers requests from now on."""

HEARTBEAT_S = 2.0
assert HEARTBEAT_S * 3 < GONE_AFTER_S

_log = logging.getLogger(__name__)


async def follow(
    registry: ModelRegistry,
    server_id: str,
    apply: Apply,
    *,
    loaded: ServingModel | None = None,
    kind: ModelKind = ModelKind.NLU,
    heartbeat_s: float = HEARTBEAT_S,
    answers: Answers = lambda _model: None,
) -> None:
    """Runs until cancelled; survives the store's absence.

    Calls `apply` with each model that is put into service, one at a time, the newest first when
    several came together. `loaded` is what the server started with. A model whose hashes are
    wrong is never applied.
    """
    follower = _Follower(registry, server_id, apply, loaded, kind, answers)
    try:
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(follower.beat(heartbeat_s))
            tasks.create_task(follower.watch(heartbeat_s))
    finally:
        with suppress(StoreUnavailable):
            await registry.pointer_of(kind).leave(server_id)


class _Follower:
    def __init__(
        self,
        registry: ModelRegistry,
        server_id: str,
        apply: Apply,
        loaded: ServingModel | None,
        kind: ModelKind,
        answers: Answers,
    ) -> None:
        self._kind = kind
        self._answers = answers
        self._pointer = registry.pointer_of(kind)
        self._registry = registry
        self._server = server_id
        self._apply = apply
        self._speaking = asyncio.Lock()
        self._in_service = InService()
        if loaded is not None:
            self._in_service = InService(
                model=loaded.model, fingerprint=loaded.fingerprint, generation=loaded.generation
            )
            answers(loaded.model)

    async def beat(self, every_s: float) -> None:
        """Says what is in service while `watch` may be busy loading."""
        while True:
            with suppress(StoreUnavailable):
                await self._acknowledge()
            await asyncio.sleep(every_s)

    async def watch(self, every_s: float) -> None:
        while True:
            try:
                async with self._pointer.changes() as changes:
                    while True:
                        await self._catch_up()
                        await changes.get_message(timeout=every_s)
            except StoreUnavailable:
                await asyncio.sleep(every_s)

    async def _catch_up(self) -> None:
        pointer = await self._pointer.read()
        if pointer.generation == self._in_service.generation:
            return
        if pointer.fingerprint == self._in_service.fingerprint:
            self._in_service = replace(
                self._in_service, model=pointer.model, generation=pointer.generation, failure=""
            )
        else:
            self._in_service = await self._load(pointer.generation)
        self._answers(self._in_service.model)
        await self._acknowledge()

    async def _acknowledge(self) -> None:
        async with self._speaking:  # so that an older state never overtakes a newer one
            await self._pointer.acknowledge(self._server, self._in_service)

    async def _load(self, generation: int) -> InService:
        try:
            serving = await self._registry.serving(self._kind)
            await self._apply(serving)
        except StoreUnavailable:
            raise
        except Exception as fault:  # noqa: BLE001 - whatever it is, the old model goes on
            failure = fault.code if isinstance(fault, EarmarkError) else type(fault).__name__
            _log.warning("model not loaded: %s", failure)
            return replace(self._in_service, generation=generation, failure=failure)
        return InService(
            model=serving.model, fingerprint=serving.fingerprint, generation=serving.generation
        )
