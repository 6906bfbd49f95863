"""What was erased or opted out of, outside the store: it survives a restore of the store.

One line for each event, written and synced before the event takes effect: `<check> <JSON>`, the
check being the first 16 hexadecimal digits of the SHA-256 of the JSON. It names accounts and
utterances by digests alone. A restore applies the lines that are younger than its backup.
"""

from __future__ import annotations

import asyncio
import fcntl
import hashlib
import json
import os
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from enum import Enum
from pathlib import Path

from training_loop.durable_files import sync
from training_loop.erasure.errors import TombstonesTorn

_CHECK_DIGITS = 16
_KEY_FIELDS = {"keep_history": "history_key", "improve_models": "learning_key"}


class Forgotten(Enum):
    ACCOUNT = "account"
    UTTERANCES = "utterances"
    """Those named, by digest."""
    RANGE = "range"
    """What was captured from `since_ms` until before `until_ms`."""
    CONSENT = "consent"
    """The switches named in `switches` went off."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tombstone:
    event: Forgotten
    account: str
    """A digest, see `account_digest`."""
    at_s: float
    utterances: tuple[str, ...] = ()
    since_ms: int = 0
    until_ms: int | None = None
    switches: tuple[str, ...] = ()

    def shredded_fields(self) -> frozenset[str] | None:
        """Which of the account's keys it destroys, as fields of its hash; None for all."""
        if self.event is Forgotten.ACCOUNT:
            return None
        return frozenset(_KEY_FIELDS[one] for one in self.switches if one in _KEY_FIELDS)


def account_digest(account: str) -> str:
    """Account ids are random, so nobody can guess one from its digest."""
    return hashlib.sha256(f"earmark account {account}".encode()).hexdigest()


def utterance_digest(account: str, utterance: str) -> str:
    digest = hashlib.sha256(f"earmark utterance {account} {utterance}".encode())
    return digest.hexdigest()[:32]


class TombstoneLog:
    """An append-only file that several processes may write. Failures are OSError."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._waiting: list[Tombstone] = []
        self._running: asyncio.Task[None] | None = None
        self._next: asyncio.Task[None] | None = None

    async def bury(self, tombstone: Tombstone) -> None:
        """Returns once the line survives a power cut; those that come together share a sync."""
        self._waiting.append(tombstone)
        if self._next is None:
            self._next = asyncio.create_task(self._write(self._running))
        await asyncio.shield(self._next)

    async def length(self) -> int:
        """How many events there are: a backup's place in the log."""
        return len(await self.since(0))

    async def since(self, place: int) -> Sequence[Tombstone]:
        """The events after the first `place`.

        Raises TombstonesTorn for a damaged or missing line. A last line without its end was never
        acknowledged and is left out.
        """
        return await asyncio.to_thread(self._read, place)

    async def _write(self, earlier: asyncio.Task[None] | None) -> None:
        if earlier:
            await asyncio.wait([earlier])
        self._running, self._next = self._next, None
        batch, self._waiting = self._waiting, []
        await asyncio.to_thread(self._append, b"".join(map(_line, batch)))

    def _append(self, lines: bytes) -> None:
        new = not self._path.exists()
        if new:
            self._path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            sync(self._path.parent.parent)
        descriptor = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            whole = _end_of_last_line(descriptor)
            if whole != os.fstat(descriptor).st_size:
                os.ftruncate(descriptor, whole)
            while lines:
                lines = lines[os.write(descriptor, lines) :]
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
        if new:
            sync(self._path.parent)

    def _read(self, place: int) -> Sequence[Tombstone]:
        try:
            written = self._path.read_bytes()
        except FileNotFoundError:
            written = b""
        lines = written.split(b"\n")[:-1]
        if len(lines) < place:
            raise TombstonesTorn("the tombstone log is shorter than it was")
        return [_tombstone(line) for line in lines[place:]]


def now_s() -> float:
    """Only told to people: the order of events is that of their lines."""
    return time.time()


def _line(tombstone: Tombstone) -> bytes:
    fields = asdict(tombstone) | {"event": tombstone.event.value}
    written = json.dumps(fields, separators=(",", ":")).encode()
    return _check(written) + b" " + written + b"\n"


def _check(written: bytes) -> bytes:
    return hashlib.sha256(written).hexdigest()[:_CHECK_DIGITS].encode()


def _tombstone(line: bytes) -> Tombstone:
    check, _, written = line.partition(b" ")
    if check != _check(written):
        raise TombstonesTorn("a line of the tombstone log is damaged")
    fields = json.loads(written)
    lists = {name: tuple(value) for name, value in fields.items() if isinstance(value, list)}
    return Tombstone(**(fields | lists | {"event": Forgotten(fields["event"])}))


def _end_of_last_line(descriptor: int) -> int:
    end = os.fstat(descriptor).st_size
    while end:
        start = max(0, end - 65536)
        found = os.pread(descriptor, end - start, start).rfind(b"\n")
        if found >= 0:
            return start + found + 1
        end = start
    return 0
