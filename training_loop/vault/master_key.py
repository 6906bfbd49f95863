"""Where the key that wraps all other keys comes from."""

from __future__ import annotations

import contextlib
import os
import secrets
import stat
from pathlib import Path
from typing import Protocol

from training_loop.vault.cipher import KEY_BYTES, new_key
from training_loop.vault.errors import MasterKeyRefused


class MasterKeyProvider(Protocol):
    """Gives the master key of one store."""

    def load(self) -> bytes | None:
        """32 bytes, or None where there is none yet. Raises MasterKeyRefused for an unsafe one."""
        ...

    def create(self) -> bytes:
        """Makes a key that later `load`s give; of two at once, both get the same."""
        ...


class FileMasterKey:
    """A file of 64 hexadecimal digits, readable by its owner alone."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def load(self) -> bytes | None:
        try:
            with self._path.open("rb") as file:
                status = os.fstat(file.fileno())
                written = file.read(256)
        except FileNotFoundError:
            return None
        if status.st_mode & (stat.S_IRWXG | stat.S_IRWXO) or status.st_uid != os.geteuid():
            raise MasterKeyRefused("the master key file is open to other users")
        try:
            key = bytes.fromhex(written.decode("ascii").strip())
        except ValueError as error:
            raise MasterKeyRefused("the master key file does not hold a key") from error
        if len(key) != KEY_BYTES:
            raise MasterKeyRefused("the master key file does not hold a key of 32 bytes")
        return key

    def create(self) -> bytes:
        self._path.parent.mkdir(parents=True, exist_ok=True)
        self._path.parent.chmod(0o700)
        write_secret(self._path, new_key().hex())
        key = self.load()
        assert key is not None
        return key


def write_secret(path: Path, secret: str) -> None:
    """Writes a file of mode 0600, whole and on disk, unless there is one already."""
    temporary = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "w", encoding="ascii") as file:
            file.write(secret + "\n")
            file.flush()
            os.fsync(file.fileno())
        with contextlib.suppress(FileExistsError):
            os.link(temporary, path)
    finally:
        temporary.unlink()
    sync_directory(path.parent)


def sync_directory(directory: Path) -> None:
    """Makes names created, renamed or removed in a directory survive a power cut."""
    descriptor = os.open(directory, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
