"""Reads in flight, and how a withdrawal waits for them.

A read opens a grant in the script that lets it read. The grant ends after the data has reached the
reader, or runs out: a reader that was too slow throws the data away. A withdrawal changes the
consent first, so that no new grant can open, and then waits for those that were open.
"""

from __future__ import annotations

import asyncio
import secrets
import time
from collections.abc import Sequence

from redis.asyncio import Redis
from redis.exceptions import RedisError

from training_loop.errors import StoreUnavailable
from training_loop.store import keys
from training_loop.store.client import store_errors
from training_loop.store.script_runner import Scripts, text

GRANT_MS = 2000
"""How long a grant lasts, and so the longest that a reader that hangs holds up an opt-out."""
_USABLE = 0.75
"""The part of it in which data may be handed on, counted from before it opened: a late reader
never outlives its grant."""
_WAIT_AT_MOST_S = 60.0


class Reads:
    """The reads of one process. Open one before the script runs that grants it."""

    def __init__(self, store: Redis, *, grant_ms: int = GRANT_MS) -> None:
        self._store = store
        self.grant_ms = grant_ms
        self._ending: set[asyncio.Task[None]] = set()

    def open(self, account: str) -> ReadGrant:
        usable_until = time.monotonic() + _USABLE * self.grant_ms / 1000
        return ReadGrant(self._store, account, usable_until, self._ending)

    async def ended(self) -> None:
        """Returns when every read that was to end has ended."""
        while self._ending:
            await asyncio.gather(*self._ending, return_exceptions=True)


class ReadGrant:
    """One read in flight."""

    def __init__(
        self, store: Redis, account: str, usable_until: float, ending: set[asyncio.Task[None]]
    ) -> None:
        self._store = store
        self._ending = ending
        self._key = keys.read_grants(account)
        self._usable_until = usable_until
        self.id = secrets.token_hex(8)

    @property
    def usable(self) -> bool:
        """Whether data read under it may still be handed on."""
        return time.monotonic() < self._usable_until

    def end_soon(self) -> None:
        """Ends it once the caller has been given the data: after the task's next step."""
        task = asyncio.get_running_loop().create_task(self.end())
        self._ending.add(task)
        task.add_done_callback(self._ending.discard)

    async def end(self) -> None:
        """A grant that cannot be ended runs out by itself."""
        try:
            await self._store.zrem(self._key, self.id)
        except (RedisError, OSError):
            return


async def open_grants(store: Redis, account: str) -> tuple[str, ...]:
    """The reads of an account that may be in flight now."""
    with store_errors():
        found = await store.zrange(keys.read_grants(account), 0, -1)
    return tuple(text(grant) for grant in found if isinstance(grant, bytes))


async def wait_for_reads(scripts: Scripts, account: str, grants: Sequence[str]) -> None:
    """Returns when each of these grants has ended or run out.

    Raises StoreUnavailable when the store does not answer.
    """
    pause = 0.0005
    deadline = time.monotonic() + _WAIT_AT_MOST_S
    while grants and await scripts.run("grants_left", [keys.read_grants(account)], grants):
        if time.monotonic() > deadline:
            raise StoreUnavailable("a read in flight did not run out; the store's clock stands")
        await asyncio.sleep(pause)
        pause = min(2 * pause, 0.02)
