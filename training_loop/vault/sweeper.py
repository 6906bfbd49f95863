"""Removes blobs that nothing refers to: condemned ones, and those that a crash left."""

from __future__ import annotations

import asyncio
import logging
from dataclasses import dataclass

from redis.asyncio import Redis

from training_loop.store import keys
from training_loop.store.client import store_errors
from training_loop.store.script_runner import Scripts, text
from training_loop.vault.blobs import BlobStore

_log = logging.getLogger(__name__)
_AT_ONCE = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Removal:
    blobs: int
    pending: int
    """Blobs or containers that could not be removed yet."""


class BlobSweeper:
    """Sweeping twice, or by several processes, is harmless."""

    def __init__(self, store: Redis, blobs: BlobStore) -> None:
        self._store = store
        self._blobs = blobs
        self._scripts = Scripts(store)

    async def sweep(self) -> int:
        """Removes what is condemned or was announced and never referenced; returns how much.

        What cannot be removed now stays condemned. Raises StoreUnavailable.
        """
        return sum([await self.sweep_shard(shard) for shard in keys.all_shards()])

    async def remove(self, shard: str, paths: list[str]) -> Removal:
        """Removes condemned blobs or containers now; what fails is left to the next sweep."""
        outcomes = await asyncio.gather(*map(self._remove, paths))
        removed = [path for path, blobs in zip(paths, outcomes, strict=True) if blobs is not None]
        if removed:
            with store_errors():
                await self._store.zrem(keys.blob_intents(shard), *removed)
        return Removal(blobs=sum(filter(None, outcomes)), pending=len(paths) - len(removed))

    async def sweep_strays(self, *, unchanged_for_s: float) -> int:
        """Removes containers that no account has: left by a store that was lost or restored.

        An account has its container before anything is written to it, so one that was written to
        since the accounts were read is too young to be removed. Raises BlobsUnavailable.
        """
        known = await self._known_containers()
        strays = await self._blobs.containers(unchanged_for_s=unchanged_for_s, besides=known)
        for container in sorted(strays):
            await self._blobs.remove(f"{container}/")
        return len(strays)

    async def _remove(self, path: str) -> int | None:
        try:
            return await self._blobs.remove(path)
        except OSError:
            _log.warning("a blob could not be removed; it will be tried again")
            return None

    async def sweep_shard(self, shard: str) -> int:
        """Like `sweep`, for the accounts of one shard."""
        removed = 0
        while True:
            due = await self._scripts.run("condemn_expired", [keys.blob_intents(shard)], [_AT_ONCE])
            outcome = await self.remove(shard, [text(path) for path in due])
            removed += outcome.blobs
            if outcome.pending or len(due) < _AT_ONCE:
                return removed

    async def _known_containers(self) -> frozenset[str]:
        known: set[str] = set()
        with store_errors():
            async for name in self._store.scan_iter(match="{s*}:a:*", count=1000):
                found = await self._store.hmget(
                    text(name), ["history_container", "learning_container"]
                )
                known |= {text(container) for container in found if container}
        return frozenset(known)
