"""Every key of a store, page by page, on one server or on the masters of a cluster in turn."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

from redis.asyncio import Redis
from redis.asyncio.cluster import ClusterNode

from training_loop.errors import StoreUnavailable
from training_loop.store.client import store_errors
from training_loop.store.cluster import Cluster

_KEYS_AT_ONCE = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """How far a walk has come. Servers are taken in the order of their lowest slots."""

    slot: int = 0
    """Servers whose lowest slot is below this one are done."""
    cursor: int = 0
    server: str = ""
    """The life of the server that gave the cursor; in another one it means nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Master:
    """One server, with the lowest slot that it serves; `node` is None outside of a cluster."""

    store: Any
    slot: int = 0
    node: ClusterNode | None = None

    async def life(self) -> str:
        """Names the server until it restarts. Raises StoreUnavailable when another server has
        taken its place."""
        found = await self._ask("INFO")
        if found["role"] != "master":
            raise StoreUnavailable("a server of the cluster has handed over to another one")
        return str(found["run_id"])

    async def page(self, cursor: int) -> tuple[int, list[str]]:
        after, found = await self._ask("SCAN", str(cursor), "COUNT", str(_KEYS_AT_ONCE))
        if isinstance(after, dict):
            (after,) = after.values()
        return int(after), [_text(key) for key in found]

    async def _ask(self, *command: str) -> Any:
        target = {"target_nodes": self.node} if self.node else {}
        with store_errors():
            return await self.store.execute_command(*command, **target)


async def key_pages(store: Redis | Cluster, place: Place) -> AsyncIterator[tuple[Place, list[str]]]:
    """Pages from a place on, each with the place after it. A key that stays throughout is in at
    least one; a server that restarts is walked again from its beginning.

    Raises StoreUnavailable: then it can be taken up from the last place given.
    """
    for master in await _masters(store):
        if master.slot < place.slot:
            continue
        life = await master.life()
        same = (master.slot, life) == (place.slot, place.server)
        cursor, ended = place.cursor if same else 0, False
        while not ended:
            after, found = await master.page(cursor)
            before, life = life, await master.life()
            if before != life:
                cursor = 0
                continue
            cursor, ended = after, not after
            after_it = Place(slot=master.slot, cursor=cursor, server=life)
            yield Place(slot=master.slot + 1) if ended else after_it, found


async def _masters(store: Redis | Cluster) -> list[_Master]:
    if not isinstance(store, Cluster):
        return [_Master(store=store)]
    with store_errors():
        await store.initialize()
        await store.nodes_manager.initialize()  # asks anew who is master
    lowest: dict[str, tuple[int, ClusterNode]] = {}
    for slot, nodes in store.nodes_manager.slots_cache.items():
        if nodes[0].name not in lowest or slot < lowest[nodes[0].name][0]:
            lowest[nodes[0].name] = (slot, nodes[0])
    return sorted(
        (_Master(store=store, slot=slot, node=node) for slot, node in lowest.values()),
        key=lambda master: master.slot,
    )


def _text(value: Any) -> str:
    return value.decode(errors="replace") if isinstance(value, bytes) else str(value)
