"""Making a backup while the assistant runs."""

from __future__ import annotations

import asyncio
import os
import secrets
import time
from collections import defaultdict
from collections.abc import AsyncIterator, Iterable
from pathlib import Path
from typing import Any, TextIO

from training_loop.backup.account_keys import sealed_again
from training_loop.backup.errors import BackupRefused
from training_loop.backup.layout import Entry, Layout, Manifest
from training_loop.backup.registered import KnownBackup
from training_loop.backup.signatures import copy_signatures
from training_loop.erasure.tombstones import account_digest
from training_loop.loop import Loop
from training_loop.queue.record import StoredValue
from training_loop.registry.shelf import sha256_of
from training_loop.store import keys
from training_loop.store.client import store_errors
from training_loop.store.script_runner import Scripts, text
from training_loop.vault.blobs import LocalBlobs

KEEP_DAYS = 30
_LEFT_OUT = frozenset({"x", "rg", "gr", "z", "q", "ql", "n", "p", "pw", "b", "lr", "f", "kv"}) | {
    *("eo", "ep", "eb", "aur", "wc"),
    *("kqr", "kqa", "kqc", "kqw", "kl", "kf", "kx"),
    *keys.STAFF_KINDS,
    *keys.SIGN_IN_LOOKUP_KINDS,
    *("wa", "ws"),
}
"""Kinds of key that are rebuilt, expire, or say what goes on just now; and the staff's: who was
disabled or removed must not come back with a backup."""
_ITEMS = frozenset({"h", "i", "k", "kh"})


async def create(loop: Loop, directory: Path, *, keep_days: int = KEEP_DAYS) -> Manifest:
    """Writes all accounts, each as it was at one moment, their audio, and the transparency log with
    its key into an empty directory.

    An erasure or opt-out that comes meanwhile or later reaches the backup: it destroys the keys in
    the key file, and a restore applies it. Raises BackupRefused and StoreUnavailable; an incomplete
    backup cannot be restored.
    """
    backup = f"bak_{secrets.token_hex(8)}"
    layout = Layout(directory=directory)
    await asyncio.to_thread(_prepare, directory)
    now = time.time()
    expires = now + keep_days * 24 * 3600
    place = await loop.tombstones.length()
    loop.backups.key_file(backup).write({})
    loop.backups.register(
        KnownBackup(backup=backup, directory=str(directory), made_at_s=now, expires_at_s=expires)
    )
    accounts, opening, paths = await _write_store(loop, backup, layout)
    await _copy_audio(loop, layout, paths)
    leaves, opens_signing_key = await asyncio.to_thread(
        copy_signatures, loop.notary, layout, backup
    )
    loop.backups.key_file(backup).write(opening | opens_signing_key)
    await _shred_what_went_meanwhile(loop, backup, place)
    manifest = Manifest(
        backup=backup,
        made_at_s=now,
        expires_at_s=expires,
        tombstones=place,
        store_sha256=await asyncio.to_thread(sha256_of, layout.store),
        accounts=accounts,
        leaves=leaves,
    )
    await asyncio.to_thread(layout.write_manifest, manifest)
    return manifest


def _prepare(directory: Path) -> None:
    directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    if any(directory.iterdir()):
        raise BackupRefused("the directory is not empty")


async def _write_store(
    loop: Loop, backup: str, layout: Layout
) -> tuple[int, dict[str, dict[str, str]], set[str]]:
    opening: dict[str, dict[str, str]] = {}
    paths: set[str] = set()
    accounts = 0
    with layout.store.open("x", encoding="ascii") as lines:
        async for owner, names in _keys_by_owner(loop):
            for entry in await _snapshot(loop, names):
                if entry.fields is not None:
                    accounts += 1
                    fields, opens = sealed_again(loop.vault, backup, owner, entry.fields)
                    entry = Entry(key=entry.key, fields=fields)
                    opening[account_digest(owner)] = opens
                print(entry.to_line(), file=lines)
            paths |= await _audio_of(loop, names)
        _sync(lines)
    return accounts, opening, paths


async def _keys_by_owner(loop: Loop) -> AsyncIterator[tuple[str, list[str]]]:
    """Keys that are backed up, an account's together and its hash last, so that a restore that is
    cut off leaves no account without its data."""
    found: dict[str, list[str]] = defaultdict(list)
    with store_errors():
        async for name in loop.store.scan_iter(match="{s*", count=1000):
            key = text(name)
            if keys.kind_of(key) not in _LEFT_OUT:
                parts = key.split(":")
                found[parts[2] if len(parts) > 2 else ""].append(key)
    for owner, names in found.items():
        yield owner, sorted(names, key=lambda key: (keys.kind_of(key) == "a", key))


async def _snapshot(loop: Loop, names: list[str]) -> list[Entry]:
    """All keys of one account at one moment; nothing of an account that is being deleted."""
    by_shard: dict[str, list[str]] = defaultdict(list)
    for name in names:
        by_shard[name.partition(":")[0]].append(name)
    entries = []
    scripts = Scripts(loop.store)
    for own in by_shard.values():
        for name, ttl, dumped in await scripts.run("snapshot", own):
            key = text(name)
            if isinstance(dumped, list):
                pairs = zip(dumped[::2], dumped[1::2], strict=True)
                entries.append(Entry(key=key, fields={text(at): bytes(of) for at, of in pairs}))
            else:
                entries.append(Entry(key=key, ttl_ms=max(0, int(ttl)), dump=dumped))
    return entries


async def _audio_of(loop: Loop, names: Iterable[str]) -> set[str]:
    paths: set[str] = set()
    for name in names:
        if keys.kind_of(name) in _ITEMS:
            with store_errors():
                values: Any = await loop.store.hvals(name)
            paths |= {StoredValue.read(value).blob for value in values}
    return paths - {""}


async def _copy_audio(loop: Loop, layout: Layout, paths: Iterable[str]) -> None:
    copies = LocalBlobs(layout.blobs)
    try:
        for path in sorted(paths):
            try:
                await copies.write(path, await loop.blobs.read(path))
            except FileNotFoundError:
                continue  # deleted meanwhile
    finally:
        copies.close()


async def _shred_what_went_meanwhile(loop: Loop, backup: str, place: int) -> None:
    """An erasure that ended before the key file was written found no keys in it to destroy."""
    key_file = loop.backups.key_file(backup)
    for tombstone in await loop.tombstones.since(place):
        fields = tombstone.shredded_fields()
        if fields != frozenset():
            await asyncio.to_thread(key_file.shred, tombstone.account, fields)


def _sync(lines: TextIO) -> None:
    lines.flush()
    os.fsync(lines.fileno())
