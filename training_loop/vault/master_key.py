"""The master key in a file of its owner alone."""

from __future__ import annotations

import asyncio
import contextlib
import fcntl
import os
import secrets
import stat
from collections.abc import Iterator, Sequence
from pathlib import Path

from training_loop.durable_files import sync
from training_loop.vault import local_keys
from training_loop.vault.cipher import new_key
from training_loop.vault.errors import MasterKeyRefused
from training_loop.vault.key_provider import Destruction

_LARGEST_FILE = 4096
_MOST_VERSIONS = 16
_TRIES = 3


class FileKeys:
    """Implements `KeyProvider`: a file of mode 0600, a line of 64 hexadecimal digits a version,
    the newest last. Every change replaces the file whole; several processes take turns."""

    def __init__(self, path: Path) -> None:
        self._path = path

    async def versions(self) -> tuple[str, ...]:
        return tuple(map(local_keys.id_of, await self.masters()))

    async def masters(self) -> tuple[bytes, ...]:
        """The keys themselves. Raises MasterKeyRefused for a file that is unsafe or damaged."""
        return await asyncio.to_thread(self._load)

    async def add_version(self) -> str:
        return await asyncio.to_thread(self._add)

    async def wrap(self, secret: bytes, *, key_id: str, context: str) -> bytes:
        return local_keys.wrap(await self.masters(), secret, key_id=key_id, context=context)

    async def unwrap(self, wrapped: bytes, *, key_id: str, context: str) -> bytes:
        return local_keys.unwrap(await self.masters(), wrapped, key_id=key_id, context=context)

    async def destroy(self, key_id: str) -> Destruction:
        await asyncio.to_thread(self._destroy, key_id)
        return Destruction.DESTROYED

    def _load(self) -> tuple[bytes, ...]:
        for _ in range(_TRIES):
            try:
                with self._path.open("rb") as file:
                    status = os.fstat(file.fileno())
                    written = file.read(_LARGEST_FILE)
            except FileNotFoundError:
                return ()
            if b"\0" not in written:  # else it was replaced and overwritten just now
                break
        if status.st_mode & (stat.S_IRWXG | stat.S_IRWXO) or status.st_uid != os.geteuid():
            raise MasterKeyRefused("the master key file is open to other users")
        return local_keys.read_keys(written.decode("ascii", errors="replace"))

    def _add(self) -> str:
        self._path.parent.mkdir(parents=True, exist_ok=True)
        self._path.parent.chmod(0o700)
        with self._locked():
            masters = self._load()
            if len(masters) >= _MOST_VERSIONS:
                raise MasterKeyRefused("the master key file is full of versions in use")
            master = new_key()
            self._replace([*masters, master])
            return local_keys.id_of(master)

    def _destroy(self, key_id: str) -> None:
        with self._locked():
            masters = self._load()
            left = [master for master in masters if local_keys.id_of(master) != key_id]
            if len(left) < len(masters):
                self._replace(left)

    def _replace(self, masters: Sequence[bytes]) -> None:
        """Overwrites what the file held before, as far as the file system lets it."""
        old = os.open(self._path, os.O_WRONLY) if self._path.exists() else None
        try:
            _write_whole(self._path, "\n".join(master.hex() for master in masters))
            if old is not None:
                os.pwrite(old, bytes(os.fstat(old).st_size), 0)
                os.fsync(old)
        finally:
            if old is not None:
                os.close(old)

    @contextlib.contextmanager
    def _locked(self) -> Iterator[None]:
        lock = self._path.with_name(f"{self._path.name}.lock")
        descriptor = os.open(lock, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            yield
        finally:
            os.close(descriptor)


def write_secret(path: Path, secret: str) -> None:
    """Writes a file of mode 0600, whole and on disk, unless there is one already."""
    with _written(path, secret) as temporary, contextlib.suppress(FileExistsError):
        os.link(temporary, path)


def _write_whole(path: Path, secret: str) -> None:
    """Like `write_secret`, in the place of one that is there."""
    with _written(path, secret) as temporary:
        temporary.rename(path)


@contextlib.contextmanager
def _written(path: Path, secret: str) -> Iterator[Path]:
    """A file of mode 0600 beside `path`; when this ends, the directory is on disk and it is gone
    unless it was renamed."""
    temporary = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "w", encoding="ascii") as file:
            file.write(secret + "\n")
            file.flush()
            os.fsync(file.fileno())
        yield temporary
    finally:
        temporary.unlink(missing_ok=True)
    sync(path.parent)
