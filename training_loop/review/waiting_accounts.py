"""Accounts of which a task waits for a member of staff."""

from __future__ import annotations

import hashlib
import random
from collections.abc import Sequence

from redis.asyncio import Redis

from training_loop.store import keys
from training_loop.store.client import store_errors
from training_loop.store.script_runner import Scripts, text

_INDEXES = {"review": "r", "adjudication": "a", "check": "c"}
_ENDED_PER_SHARD = 16
_LOOKED_AT_PER_SHARD = 256


class WaitingAccounts:
    """By kind of task: "review", "adjudication" or "check". Every method raises
    StoreUnavailable."""

    def __init__(self, store: Redis, chance: random.Random) -> None:
        self._store = store
        self._chance = chance
        self._scripts = Scripts(store)

    async def random_account(self, kind: str) -> str:
        """Each is as likely; empty where none has an open task."""
        indexes = _indexes(kind)
        with store_errors():
            async with self._store.pipeline(transaction=False) as pipeline:
                for index in indexes:
                    pipeline.zcard(index)
                counts = await pipeline.execute()
        if not any(counts):
            return ""
        index = self._chance.choices(indexes, weights=counts)[0]
        found = await self._scripts.run("task_accounts", [index], [_ENDED_PER_SHARD])
        return text(found)

    async def let_time_pass(self, kind: str) -> None:
        """Takes back what has ended meanwhile, a few of each shard."""
        indexes = [(index,) for index in _indexes(kind)]
        await self._scripts.run_each("task_accounts", indexes, [_ENDED_PER_SHARD])

    async def unseen(self, kind: str, staff: str) -> Sequence[str]:
        """One of each shard that has something for the member, in random order."""
        member = hashlib.sha1(staff.encode(), usedforsecurity=False).hexdigest()[:16]
        found = await self._scripts.run_each(
            "unseen_accounts",
            [(index,) for index in _indexes(kind)],
            [
                *(f"k{_INDEXES[kind]}", member, self._chance.randrange(1 << 30)),
                _LOOKED_AT_PER_SHARD,
            ],
        )
        accounts = [text(account) for account in found if account]
        self._chance.shuffle(accounts)
        return accounts


def _indexes(kind: str) -> list[str]:
    return [keys.accounts_with_tasks(shard, _INDEXES[kind]) for shard in keys.all_shards()]
