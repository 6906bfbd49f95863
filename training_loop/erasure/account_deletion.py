"""Deleting an account: keys first, then everything else, and no "done" before a scan is clean.

Every step can be repeated; a deletion that was interrupted goes on from the list of begun ones.
"""

from __future__ import annotations

import time
from collections.abc import AsyncIterator

from redis.asyncio import Redis

from training_loop.consent.reads import wait_for_reads
from training_loop.erasure.registered import PersonalStores
from training_loop.errors import AccountGone, StoreUnavailable
from training_loop.rights import DeletionReport
from training_loop.store import keys
from training_loop.store.client import store_errors
from training_loop.store.log_rewrite import LogRewrite
from training_loop.store.script_runner import Scripts, text
from training_loop.vault.sweeper import BlobSweeper

_SCANS = 5


class AccountDeletion:
    def __init__(
        self,
        store: Redis,
        sweeper: BlobSweeper,
        log: LogRewrite,
        personal_stores: PersonalStores,
    ) -> None:
        self._store = store
        self._sweeper = sweeper
        self._log = log
        self._personal_stores = personal_stores
        self._scripts = Scripts(store)

    async def run(self, account: str) -> DeletionReport:
        """Returns once nothing of the account is in the store, its file or the blobs.

        Raises AccountGone for an unknown account, and StoreUnavailable: then the account is
        unreachable already, and the deletion goes on later.
        """
        begun = await self._scripts.run(
            "close_account", [keys.account(account), keys.read_grants(account)], [account]
        )
        if not begun:
            raise AccountGone("there is no such account")
        await wait_for_reads(self._scripts, account, [text(grant) for grant in begun[4:]])
        blobs = await self._remove_blobs(account, [text(name) for name in begun[2:4] if name])
        for personal in self._personal_stores:
            await personal.erase(account)
        await self._remove_keys(account)
        await self._end(account)
        await self._log.run()
        return DeletionReport(
            history_records=begun[0],
            queue_items=begun[1],
            audio_blobs=blobs,
            log_rewritten=True,
            completed_at_s=time.time(),
        )

    async def resume(self) -> int:
        """Ends deletions that were begun and interrupted; returns how many."""
        resumed = 0
        for shard in keys.all_shards():
            with store_errors():
                begun = await self._store.smembers(keys.erasing_accounts(shard))
            for name in begun:
                await self.run(text(name))
                resumed += 1
        return resumed

    async def _remove_blobs(self, account: str, containers: list[str]) -> int:
        paths = [f"{container}/" for container in containers]
        outcome = await self._sweeper.remove(keys.shard_of(account), paths)
        if outcome.pending:
            raise StoreUnavailable("audio could not be removed; the deletion goes on later")
        return outcome.blobs

    async def _remove_keys(self, account: str) -> None:
        """Unlinks every key of the account but its hash, until a scan finds none."""
        for _ in range(_SCANS):
            found = [key async for key in self._keys_of(account)]
            if not found:
                return
            with store_errors():
                await self._store.unlink(*found)
        raise StoreUnavailable("something keeps writing to an account that is being deleted")

    async def _keys_of(self, account: str) -> AsyncIterator[str]:
        pattern = f"{keys.shard_of(account)}:*:{account}*"
        own = keys.account(account)
        with store_errors():
            async for found in self._store.scan_iter(match=pattern, count=1000):
                key = text(found)
                if key != own and key.split(":")[2] == account:
                    yield key

    async def _end(self, account: str) -> None:
        with store_errors():
            async with self._store.pipeline(transaction=True) as pipeline:
                pipeline.delete(keys.account(account))
                pipeline.srem(keys.erasing_accounts(keys.shard_of(account)), account)
                pipeline.incr(keys.log_rewrite_due(keys.shard_of(account)))
                await pipeline.execute()
