"""A store of several servers: a Redis or Valkey Cluster behind the client that one server has."""

from __future__ import annotations

import asyncio
from collections.abc import Generator
from typing import Any
from urllib.parse import SplitResult, unquote

from redis.asyncio import RedisCluster
from redis.asyncio.cluster import (
    AbstractStrategy,
    ClusterNode,
    ClusterPipeline,
    TransactionStrategy,
)
from redis.asyncio.connection import parse_url
from redis.asyncio.retry import Retry
from redis.exceptions import TimeoutError as TimedOut

from training_loop.store.connections import ConfirmedTcp, ConfirmedTls, first_key

_PORT = 6379
_SPARE_CONNECTIONS = 32
"""Of each server, for pipelines and subscriptions: they are not counted."""


class _Pipeline(ClusterPipeline):
    """One that keeps what was put in before it was entered, and takes scripts: as on one server.

    A transaction names keys of one slot.
    """

    def __init__(self, client: Cluster, *, transaction: bool) -> None:
        super().__init__(client, transaction)
        if transaction:
            self._execution_strategy = _Transaction(self)

    async def __aenter__(self) -> _Pipeline:
        await self.cluster_client.initialize()
        return self

    def evalsha(self, sha: str, numkeys: int, *keys_and_args: Any) -> _Pipeline:
        self.execute_command("EVALSHA", sha, numkeys, *keys_and_args)
        return self

    def unlink(self, *names: Any) -> Any:
        """Of keys in one slot, as one command of the pipeline."""
        self.execute_command("UNLINK", *names)
        return self

    def delete(self, *names: Any) -> Any:
        self.execute_command("DEL", *names)
        return self

    def __await__(self) -> Generator[Any, None, _Pipeline]:
        """What a script's call on it awaits: nothing yet."""
        yield from ()
        return self


class _Transaction(TransactionStrategy):
    """Finds slots without redis-py's detour over a thread and an event loop for each command."""

    def execute_command(self, *args: Any, **options: Any) -> Any:
        self._pipeline_slots.add(self._pipe.cluster_client.keyslot(first_key(args)))
        return AbstractStrategy.execute_command(self, *args, **options)


class Cluster(RedisCluster):
    """Every answer that rests on a key is confirmed by a replica, or it is an error."""

    def __init__(
        self,
        nodes: list[ClusterNode],
        *,
        connections: int,
        wait_s: float,
        tls: bool,
        **settings: Any,
    ) -> None:
        """At most `connections` commands are under way at once; others wait up to `wait_s`."""
        super().__init__(
            startup_nodes=nodes,
            max_connections=connections + _SPARE_CONNECTIONS,
            reinitialize_steps=0,  # else every fifth redirection cuts off all other callers
            ssl=tls,
            **settings,
        )
        kind = ConfirmedTls if tls else ConfirmedTcp
        self.connection_kwargs["connection_class"] = kind  # of servers found from now on
        for node in self.startup_nodes:
            node.connection_class = kind
        self._room = asyncio.Semaphore(connections)
        self._wait_s = wait_s

    async def execute_command(self, *args: Any, **options: Any) -> Any:
        try:
            async with asyncio.timeout(self._wait_s):
                await self._room.acquire()
        except TimeoutError:
            raise TimedOut("the store's connections are all in use") from None
        try:
            # Before it knows the servers, redis-py asks any of them.
            await self.initialize()
            return await super().execute_command(*args, **options)
        finally:
            self._room.release()

    def pipeline(self, transaction: bool | None = None, shard_hint: object = None) -> _Pipeline:
        """Atomic only as a transaction, as on one server."""
        return _Pipeline(self, transaction=bool(transaction))  # type: ignore[abstract]


def cluster(
    address: SplitResult,
    *,
    connections: int,
    wait_s: float,
    retry: Retry,
    timeouts_s: tuple[float, float],
) -> Cluster:
    """A client for `redis+cluster://host:port,host:port`, any of whose servers may be away.

    `timeouts_s`: for connecting and for an answer.
    """
    credentials, _, hosts = address.netloc.rpartition("@")
    user, _, password = credentials.partition(":")
    tls = address.scheme == "rediss+cluster"
    options: dict[str, Any] = {**parse_url(f"redis{'s' * tls}://host?{address.query}")}
    for unused in ("host", "connection_class"):
        options.pop(unused, None)
    return Cluster(
        [_node(host) for host in hosts.split(",")],
        connections=connections,
        wait_s=wait_s,
        tls=tls,
        retry=retry,
        **{
            "username": unquote(user) or None,
            "password": unquote(password) or None,
            "socket_connect_timeout": timeouts_s[0],
            "socket_timeout": timeouts_s[1],
            **options,
        },
    )


def _node(host: str) -> ClusterNode:
    name, _, port = host.rpartition(":") if _has_port(host) else (host, "", str(_PORT))
    return ClusterNode(name.strip("[]"), int(port))


def _has_port(host: str) -> bool:
    return host.rpartition(":")[2].isdigit() and not host.endswith("]")
