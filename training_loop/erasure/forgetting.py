"""Deleting utterances of an account that goes on."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass

from redis.asyncio import Redis

from training_loop.consent.reads import wait_for_reads
from training_loop.errors import AccountGone, StoreUnavailable
from training_loop.rights import DeletionReport
from training_loop.store import keys
from training_loop.store.log_rewrite import LogRewrite
from training_loop.store.script_runner import Argument, Scripts, text
from training_loop.vault.sweeper import BlobSweeper

_AT_ONCE = 500
_TOMBSTONE_S = 24 * 3600


@dataclass(slots=True)
class _Removed:
    history: int = 0
    queue: int = 0
    blobs: int = 0


class Forgetting:
    """Deletes everywhere, waits for reads in flight, then rewrites the append-only file."""

    def __init__(self, store: Redis, sweeper: BlobSweeper, log: LogRewrite) -> None:
        self._sweeper = sweeper
        self._log = log
        self._scripts = Scripts(store)

    async def utterance(self, account: str, utterance_id: str) -> DeletionReport:
        """One utterance, wherever it is; one that is still on its way is refused on arrival."""
        removed = _Removed()
        await self._step(account, removed, ["ids", _AT_ONCE, _TOMBSTONE_S, utterance_id])
        return await self._report(removed)

    async def between(
        self, account: str, since_s: float, until_s: float | None = None
    ) -> DeletionReport:
        """What was captured at or after a Unix time and, unless None, before another one; and
        whatever is still on its way."""
        last = "+inf" if until_s is None else f"({int(until_s * 1000)}"
        removed, first = _Removed(), True
        arguments: list[Argument] = ["range", _AT_ONCE, _TOMBSTONE_S, int(since_s * 1000), last]
        while await self._step(account, removed, [*arguments, str(int(first))]):
            first = False
        return await self._report(removed)

    async def listed(self, account: str, found: AsyncIterator[Sequence[str]]) -> DeletionReport:
        """Utterances by their ids, a few at a time, and whatever is still on its way."""
        removed = _Removed()
        await self._step(account, removed, ["range", 1, _TOMBSTONE_S, "+inf", "+inf", "1"])
        async for ids in found:
            if ids:
                await self._step(account, removed, ["listed", _AT_ONCE, _TOMBSTONE_S, *ids])
        return await self._report(removed)

    async def _step(self, account: str, removed: _Removed, arguments: list[Argument]) -> bool:
        """One batch; True when more may follow."""
        found = await self._scripts.run(
            "forget", [keys.account(account), keys.read_grants(account)], [account, *arguments]
        )
        if not found:
            raise AccountGone("there is no such account")
        removed.history += found[0]
        removed.queue += found[1]
        blobs, grants = found[4 : 4 + found[3]], found[4 + found[3] :]
        await wait_for_reads(self._scripts, account, [text(grant) for grant in grants])
        paths = [text(path) for path in blobs]
        outcome = await self._sweeper.remove(keys.shard_of(account), paths)
        if outcome.pending:
            raise StoreUnavailable("audio could not be removed yet; it will be tried again")
        removed.blobs += outcome.blobs
        return bool(text(found[2]) == "1")

    async def _report(self, removed: _Removed) -> DeletionReport:
        await self._log.run()
        return DeletionReport(
            history_records=removed.history,
            queue_items=removed.queue,
            audio_blobs=removed.blobs,
            log_rewritten=True,
            completed_at_s=time.time(),
        )
