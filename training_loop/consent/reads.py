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

from training_loop.store import keys
from training_loop.store.client import store_errors
from training_loop.store.script_runner import Scripts, text

GRANT_MS = 2000
_USABLE_S = 1.5
"""Well below `GRANT_MS`, counted from before it opened: a late reader never outlives its grant."""
_WAIT_AT_MOST_S = GRANT_MS / 1000 + 3.0
_ending: set[asyncio.Task[None]] = set()


class ReadGrant:
    """One read in flight. Make it before the script runs that opens it."""

    def __init__(self, store: Redis, account: str) -> None:
        self._store = store
        self._key = keys.read_grants(account)
        self._usable_until = time.monotonic() + _USABLE_S
        self.id = secrets.token_hex(8)

    @property
    def usable(self) -> bool:
        """Whether data read under it may still be handed on."""
        return time.monotonic() < self._usable_until

    def end_soon(self) -> None:
        """Ends it once the caller has been given the data: after the task's next step."""
        task = asyncio.get_running_loop().create_task(self.end())
        _ending.add(task)
        task.add_done_callback(_ending.discard)

    async def end(self) -> None:
        """A grant that cannot be ended runs out by itself."""
        try:
            await self._store.zrem(self._key, self.id)
        except (RedisError, OSError):
            return


async def reads_ended() -> None:
    """Returns when every grant of this process that was to end has ended."""
    while _ending:
        await asyncio.gather(*_ending, return_exceptions=True)


async def open_grants(store: Redis, account: str) -> tuple[str, ...]:
    """The reads of an account that may be in flight now."""
    with store_errors():
        found = await store.zrange(keys.read_grants(account), 0, -1)
    return tuple(text(grant) for grant in found if isinstance(grant, bytes))


async def wait_for_reads(scripts: Scripts, account: str, grants: Sequence[str]) -> None:
    """Returns when each of these grants has ended or run out: at most `GRANT_MS`.

    Raises StoreUnavailable when the store does not answer.
    """
    pause = 0.0005
    deadline = time.monotonic() + _WAIT_AT_MOST_S
    while grants and await scripts.run("grants_left", [keys.read_grants(account)], grants):
        assert time.monotonic() < deadline, "grants run out by the store's own clock"
        await asyncio.sleep(pause)
        pause = min(2 * pause, 0.02)
