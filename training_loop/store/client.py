"""Connections to the store, all of them bounded, and its errors in our own words."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, cast
from urllib.parse import urlsplit

from redis.asyncio import BlockingConnectionPool, Redis
from redis.asyncio.connection import AbstractConnection, parse_url
from redis.asyncio.retry import Retry
from redis.backoff import ExponentialBackoff
from redis.exceptions import (
    AskError,
    ClusterDownError,
    ClusterError,
    MasterDownError,
    MovedError,
    NoScriptError,
    OutOfMemoryError,
    ReadOnlyError,
    RedisClusterException,
    RedisError,
    ResponseError,
    SlotNotCoveredError,
    TryAgainError,
)
from redis.exceptions import ConnectionError as Disconnected
from redis.exceptions import TimeoutError as TimedOut

from training_loop.errors import StoreUnavailable
from training_loop.store.cluster import cluster
from training_loop.store.connections import Tcp, Tls, UnixSocket

_ATTEMPTS_AFTER_THE_FIRST = 3
_CONNECTIONS = 64
_ANSWER_WITHIN_S = 5.0
_CLUSTER_ANSWERS_WITHIN_S = 3.0
"""Includes the replica's confirmation. A master that stands still is given up so soon."""
_CONNECT_WITHIN_S = 2.0
_NOT_NOW = (
    AskError,
    ClusterDownError,
    ClusterError,
    MasterDownError,
    MovedError,
    NoScriptError,  # it started anew between taking a script and running it
    OutOfMemoryError,
    ReadOnlyError,
    SlotNotCoveredError,
    TryAgainError,
)
_NO_CLUSTER = ("Redis Cluster cannot be connected", "All slots are not", "startup_nodes could not")
"""How redis-py begins to say that it found no servers, or not for all slots."""
_NOT_NOW_CODE = re.compile(r"""(?:^|caused error: \(['"])(?:MISCONF|NOREPLICAS|UNBLOCKED) """)
"""Codes that redis-py has no class for, alone or as a pipeline quotes them."""

_CONNECTION: dict[str, Any] = {"unix": UnixSocket, "redis": Tcp, "rediss": Tls}
CLUSTER_SCHEMES = ("redis+cluster", "rediss+cluster")


class _FairPool(BlockingConnectionPool):
    """First come, first served. redis-py's own lets whoever gives a connection back take it again
    before those who wait: beside as many busy callers as connections, others never got one."""

    def __init__(self, *, max_connections: int, timeout: float, **settings: Any) -> None:
        super().__init__(max_connections=max_connections, timeout=timeout, **settings)
        self._room = asyncio.Semaphore(max_connections)

    async def get_connection(self, *_unused: Any, **_options: Any) -> AbstractConnection:
        try:
            async with asyncio.timeout(self.timeout):
                await self._room.acquire()
        except TimeoutError:
            raise Disconnected("the store's connections are all in use") from None
        try:
            given: AbstractConnection = await super().get_connection()  # type: ignore[no-untyped-call]
        except BaseException:
            self._room.release()
            raise
        return given

    async def release(self, connection: AbstractConnection) -> None:
        try:
            await super().release(connection)
        finally:
            self._room.release()


def connect(url: str, *, connections: int = _CONNECTIONS) -> Redis:
    """A client for one server, `unix://`, `redis://` or `rediss://`, or for a cluster,
    `redis+cluster://host:port,host:port` or `rediss+cluster://`. Does not connect yet.

    It retries three times within half a second, so anything it sends may run twice: scripts carry
    request ids. Callers wait at most `_CONNECT_WITHIN_S` for a free connection. On a cluster a
    replica confirms each answer (`connections.Confirmed`).
    """
    retry = Retry(ExponentialBackoff(cap=0.3, base=0.05), _ATTEMPTS_AFTER_THE_FIRST)
    address = urlsplit(url)
    if address.scheme in CLUSTER_SCHEMES:
        found = cluster(
            address,
            connections=connections,
            wait_s=_CONNECT_WITHIN_S,
            retry=retry,
            timeouts_s=(_CONNECT_WITHIN_S, _CLUSTER_ANSWERS_WITHIN_S),
        )
        return cast(Redis, found)  # the same methods, without a common class
    settings = {
        "max_connections": connections,
        "timeout": _CONNECT_WITHIN_S,
        "socket_timeout": _ANSWER_WITHIN_S,
        "socket_connect_timeout": _CONNECT_WITHIN_S,
        "retry": retry,
        "retry_on_error": [Disconnected, TimedOut],
        **parse_url(url),
        "connection_class": _CONNECTION[address.scheme],
    }
    return Redis.from_pool(_FairPool(**settings))


@contextmanager
def store_errors() -> Iterator[None]:
    """Turns "the store is away or cannot write" into StoreUnavailable; bugs stay what they are."""
    try:
        yield
    except (Disconnected, TimedOut, OSError) as error:
        raise StoreUnavailable("the store does not answer") from error
    except RedisClusterException as error:
        if not str(error).startswith(_NO_CLUSTER):
            raise  # a command that no cluster takes: keys of two slots, for example
        raise StoreUnavailable("the store's cluster is not whole") from error
    except _NOT_NOW as error:
        raise StoreUnavailable("the store cannot take this now") from error
    except ResponseError as error:
        if _NOT_NOW_CODE.search(str(error)):
            raise StoreUnavailable("the store cannot take this now") from error
        raise


__all__ = ["RedisError", "connect", "store_errors"]
