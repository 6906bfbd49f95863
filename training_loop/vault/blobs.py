"""Encrypted audio: the port of a blob store, and one on a local directory."""

from __future__ import annotations

import asyncio
import contextlib
import os
import re
import secrets
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import ParamSpec, Protocol, TypeVar

from training_loop.durable_files import sync
from training_loop.vault.errors import BlobsUnavailable

P = ParamSpec("P")
R = TypeVar("R")

_WRITERS = 8
_CONTAINER = re.compile(r"[0-9a-f]{32}")
_BLOB = re.compile(r"[0-9a-f]{32}/[0-9a-f]{32}")


def new_blob() -> str:
    """A random name; the blob's path is `<container>/<name>`."""
    return secrets.token_hex(16)


def is_container(name: str) -> bool:
    return bool(_CONTAINER.fullmatch(name))


def checked(path: str) -> str:
    """A blob's path. Raises ValueError for any other."""
    if not _BLOB.fullmatch(path):
        raise ValueError("not a blob's path")
    return path


def container_of(path: str) -> str | None:
    """The container that a path ending in "/" names; None for a blob's path. Raises ValueError
    for what is neither."""
    if not path.endswith("/"):
        checked(path)
        return None
    if not is_container(path[:-1]):
        raise ValueError("not a container's path")
    return path[:-1]


class BlobStore(Protocol):
    """Keeps sealed bytes under random names. All of it raises BlobsUnavailable, an OSError, when
    it cannot be done now, and ValueError for a path that is none."""

    async def write(self, path: str, sealed: bytes) -> None:
        """Returns once the blob survives a power cut, whole."""
        ...

    async def read(self, path: str) -> bytes:
        """All of it; a blob that was cut short is given as it is and does not open. Raises
        FileNotFoundError."""
        ...

    async def remove(self, path: str) -> int:
        """Removes a blob, or a whole container where the path ends in "/"; returns how many blobs
        there were. Twice is harmless."""
        ...

    async def containers(
        self, *, unchanged_for_s: float, besides: frozenset[str] = frozenset()
    ) -> frozenset[str]:
        """Those besides the given ones that nothing was written to for that long."""
        ...

    def close(self) -> None:
        """Nothing can be asked afterwards."""
        ...


class LocalBlobs:
    """One directory for each container; every write and removal is on disk when it returns."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._threads = ThreadPoolExecutor(_WRITERS, thread_name_prefix="blobs")

    def close(self) -> None:
        self._threads.shutdown(wait=True)

    async def write(self, path: str, sealed: bytes) -> None:
        await self._in_thread(self._write, path, sealed)

    async def read(self, path: str) -> bytes:
        return await self._in_thread(self._blob(path).read_bytes)

    async def remove(self, path: str) -> int:
        container = container_of(path)
        if container:
            return await self._remove_container(self._directory / container)
        return await self._in_thread(self._remove, path)

    async def containers(
        self, *, unchanged_for_s: float, besides: frozenset[str] = frozenset()
    ) -> frozenset[str]:
        return await self._in_thread(self._containers, unchanged_for_s) - besides

    async def _in_thread(self, function: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
        loop = asyncio.get_running_loop()
        try:
            return await loop.run_in_executor(self._threads, partial(function, *args, **kwargs))
        except FileNotFoundError:
            raise
        except OSError as error:
            raise BlobsUnavailable(f"the disk that holds audio fails ({error.strerror})") from error

    def _blob(self, path: str) -> Path:
        return self._directory / checked(path)

    def _write(self, path: str, sealed: bytes) -> None:
        blob = self._blob(path)
        container = blob.parent
        if not container.is_dir():
            container.mkdir(parents=True, exist_ok=True, mode=0o700)
            sync(self._directory)
        temporary = blob.with_suffix(".part")
        try:
            with open(temporary, "xb", opener=_private) as file:
                file.write(sealed)
                file.flush()
                os.fsync(file.fileno())
            temporary.rename(blob)
        except BaseException:
            temporary.unlink(missing_ok=True)
            raise
        sync(container)

    def _remove(self, path: str) -> int:
        blob = self._blob(path)
        blob.with_suffix(".part").unlink(missing_ok=True)
        try:
            blob.unlink()
        except FileNotFoundError:
            return 0
        sync(blob.parent)
        return 1

    async def _remove_container(self, container: Path) -> int:
        """By all threads at once: a file that was synced takes milliseconds to remove."""
        names = await self._in_thread(_names_in, container)
        shares = [share for n in range(_WRITERS) if (share := names[n::_WRITERS])]
        removing = (self._in_thread(_remove_all, container, share) for share in shares)
        removed = sum(await asyncio.gather(*removing))
        await self._in_thread(self._remove_directory, container)
        return removed

    def _remove_directory(self, container: Path) -> None:
        with contextlib.suppress(FileNotFoundError):
            container.rmdir()
            sync(self._directory)

    def _containers(self, unchanged_for_s: float) -> frozenset[str]:
        if not self._directory.is_dir():
            return frozenset()
        latest, found = time.time() - unchanged_for_s, set()
        for entry in self._directory.iterdir():
            with contextlib.suppress(FileNotFoundError):  # removed meanwhile
                if is_container(entry.name) and entry.stat().st_mtime < latest:
                    found.add(entry.name)
        return frozenset(found)


def _private(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)


def _names_in(container: Path) -> list[str]:
    with contextlib.suppress(FileNotFoundError):
        return [blob.name for blob in container.iterdir()]
    return []


def _remove_all(container: Path, names: list[str]) -> int:
    for name in names:
        (container / name).unlink(missing_ok=True)
    return len(names)
