"""The keys of one backup: kept apart from it, so that an erasure reaches every copy of it.

Each key in a backup is sealed under a key of its own, which lies in this file alone. Rewriting the
file without it makes that part of every copy of the backup unreadable.
"""

from __future__ import annotations

import fcntl
import json
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from training_loop.durable_files import write_atomically

Keys = Mapping[str, Mapping[str, str]]
"""Digest of an account, then the field of the key, to 32 bytes in hexadecimal."""


class KeyFile:
    """Blocking; every write is synced to disk before its call returns. Failures are OSError."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def write(self, keys: Keys) -> None:
        self._path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with self._locked():
            write_atomically(self._path, json.dumps(keys).encode())

    def read(self) -> Keys:
        """Raises FileNotFoundError when the backup has expired."""
        found: Keys = json.loads(self._path.read_bytes())
        return found

    def shred(self, account: str, fields: frozenset[str] | None) -> int:
        """Forgets these keys of an account, all with None; returns how many there were."""
        with self._locked():
            keys = {name: dict(held) for name, held in self.read().items()}
            held = keys.get(account, {})
            gone = [name for name in held if fields is None or name in fields]
            if not gone:
                return 0
            for name in gone:
                del held[name]
            if not held:
                del keys[account]
            write_atomically(self._path, json.dumps(keys).encode())
        return len(gone)

    def remove(self) -> None:
        self._path.unlink(missing_ok=True)
        self._lock_path.unlink(missing_ok=True)

    @property
    def _lock_path(self) -> Path:
        return self._path.with_suffix(".lock")

    @contextmanager
    def _locked(self) -> Iterator[None]:
        descriptor = os.open(self._lock_path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            yield
        finally:
            os.close(descriptor)
