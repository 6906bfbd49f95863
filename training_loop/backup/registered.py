"""Which backups there are: an erasure destroys their keys, and waits for them to expire."""

from __future__ import annotations

import asyncio
import json
import shutil
import time
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

from training_loop.backup.key_file import KeyFile
from training_loop.durable_files import write_atomically
from training_loop.erasure.plan import Plan
from training_loop.erasure.tombstones import account_digest
from training_loop.receipts.evidence import Pending, PendingKind


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownBackup:
    backup: str
    directory: str
    made_at_s: float
    expires_at_s: float


class Backups:
    """Is a PersonalStore without store keys, and a PendingSource. Failures are OSError.

    An account that is erased loses its keys in every backup at once. A single utterance shares its
    key with others: it stays in a backup, sealed, until that expires, and every restore erases it
    again before anything is served.
    """

    name = "backups"
    key_kinds: frozenset[str] = frozenset()
    kind = PendingKind.BACKUP_EXPIRY

    def __init__(self, state: Path, clock: Callable[[], float] = time.time) -> None:
        self._records = state / "backups"
        self._keys = state / "keys" / "backups"
        self._clock = clock

    def key_file(self, backup: str) -> KeyFile:
        return KeyFile(self._keys / f"{backup}.json")

    def register(self, known: KnownBackup) -> None:
        self._records.mkdir(mode=0o700, parents=True, exist_ok=True)
        write_atomically(self._records / f"{known.backup}.json", json.dumps(asdict(known)).encode())

    def known(self) -> tuple[KnownBackup, ...]:
        """Oldest first."""
        records = self._records.glob("*.json") if self._records.is_dir() else ()
        found = [KnownBackup(**json.loads(path.read_bytes())) for path in records]
        return tuple(sorted(found, key=lambda one: one.made_at_s))

    async def shred(self, account: str, fields: frozenset[str] | None = None) -> int:
        """Destroys keys of an account, named by its digest, in every backup."""
        return await asyncio.to_thread(self._shred, account, fields)

    async def export(self, account: str) -> Mapping[str, object]:
        """Of which times there are copies."""
        return {known.backup: {"made_at_s": known.made_at_s} for known in self.known()}

    async def erase(self, account: str) -> int:
        return await self.shred(account_digest(account))

    async def pending(self, plan: Plan) -> tuple[Pending, ...]:
        if plan.whole_account or not plan.utterances:
            return ()
        known = await asyncio.to_thread(self.known)
        return tuple(
            Pending(kind=self.kind, reference=one.backup, due_at_s=one.expires_at_s)
            for one in known
        )

    async def still(self, pending: Pending) -> bool:
        known = await asyncio.to_thread(self.known)
        return any(one.backup == pending.reference for one in known)

    async def expire(self) -> int:
        """Destroys the keys of backups past their time, then what can be reached of their files;
        returns how many."""
        return await asyncio.to_thread(self._expire)

    def _shred(self, account: str, fields: frozenset[str] | None) -> int:
        shredded = 0
        for known in self.known():
            try:
                shredded += self.key_file(known.backup).shred(account, fields)
            except FileNotFoundError:
                continue  # it has expired meanwhile
        return shredded

    def _expire(self) -> int:
        now, expired = self._clock(), 0
        for known in self.known():
            if known.expires_at_s <= now:
                self.key_file(known.backup).remove()
                shutil.rmtree(known.directory, ignore_errors=True)
                (self._records / f"{known.backup}.json").unlink(missing_ok=True)
                expired += 1
        return expired
