"""Connections to the store, all of them bounded, and its errors in our own words."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from redis.asyncio import BlockingConnectionPool, Redis
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


def connect(url: str, *, connections: int = _CONNECTIONS) -> Redis:
    """A client for `unix://`, `redis://` or `rediss://` addresses. Does not connect yet.

    It retries three times within half a second, so anything it sends may run twice: scripts carry
    request ids. Callers wait at most `_CONNECT_WITHIN_S` for a free connection.
    """
    pool = BlockingConnectionPool.from_url(
        url,
        max_connections=connections,
        timeout=_CONNECT_WITHIN_S,
        socket_timeout=_ANSWER_WITHIN_S,
        socket_connect_timeout=_CONNECT_WITHIN_S,
        retry=Retry(ExponentialBackoff(cap=0.3, base=0.05), _ATTEMPTS_AFTER_THE_FIRST),
        retry_on_error=[Disconnected, TimedOut],
    )
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
