"""The one task that a member of staff has open, the same in every tab."""

from __future__ import annotations

import asyncio
import secrets
import time

from redis.asyncio import Redis

from training_loop.errors import StoreUnavailable
from training_loop.store import keys
from training_loop.store.client import store_errors
from training_loop.store.script_runner import Scripts, text

_CLAIMED_MS = 5000
"""How long whoever began to lend a task may take: afterwards another one may begin."""
_REMEMBERED_MS = 24 * 3600 * 1000
_LOOK_EVERY_S = 0.02
_WAIT_AT_MOST_S = 6.0


class OpenTasks:
    """Names of tasks, sealed; what has ended is told by the task itself. All of it raises
    StoreUnavailable."""

    def __init__(self, store: Redis) -> None:
        self._store = store
        self._scripts = Scripts(store)

    async def held(self, staff: str) -> str:
        """The task that the member has open; empty where there is none."""
        with store_errors():
            found = await self._store.get(keys.open_task(staff))
        return _name(text(found or ""))

    async def claim(self, staff: str) -> tuple[str, str]:
        """A claim, or the name of the task that the member has. Of several callers at once, one
        gets the claim and the others wait for the task that comes of it."""
        claim = secrets.token_hex(16)
        deadline = time.monotonic() + _WAIT_AT_MOST_S
        while True:
            held = text(
                await self._scripts.run(
                    "claim_open_task", [keys.open_task(staff)], [claim, _CLAIMED_MS]
                )
            )
            if held in ("", claim):
                return claim, ""
            if name := _name(held):
                return "", name
            if time.monotonic() > deadline:
                raise StoreUnavailable("another request for a task does not end")
            await asyncio.sleep(_LOOK_EVERY_S)

    async def keep(self, staff: str, claim: str, name: str) -> bool:
        """Names the task that a claim led to; False when the claim had run out."""
        return bool(
            await self._scripts.run(
                "keep_open_task",
                [keys.open_task(staff)],
                [claim, f"name {name}", _REMEMBERED_MS],
            )
        )

    async def replace(self, staff: str, name: str) -> str:
        """Makes this the member's task; returns the one before, empty where there was none."""
        held = text(
            await self._scripts.run(
                "replace_open_task",
                [keys.open_task(staff)],
                [f"name {name}", _REMEMBERED_MS],
            )
        )
        return _name(held)

    async def drop(self, staff: str, *, claim: str = "", name: str = "") -> None:
        """Forgets this claim or this name, and nothing else."""
        held = claim or f"name {name}"
        await self._scripts.run("drop_open_task", [keys.open_task(staff)], [held])


def _name(held: str) -> str:
    """Empty for a claim, or nothing."""
    return held.removeprefix("name ") if held.startswith("name ") else ""
