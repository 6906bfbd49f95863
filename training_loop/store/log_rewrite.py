"""Rewrites the store's append-only file, so that what was deleted leaves no trace in it."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Iterable
from pathlib import Path
from typing import Any

from redis.asyncio import Redis
from redis.exceptions import ResponseError

from training_loop.errors import StoreUnavailable
from training_loop.store import keys
from training_loop.store.client import store_errors
from training_loop.store.script_runner import Scripts
from training_loop.store.servers import Server, servers

_WITHIN_S = 600.0
_PAUSE_S = 0.01


class LogRewrite:
    """One rewrite at a time; callers that come while one runs share the next one."""

    def __init__(self, store: Redis, append_only_files: Path | None = None) -> None:
        """`append_only_files`: where an embedded store keeps them, to see the old ones gone."""
        self._store = store
        self._scripts = Scripts(store)
        self._files = append_only_files
        self._running: asyncio.Task[None] | None = None
        self._next: asyncio.Task[None] | None = None

    async def run(self) -> None:
        """Returns once a rewrite that began after this call has ended and replaced the old file.

        Raises StoreUnavailable when the store is away, cannot write, or takes over ten minutes.
        """
        if self._next is None:
            self._next = asyncio.create_task(self._after(self._running))
        await asyncio.shield(self._next)

    async def _after(self, earlier: asyncio.Task[None] | None) -> None:
        if earlier:
            await asyncio.wait([earlier])
        self._running, self._next = self._next, None
        try:
            async with asyncio.timeout(_WITHIN_S):
                await self._rewrite()
        except TimeoutError as error:
            raise StoreUnavailable("the append-only file was not rewritten in time") from error

    async def _rewrite(self) -> None:
        deletions = await self._due()
        await _all([_rewrite(server) for server in await servers(self._store)])
        await self._until_old_files_are_gone()
        for counter, seen in deletions.items():
            await self._scripts.run("log_rewritten", [counter], [seen])

    async def run_if_due(self) -> bool:
        """Rewrites when something was deleted since the last rewrite: what an opt-out left, or a
        deletion that was interrupted."""
        due = bool(await self._due())
        if due:
            await self.run()
        return due

    async def _due(self) -> dict[str, int]:
        counters = [keys.log_rewrite_due(shard) for shard in keys.audited_shards()]
        pipeline = self._store.pipeline(transaction=False)
        for counter in counters:
            pipeline.get(counter)
        with store_errors():
            async with pipeline:
                found = await pipeline.execute()
        return {counter: int(seen) for counter, seen in zip(counters, found, strict=True) if seen}

    async def _until_old_files_are_gone(self) -> None:
        if self._files is None:
            return
        while await asyncio.to_thread(_old_files, self._files):  # noqa: ASYNC110 - the server's
            await asyncio.sleep(_PAUSE_S)


async def _rewrite(server: Server) -> None:
    if not (await server.persistence())["aof_enabled"]:
        return
    # One that runs already began before the deletion and may carry what was deleted.
    while not await _begun(server):
        await _until_idle(server)
    status = await _until_idle(server)
    if status["aof_last_bgrewrite_status"] != "ok":
        raise StoreUnavailable("the append-only file could not be rewritten")


async def _begun(server: Server) -> bool:
    try:
        await server.rewrite_append_only_file()
    except ResponseError as error:
        if "already in progress" in str(error):  # another process was faster
            return False
        raise StoreUnavailable("the store refuses to rewrite its append-only file") from error
    return True


async def _until_idle(server: Server) -> dict[str, Any]:
    pause, began = 0.002, time.monotonic()
    while True:
        status = await server.persistence()
        if not status["aof_rewrite_in_progress"] and not status["aof_rewrite_scheduled"]:
            return status
        await asyncio.sleep(pause)
        pause = 0.002 if time.monotonic() - began < 1 else 0.05


async def _all(rewrites: Iterable[Awaitable[None]]) -> None:
    """Waits for every one of them, then raises the first failure."""
    for outcome in await asyncio.gather(*rewrites, return_exceptions=True):
        if outcome is not None:
            raise outcome


def _old_files(directory: Path) -> bool:
    """Whether files are there that the manifest does not name."""
    manifest = next(directory.glob("*.manifest"), None)
    if manifest is None:
        return False
    lines = manifest.read_text(encoding="utf-8").splitlines()
    named = {line.split()[1] for line in lines if line.startswith("file ") and "type h" not in line}
    return any(file.name not in named and file != manifest for file in directory.iterdir())
