"""Walks over all accounts and brings their wrapped keys to the vault's current version."""

from __future__ import annotations

import asyncio
from collections import Counter, defaultdict
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType

from redis.asyncio import Redis

from training_loop.store import keys
from training_loop.store.client import store_errors
from training_loop.store.script_runner import Argument, Scripts, text
from training_loop.vault.account_vault import DATA
from training_loop.vault.keyring import version_of
from training_loop.vault.vault import Vault

_AT_ONCE = 1000
_ACCOUNTS = "{s*}:a:*"
_DATA_KEY = "data_key"
_PURPOSES = ("history", "learning")
_FIELDS = (_DATA_KEY, *(f"{purpose}_{part}" for purpose in _PURPOSES for part in ("key", "epoch")))


@dataclass(frozen=True, slots=True, kw_only=True)
class Walk:
    """What a walk has found so far."""

    accounts: int = 0
    rewrapped: int = 0
    versions: Mapping[int, int] = field(default_factory=lambda: MappingProxyType({}))
    """Version to the number of keys that were wrapped by it when the walk met them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _WrappedKey:
    account: str
    name: str
    """Of the field in the account's hash."""
    purpose: str
    wrapped: bytes = field(repr=False)


class Rewrapping:
    """All of it raises StoreUnavailable; a walk sees every account that is there throughout."""

    def __init__(self, store: Redis, vault: Vault) -> None:
        self._store = store
        self._vault = vault
        self._scripts = Scripts(store)

    async def accounts(self) -> int:
        """How many there are, within what comes and goes meanwhile."""
        return sum([len(batch) async for batch in self._batches()])

    async def count(self) -> AsyncIterator[Walk]:
        """Changes nothing."""
        async for walk in self._walk(rewrap=False):
            yield walk

    async def rewrap(self) -> AsyncIterator[Walk]:
        """Each account's keys, compared and set: one that was destroyed since stays destroyed.
        Raises Corrupted for a key that is not its account's."""
        async for walk in self._walk(rewrap=True):
            yield walk

    async def _walk(self, *, rewrap: bool) -> AsyncIterator[Walk]:
        accounts, rewrapped, versions = 0, 0, Counter[int]()
        async for batch in self._batches():
            found = await self._keys_of(batch)
            accounts += len(batch)
            versions.update(version_of(key.wrapped) for key in found)
            if rewrap:
                rewrapped += await self._replace(found)
            yield Walk(accounts=accounts, rewrapped=rewrapped, versions=dict(versions))

    async def _batches(self) -> AsyncIterator[list[str]]:
        batch: list[str] = []
        with store_errors():
            async for name in self._store.scan_iter(match=_ACCOUNTS, count=_AT_ONCE):
                batch.append(text(name))
                if len(batch) == _AT_ONCE:
                    yield batch
                    batch = []
        if batch:
            yield batch

    async def _keys_of(self, batch: Sequence[str]) -> list[_WrappedKey]:
        pipeline = self._store.pipeline(transaction=False)
        for name in batch:
            pipeline.hmget(name, list(_FIELDS))
        with store_errors():
            async with pipeline:
                rows = await pipeline.execute()
        return [key for name, row in zip(batch, rows, strict=True) for key in _keys_in(name, row)]

    async def _replace(self, found: Sequence[_WrappedKey]) -> int:
        changes = await asyncio.to_thread(self._changes, found)
        done = await asyncio.gather(
            *(self._scripts.run("rewrap", list(hashes), arguments) for hashes, arguments in changes)
        )
        return sum(map(int, done))

    def _changes(self, found: Sequence[_WrappedKey]) -> list[tuple[list[str], list[Argument]]]:
        """For each shard its account hashes, and what to replace in them by what."""
        shards: defaultdict[str, tuple[dict[str, int], list[Argument]]] = defaultdict(
            lambda: ({}, [])
        )
        for key in found:
            new = self._vault.rewrap(key.account, key.purpose, key.wrapped)
            if new is not None:
                hashes, arguments = shards[keys.shard_of(key.account)]
                number = hashes.setdefault(keys.account(key.account), len(hashes) + 1)
                arguments += [number, key.name, key.wrapped, new]
        return [(list(hashes), arguments) for hashes, arguments in shards.values()]


def _keys_in(name: str, row: Sequence[bytes | None]) -> list[_WrappedKey]:
    account, fields = name.split(":", 2)[2], dict(zip(_FIELDS, row, strict=True))
    found = []
    if data := fields[_DATA_KEY]:
        found.append(_WrappedKey(account=account, name=_DATA_KEY, purpose=DATA, wrapped=data))
    for purpose in _PURPOSES:
        wrapped, epoch = fields[f"{purpose}_key"], fields[f"{purpose}_epoch"]
        if wrapped and epoch:
            found.append(
                _WrappedKey(
                    account=account,
                    name=f"{purpose}_key",
                    purpose=f"{purpose}/{text(epoch)}",
                    wrapped=wrapped,
                )
            )
    return found
