"""What travels to a worker and back: files as sealed chunks, under a key for one run alone.

A cluster may write its objects to disks and keep them for a while. Sealed they say nothing, and
when the run has ended nobody has the key.
"""

from __future__ import annotations

import json
import os
import shutil
import tarfile
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

from training_loop.vault.cipher import decrypt, encrypt

CHUNK_BYTES = 4 << 20

THERE = "there"
BACK = "back"
LINES = "lines"


class Seal:
    """Seals and opens what travels in one direction of one run; each piece has its place, so none
    can be left out, repeated or swapped."""

    def __init__(self, key: bytes, direction: str) -> None:
        self._key = key
        self._direction = direction
        self._number = 0

    def close(self, plain: bytes) -> bytes:
        return encrypt(self._key, plain, self._place())

    def open(self, sealed: bytes) -> bytes:
        """Raises Corrupted for anything but the next piece."""
        return decrypt(self._key, sealed, self._place())

    def close_json(self, value: Any) -> bytes:
        return self.close(json.dumps(value).encode())

    def open_json(self, sealed: bytes) -> Any:
        return json.loads(self.open(sealed))

    def _place(self) -> str:
        self._number += 1
        return f"{self._direction} {self._number}"


def pack(files: Iterable[tuple[str, Path]], directory: Path) -> Iterator[bytes]:
    """Chunks of an archive of files and directories by their names in it; links are followed.

    Blocks. On its way the archive lies in `directory`, in a file without a name. Raises OSError.
    """
    with tempfile.TemporaryFile(dir=directory) as spool:
        with tarfile.open(fileobj=spool, mode="w", dereference=True) as archive:
            for name, path in files:
                archive.add(path, name, recursive=False, filter=_files_only)
        spool.seek(0)
        while chunk := spool.read(CHUNK_BYTES):
            yield chunk


@contextmanager
def unpacking(directory: Path) -> Iterator[IO[bytes]]:
    """A file without a name in `directory` to write chunks into; then it is unpacked there."""
    with tempfile.TemporaryFile(dir=directory) as spool:
        yield spool
        spool.seek(0)
        with tarfile.open(fileobj=spool, mode="r") as archive:
            archive.extractall(directory, filter="data")


def tree(name: str, root: Path) -> Iterator[tuple[str, Path]]:
    """A file or directory and all below it, as `pack` takes them; nothing where nothing is."""
    if root.exists():
        yield name, root
    if root.is_dir():
        for path in sorted(root.rglob("*")):
            yield f"{name}/{path.relative_to(root).as_posix()}", path


State = Mapping[str, tuple[int, int, int]]


def state_of(name: str, root: Path) -> State:
    """Size, time and number of each file below a directory; of a directory only that it is."""
    found: dict[str, tuple[int, int, int]] = {}
    for inside, path in tree(name, root):
        if path.is_dir():
            found[inside] = (0, 0, 0)
        elif path.is_file():
            status = path.stat()
            found[inside] = (status.st_size, status.st_mtime_ns, status.st_ino)
    return found


def put_back(unpacked: Path, root: Path, removed: Iterable[str]) -> None:
    """Makes `root` what it became elsewhere: each changed file in one step. Blocks."""
    for name in sorted(removed, reverse=True):
        _remove(root, name)
    for path in sorted(unpacked.rglob("*")) if unpacked.exists() else ():
        target = root / path.relative_to(unpacked)
        if path.is_dir():
            target.mkdir(mode=0o700, parents=True, exist_ok=True)
        else:
            _replace(path, target)


def _replace(path: Path, target: Path) -> None:
    target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    number, beside = tempfile.mkstemp(dir=target.parent, prefix=".arriving-")
    os.close(number)
    try:
        shutil.copy2(path, beside)
        Path(beside).replace(target)
    except BaseException:
        Path(beside).unlink(missing_ok=True)
        raise


def _remove(root: Path, name: str) -> None:
    target = root / name
    if not target.resolve().is_relative_to(root.resolve()) or target == root:
        return
    if target.is_dir() and not target.is_symlink():
        shutil.rmtree(target, ignore_errors=True)
    else:
        target.unlink(missing_ok=True)


def _files_only(member: tarfile.TarInfo) -> tarfile.TarInfo | None:
    return member if member.isfile() or member.isdir() else None
