"""Putting a model into service and seeing it arrive on every live server."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Set
from dataclasses import dataclass

from training_loop.datasets.item_ref import ItemRef
from training_loop.registry.errors import ReleaseFailed
from training_loop.registry.kinds import kind_of
from training_loop.registry.pointer import InService, Pointer, ServingPointer
from training_loop.registry.pointer_change import MACHINE, Cause
from training_loop.registry.registry import ModelRegistry, ServingModel
from training_loop.training.trainer import ModelKind

Consented = Callable[[], Awaitable[Set[ItemRef]]]
"""Asks, at the moment it is called, what may be learned from."""

SWAP_WITHIN_S = 60.0
_LOOK_EVERY_S = 0.05


@dataclass(frozen=True, slots=True, kw_only=True)
class Release:
    """A model that serves now, and the servers that said so; none when no server is running."""

    model: ServingModel
    servers: tuple[str, ...]


async def release(
    registry: ModelRegistry,
    model: str,
    consented: Consented,
    *,
    within_s: float = SWAP_WITHIN_S,
    by: str = MACHINE,
) -> Release:
    """Asks for consent a last time, points at the model, waits for the live servers.

    Raises what `ModelRegistry.promote` raises, and ReleaseFailed when a server could not load it
    or did not within `within_s`: then the model that served before serves again.
    """
    pointer = registry.pointer_of(kind_of(model))
    before = await pointer.read()
    promoted = await registry.promote(model, await consented(), by=by)
    try:
        servers = await _arrival(pointer, promoted.generation, within_s)
    except ReleaseFailed as failure:
        await registry.restore(_seen(promoted, before), before)
        registry.refuse(model, (str(failure),))
        raise
    return Release(model=promoted, servers=servers)


async def roll_back(
    registry: ModelRegistry,
    consented: Consented,
    *,
    kind: ModelKind = ModelKind.NLU,
    within_s: float = SWAP_WITHIN_S,
    cause: Cause = Cause.ROLLED_BACK,
    by: str = MACHINE,
) -> Release:
    """Puts the earlier model back and waits for the live servers.

    Raises NothingToRollBackTo and ReleaseFailed; the pointer then stays where it was asked to go,
    since the newer model was not wanted any more.
    """
    earlier = await registry.roll_back(await consented(), kind, cause=cause, by=by)
    servers = await _arrival(registry.pointer_of(kind), earlier.generation, within_s)
    return Release(model=earlier, servers=servers)


async def _arrival(pointer: ServingPointer, generation: int, within_s: float) -> tuple[str, ...]:
    try:
        async with asyncio.timeout(within_s):
            while True:
                servers = await pointer.servers()
                _raise_failure(servers, generation)
                if all(state.generation >= generation for state in servers.values()):
                    return tuple(sorted(servers))
                await asyncio.sleep(_LOOK_EVERY_S)
    except TimeoutError as fault:
        raise ReleaseFailed(f"A server did not load it within {within_s:.0f} s.") from fault


def _raise_failure(servers: dict[str, InService], generation: int) -> None:
    for server, state in servers.items():
        if state.generation >= generation and state.failure:
            raise ReleaseFailed(f"Server {server} could not load it: {state.failure}.")


def _seen(promoted: ServingModel, before: Pointer) -> Pointer:
    return Pointer(
        model=promoted.model,
        fingerprint=promoted.fingerprint,
        previous=before.model,
        generation=promoted.generation,
    )
