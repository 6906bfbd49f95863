"""The servers behind a store, for what has to be done on each of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from redis.asyncio import Redis
from redis.asyncio.cluster import ClusterNode

from training_loop.errors import StoreUnavailable
from training_loop.store.client import store_errors
from training_loop.store.cluster import Cluster

_AWAY = frozenset({"fail", "fail?", "handshake", "noaddr"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Server:
    """One server. Its methods raise StoreUnavailable."""

    store: Any
    """A client of it, or of its cluster."""
    node: ClusterNode | None = None

    async def persistence(self) -> dict[str, Any]:
        """The section of INFO on the append-only file."""
        return dict(await self._run("INFO", "persistence"))

    async def rewrite_append_only_file(self) -> None:
        """Begins it. Raises ResponseError where one runs already."""
        await self._run("BGREWRITEAOF")

    async def _run(self, *command: str) -> Any:
        target = {"target_nodes": self.node} if self.node else {}
        with store_errors():
            return await self.store.execute_command(*command, **target)


async def servers(store: Redis | Cluster) -> list[Server]:
    """All of them, replicas included.

    Raises StoreUnavailable while one that belongs to the cluster is away: what it has on its disk
    cannot be reached. `CLUSTER FORGET` ends its membership.
    """
    if not isinstance(store, Cluster):
        return [Server(store=store)]
    with store_errors():
        await store.initialize()
        known: dict[str, dict[str, Any]] = await store.cluster_nodes()
    found = []
    for address, server in known.items():
        flags = set(str(server["flags"]).split(","))
        node = store.get_node(node_name=address.split("@")[0])
        if node is None or flags & _AWAY:
            raise StoreUnavailable("a server of the cluster is away")
        found.append(Server(store=store, node=node))
    return found
