"""Bringing a backup back, without what was erased or opted out of since."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from training_loop.backup.account_keys import wrapped_again
from training_loop.backup.errors import BackupRefused, StoreNotEmpty
from training_loop.backup.layout import Entry, Layout
from training_loop.backup.revival import Revival
from training_loop.backup.signatures import bring_signatures_back
from training_loop.erasure.tombstones import account_digest
from training_loop.loop import Loop
from training_loop.queue.record import StoredValue
from training_loop.store import keys
from training_loop.store.client import store_errors
from training_loop.store.script_runner import Scripts, text
from training_loop.vault.blobs import LocalBlobs

_INDEX_OF = {"h": "hx", "i": "ix"}
_WITH_AUDIO = frozenset({"h", "i", "k", "kh"})
_HASHES = frozenset({"h", "i", "v", "t", "k", "kt", "kr", "ka", "kc", "kw", "kh"})
_SORTED_SETS = frozenset({"hx", "ix", "r", "kd"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Restored:
    accounts: int
    left_out: int
    """Accounts that were erased, or whose keys in the backup were destroyed."""
    utterances_left_out: int


async def restore(loop: Loop, layout: Layout) -> Restored:
    """Into an empty store that nobody serves from. An account appears with its hash, which is
    written last, when everything that it lost since is gone.

    Raises BackupRefused, SigningKeyRefused, StoreNotEmpty, TombstonesTorn, StoreUnavailable and
    Corrupted; after a failure, empty the store and restore again.
    """
    manifest = await asyncio.to_thread(layout.read_manifest)
    await _check_empty(loop)
    revival = Revival(await loop.tombstones.since(manifest.tombstones))
    try:
        opening = loop.backups.key_file(manifest.backup).read()
    except FileNotFoundError as gone:
        raise BackupRefused("the keys of this backup are gone: it has expired") from gone
    await asyncio.to_thread(bring_signatures_back, loop.notary, layout, manifest, opening)
    copies = LocalBlobs(layout.blobs)
    try:
        work = _Restore(loop, manifest.backup, revival, opening, copies)
        for owner, entries in groupby(layout.entries(), key=_owner):
            await work.owner(owner, list(entries))
    finally:
        copies.close()
    await loop.audit_sealer.restored()
    await loop.sweep.once()  # what was put in to be taken out again leaves the append-only file
    return Restored(
        accounts=work.accounts, left_out=work.left_out, utterances_left_out=work.utterances
    )


class _Restore:
    def __init__(
        self,
        loop: Loop,
        backup: str,
        revival: Revival,
        opening: Mapping[str, Mapping[str, str]],
        copies: LocalBlobs,
    ) -> None:
        self._loop = loop
        self._store = loop.store
        self._backup = backup
        self._revival = revival
        self._opening = opening
        self._copies = copies
        self._scripts = Scripts(loop.store)
        self.accounts = self.left_out = self.utterances = 0

    async def owner(self, owner: str, entries: list[Entry]) -> None:
        """Everything of one account, or of nobody."""
        whole = [entry for entry in entries if entry.fields is not None]
        if not whole:
            if not owner.startswith("acc_"):
                await self._put(entries)
            return
        fields = self._fields(owner, whole[0].fields or {})
        if fields is None:
            self.left_out += 1
            return
        lost = self._revival.lost_kinds(owner)
        kept = [entry for entry in entries if keys.kind_of(entry.key) not in lost]
        await self._put([entry for entry in kept if entry.fields is None])
        if self._revival.touches(owner):
            await self._forget(owner, kept)
        await self._bring_audio(kept)
        await self._open(owner, fields)
        self.accounts += 1

    def _fields(self, owner: str, fields: Mapping[str, bytes]) -> dict[str, bytes] | None:
        if self._revival.erased(owner):
            return None
        allowed = self._revival.fields(owner, fields)
        opening = self._opening.get(account_digest(owner), {})
        renamed = {name: fields[name] for name in fields if name in allowed}
        wrapped = wrapped_again(self._loop.vault, self._backup, owner, renamed, opening)
        if wrapped is None:
            return None
        return {name: wrapped[name] if name.endswith("_key") else allowed[name] for name in allowed}

    async def _put(self, entries: Iterable[Entry]) -> None:
        for entry in entries:
            with store_errors():
                await self._store.restore(entry.key, entry.ttl_ms, entry.dump, replace=True)

    async def _forget(self, owner: str, entries: Iterable[Entry]) -> None:
        """Removes utterances that were erased since, from every key that names them."""
        names = [entry.key for entry in entries if entry.fields is None]
        for items in [name for name in names if keys.kind_of(name) in _INDEX_OF]:
            index = _sibling(items, _INDEX_OF[keys.kind_of(items)])
            with store_errors():
                members: Any = await self._store.hkeys(items)
            for member in map(text, members):
                with store_errors():
                    captured = await self._store.zscore(index, member)
                if self._revival.forgets(owner, member, captured):
                    await self._remove(member, names)
                    self.utterances += 1

    async def _remove(self, utterance: str, names: Iterable[str]) -> None:
        with store_errors():
            for name in names:
                kind = keys.kind_of(name)
                if kind in _HASHES:
                    await self._store.hdel(name, utterance)
                elif kind in _SORTED_SETS:
                    await self._store.zrem(name, utterance)

    async def _bring_audio(self, entries: Iterable[Entry]) -> None:
        for entry in entries:
            if keys.kind_of(entry.key) not in _WITH_AUDIO:
                continue
            with store_errors():
                values: Any = await self._store.hvals(entry.key)
            for path in {StoredValue.read(value).blob for value in values} - {""}:
                with contextlib.suppress(FileNotFoundError):  # past its retention meanwhile
                    await self._loop.blobs.write(path, await self._copies.read(path))

    async def _open(self, owner: str, fields: Mapping[str, bytes]) -> None:
        """The last step: from here on the account is there. One script keeps shard and hash
        together."""
        shard = keys.shard_of(owner)
        pairs = [part for pair in fields.items() for part in pair]
        keeps = "history_epoch" in fields or "learning_epoch" in fields
        review = text(fields.get("review_epoch", b""))
        await self._scripts.run(
            "open_restored",
            [
                *(keys.account(owner), keys.queue_accounts(shard)),
                *(keys.leasing_accounts(shard), keys.consenting_accounts(shard)),
            ],
            [owner, str(int(keeps)), review, *pairs],
        )


def _owner(entry: Entry) -> str:
    parts = entry.key.split(":")
    return parts[2] if len(parts) > 2 else ""


def _sibling(name: str, kind: str) -> str:
    shard, _, rest = name.split(":", 2)
    return f"{shard}:{kind}:{rest}"


async def _check_empty(loop: Loop) -> None:
    with store_errors():
        async for _ in loop.store.scan_iter(match="{s*}:a:*", count=1000):
            raise StoreNotEmpty("the store has accounts")
