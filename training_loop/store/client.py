"""Connections to the store, all of them bounded, and its errors in our own words."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlsplit

from redis.asyncio import BlockingConnectionPool, Connection, Redis, SSLConnection
from redis.asyncio import UnixDomainSocketConnection as UnixConnection
from redis.asyncio.connection import parse_url
from redis.asyncio.retry import Retry
from redis.backoff import ExponentialBackoff
from redis.exceptions import ConnectionError as Disconnected
from redis.exceptions import RedisError, ResponseError
from redis.exceptions import TimeoutError as TimedOut

from training_loop.errors import StoreUnavailable

_ATTEMPTS_AFTER_THE_FIRST = 3
_CONNECTIONS = 64
_ANSWER_WITHIN_S = 5.0
_CONNECT_WITHIN_S = 2.0
_NOT_NOW = ("LOADING", "MISCONF", "OOM", "READONLY", "MASTERDOWN", "NOREPLICAS", "CLUSTERDOWN")


class _Cancellable:
    """A connection whose users can be cancelled.

    redis-py sends under asyncio.wait_for, which on Python 3.11 loses a cancellation that comes
    just when sending is done: a stream that its device had left would have gone on.
    """

    socket_timeout: float | None

    async def send_packed_command(
        self, command: bytes | str | Iterable[bytes], check_health: bool = True
    ) -> None:
        limit, self.socket_timeout = self.socket_timeout, None
        try:
            async with asyncio.timeout(limit):
                await super().send_packed_command(command, check_health)  # type: ignore[misc]
        except TimeoutError:
            raise TimedOut("the store took no command in time") from None
        finally:
            self.socket_timeout = limit


class _Unix(_Cancellable, UnixConnection):
    pass


class _Tcp(_Cancellable, Connection):
    pass


class _Tls(_Cancellable, SSLConnection):
    pass


_CONNECTION: dict[str, Any] = {"unix": _Unix, "redis": _Tcp, "rediss": _Tls}


def connect(url: str, *, connections: int = _CONNECTIONS) -> Redis:
    """A client for `unix://`, `redis://` or `rediss://` addresses. Does not connect yet.

    It retries three times within half a second, so anything it sends may run twice: scripts carry
    request ids. Callers wait at most `_CONNECT_WITHIN_S` for a free connection.
    """
    settings = {
        "max_connections": connections,
        "timeout": _CONNECT_WITHIN_S,
        "socket_timeout": _ANSWER_WITHIN_S,
        "socket_connect_timeout": _CONNECT_WITHIN_S,
        "retry": Retry(ExponentialBackoff(cap=0.3, base=0.05), _ATTEMPTS_AFTER_THE_FIRST),
        "retry_on_error": [Disconnected, TimedOut],
        **parse_url(url),
        "connection_class": _CONNECTION[urlsplit(url).scheme],
    }
    pool = BlockingConnectionPool(**settings)
    return Redis.from_pool(pool)


@contextmanager
def store_errors() -> Iterator[None]:
    """Turns "the store is away or cannot write" into StoreUnavailable; bugs stay what they are."""
    try:
        yield
    except (Disconnected, TimedOut, OSError) as error:
        raise StoreUnavailable("the store does not answer") from error
    except ResponseError as error:
        if str(error).startswith(_NOT_NOW):
            raise StoreUnavailable("the store cannot take this now") from error
        raise


__all__ = ["RedisError", "connect", "store_errors"]
