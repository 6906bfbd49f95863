"""What has to happen without anybody asking: retention, unfinished deletions, leftover blobs."""

from __future__ import annotations

import asyncio
import logging

from redis.asyncio import Redis

from training_loop.erasure.account_deletion import AccountDeletion
from training_loop.errors import TrainingLoopError
from training_loop.queue.listing import consenting_accounts
from training_loop.store import keys
from training_loop.store.log_rewrite import LogRewrite
from training_loop.store.script_runner import Scripts, text
from training_loop.vault.sweeper import BlobSweeper

_log = logging.getLogger(__name__)
INTERVAL_S = 60.0
_AT_ONCE = 500


class Sweep:
    """Any number of processes may sweep at once."""

    def __init__(
        self, store: Redis, blobs: BlobSweeper, deletion: AccountDeletion, log: LogRewrite
    ) -> None:
        self._store = store
        self._blobs = blobs
        self._deletion = deletion
        self._log = log
        self._scripts = Scripts(store)

    async def once(self) -> None:
        """Deletes what is past its retention time, ends interrupted deletions, removes leftover
        blobs, and rewrites the append-only file when anything was deleted since."""
        await self._deletion.resume()
        for account in await consenting_accounts(self._store):
            await self._expire(account)
        await self._blobs.sweep()
        await self._blobs.sweep_strays()
        await self._log.run_if_due()

    async def forever(self) -> None:
        """Sweeps every minute until cancelled; a failure waits for the next time."""
        while True:
            try:
                await self.once()
            except (TrainingLoopError, OSError) as error:
                code = getattr(error, "code", type(error).__name__)
                _log.warning("a sweep did not end (%s); it is tried again", code)
            await asyncio.sleep(INTERVAL_S)

    async def _expire(self, account: str) -> None:
        while True:
            found = await self._scripts.run(
                "expire_history", [keys.account(account)], [account, _AT_ONCE]
            )
            paths = [text(path) for path in found if path]
            await self._blobs.remove(keys.shard_of(account), paths)
            if len(found) < _AT_ONCE:
                return
