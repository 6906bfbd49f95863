"""The search without which no erasure says "done"."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from redis.asyncio import Redis

from training_loop.consent.account_record import read_account
from training_loop.consent.policy import Purpose
from training_loop.erasure.file_search import FileSearch, Place
from training_loop.erasure.plan import Plan
from training_loop.errors import AccountGone
from training_loop.store import keys
from training_loop.store.client import store_errors
from training_loop.store.script_runner import text

STORE = "store"
APPEND_ONLY_FILE = "append_only_file"
FILES = "files"
_AT_ONCE = 1000
_SEALED = frozenset({"blobs"})
"""Directories of random names and sealed bytes alone; blobs are removed by name."""
_LINEAGE = frozenset({"registry"})
"""Manifests name items of the past by ids that lead nowhere; the models are told as pending."""


class TraceScan:
    """Searches keys of the store, the append-only files of an embedded one, and the state
    directory."""

    def __init__(self, store: Redis, state: Path, append_only_files: Path | None) -> None:
        self._store = store
        files = Place(directory=state, besides=_SEALED | _LINEAGE)
        places = {FILES: files}
        if append_only_files:
            places = {
                APPEND_ONLY_FILE: Place(directory=append_only_files),
                FILES: replace(files, besides=files.besides | {append_only_files.name}),
            }
        self._files = FileSearch(places)
        self.places = (STORE, *places)

    async def traces(self, plan: Plan) -> Mapping[str, int]:
        """How many were found where; nothing where all is gone. Raises StoreUnavailable and
        OSError."""
        found = {STORE: await self._in_store(plan), **await self._files.count(plan.needles())}
        return {place: count for place, count in found.items() if count}

    async def _in_store(self, plan: Plan) -> int:
        if plan.whole_account:
            return len([key async for key in keys_naming(self._store, plan.account)])
        return await self._utterances_left(plan)

    async def _utterances_left(self, plan: Plan) -> int:
        try:
            containers = (await read_account(self._store, plan.account)).containers
        except AccountGone:
            return 0  # the erasure of the account has them
        left = 0
        for purpose, places in _PLACES.items():
            container = containers.get(purpose)
            for place in places if container else ():
                assert container
                left += await self._still_in(place(plan.account, container.epoch), plan.utterances)
        return left

    async def _still_in(self, items: str, utterances: tuple[str, ...]) -> int:
        left = 0
        for start in range(0, len(utterances), _AT_ONCE):
            with store_errors():
                found: Any = await self._store.hmget(items, utterances[start : start + _AT_ONCE])
            left += sum(value is not None for value in found)
        return left


_PLACES = {
    Purpose.HISTORY: (keys.history_items,),
    Purpose.LEARNING: (keys.learning_items, keys.reviewed),
}


async def keys_naming(store: Redis, account: str) -> Any:
    """Every key of an account, whatever its kind."""
    pattern = f"{keys.shard_of(account)}:*:{account}*"
    with store_errors():
        async for found in store.scan_iter(match=pattern, count=1000):
            key = text(found)
            if key.split(":")[2] == account:
                yield key
