"""The search without which no erasure says "done"."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from redis.asyncio import Redis

from training_loop.consent.account_record import read_account
from training_loop.consent.policy import Purpose
from training_loop.erasure.plan import Plan
from training_loop.erasure.traces import Needles
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
        self._state = state
        self._append_only_files = append_only_files

    @property
    def places(self) -> tuple[str, ...]:
        here = (APPEND_ONLY_FILE,) if self._append_only_files else ()
        return (STORE, *here, FILES)

    async def traces(self, plan: Plan) -> Mapping[str, int]:
        """How many were found where; nothing where all is gone. Raises StoreUnavailable and
        OSError."""
        needles = Needles(plan.needles())
        found = {STORE: await self._in_store(plan)}
        if self._append_only_files:
            found[APPEND_ONLY_FILE] = await asyncio.to_thread(
                _in_files, needles, self._append_only_files, frozenset()
            )
        found[FILES] = await asyncio.to_thread(_in_files, needles, self._state, self._elsewhere)
        return {place: count for place, count in found.items() if count}

    @property
    def _elsewhere(self) -> frozenset[str]:
        return _SEALED | _LINEAGE | ({"appendonlydir"} if self._append_only_files else frozenset())

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


def _in_files(needles: Needles, directory: Path, elsewhere: frozenset[str]) -> int:
    return sum(needles.found_in(path) for path in _files(directory, elsewhere))


def _files(directory: Path, elsewhere: frozenset[str]) -> Iterator[Path]:
    for path in sorted(directory.iterdir()) if directory.is_dir() else ():
        if path.is_symlink() or path.name in elsewhere:
            continue
        if path.is_dir():
            yield from _files(path, elsewhere)
        elif path.is_file():
            yield path
