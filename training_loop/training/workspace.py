"""Private directories for training: what lies there was said by people, and goes again."""

from __future__ import annotations

import asyncio
import fcntl
import os
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path

from training_loop.training.errors import TrainingUnderWay

_LOCK = "lock"
_ONE_AT_A_TIME = "lap.lock"


@contextmanager
def alone(root: Path) -> Iterator[None]:
    """Holds the lock of a directory of workspaces: one run at a time, and a lock dies with its
    process. Raises TrainingUnderWay where another holds it."""
    root.mkdir(mode=0o700, parents=True, exist_ok=True)
    lock = os.open(root / _ONE_AT_A_TIME, os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600)
    try:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as fault:
            raise TrainingUnderWay("A model is already being trained.") from fault
        yield
    finally:
        os.close(lock)


@contextmanager
def workspace(root: Path) -> Iterator[Path]:
    """A directory only its owner may enter, removed at the end.

    What a killed run left under `root` is removed first: a live run holds a lock on its own.
    """
    root.mkdir(mode=0o700, parents=True, exist_ok=True)
    with _no_other_begins(root):
        _remove_dead(root)
        path = Path(tempfile.mkdtemp(prefix="run-", dir=root))
        lock = os.open(path / _LOCK, os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600)
        fcntl.flock(lock, fcntl.LOCK_EX)
    try:
        yield path
    finally:
        shutil.rmtree(path, ignore_errors=True)
        os.close(lock)


class Workspaces:
    """The workspaces of one state directory. Is a PersonalStore without keys.

    What a killed run left is in the open and says of nobody whose it was, so each erasure and
    each sweep removes all of it. A live run keeps what it learns from until it ends, and then
    asks for every item's consent again before its model is released.
    """

    name = "training_workspaces"
    key_kinds: frozenset[str] = frozenset()

    def __init__(self, root: Path) -> None:
        self._root = root

    async def sweep(self) -> int:
        """How many were removed."""
        return await asyncio.to_thread(sweep, self._root)

    async def export(self, account: str) -> Mapping[str, object]:
        """Nothing: what lies there is a copy of reviews, for as long as a run takes."""
        return {}

    async def erase(self, account: str) -> int:
        return await self.sweep()


def sweep(root: Path) -> int:
    """Removes the directories of runs that are no more; returns how many."""
    if not root.is_dir():
        return 0
    with _no_other_begins(root):
        return _remove_dead(root)


@contextmanager
def _no_other_begins(root: Path) -> Iterator[None]:
    """A run that has made its directory and does not hold its lock yet looks like one that died, so
    runs begin, and are looked for, one at a time. Blocks for as long as that takes."""
    itself = os.open(root, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        fcntl.flock(itself, fcntl.LOCK_EX)
        yield
    finally:
        os.close(itself)


def _remove_dead(root: Path) -> int:
    removed = 0
    for path in root.glob("run-*"):
        if not _alive(path):
            shutil.rmtree(path, ignore_errors=True)
            removed += 1
    return removed


def _alive(path: Path) -> bool:
    with suppress(OSError):
        lock = os.open(path / _LOCK, os.O_RDWR | os.O_CLOEXEC)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
        finally:
            os.close(lock)
    return False
