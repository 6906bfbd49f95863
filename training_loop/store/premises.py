"""Where an embedded store lives: its directory, its lock and its socket."""

from __future__ import annotations

import contextlib
import errno
import fcntl
import os
import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from training_loop.store.errors import StoreLocked

LONGEST_SOCKET_PATH = 103
"""Bytes; `sun_path` holds 108 with its terminator, and 104 on other systems."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Premises:
    """The files of one embedded store. The directory is readable by its owner alone."""

    directory: Path

    @property
    def lock(self) -> Path:
        return self.directory / "lock"

    @property
    def log(self) -> Path:
        """The server's own messages, of the latest start."""
        return self.directory / "server.log"

    @property
    def append_only_files(self) -> Path:
        return self.directory / "appendonlydir"

    @property
    def socket_record(self) -> Path:
        """Names the socket where the directory's own path is too long for one."""
        return self.directory / "socket.path"

    @property
    def socket(self) -> Path:
        """Where clients connect."""
        try:
            return Path(self.socket_record.read_text(encoding="utf-8"))
        except FileNotFoundError:
            return self.directory / "store.sock"

    @property
    def url(self) -> str:
        return f"unix://{quote(str(self.socket))}"

    def prepare(self) -> None:
        self.directory.mkdir(parents=True, exist_ok=True)
        self.directory.chmod(0o700)

    def place_socket(self) -> None:
        """Makes `socket` a path short enough: in a private directory when ours is too deep."""
        self.remove_socket()
        own = self.directory / "store.sock"
        if len(os.fsencode(own)) <= LONGEST_SOCKET_PATH:
            return
        base = os.environ.get("XDG_RUNTIME_DIR") or tempfile.gettempdir()
        short = Path(tempfile.mkdtemp(prefix="earmark-", dir=base)) / "store.sock"
        self.socket_record.write_text(str(short), encoding="utf-8")

    def remove_socket(self) -> None:
        """Removes what a run before this one left."""
        socket = self.socket
        with contextlib.suppress(FileNotFoundError):
            socket.unlink()
        if socket.parent != self.directory:
            shutil.rmtree(socket.parent, ignore_errors=True)
            self.socket_record.unlink(missing_ok=True)

    def take_lock(self) -> int:
        """A descriptor that holds the lock; the server inherits it.

        Raises StoreLocked while another process holds it.
        """
        descriptor = os.open(self.lock, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            os.close(descriptor)
            if error.errno not in (errno.EAGAIN, errno.EACCES):
                raise
            raise StoreLocked("another process runs a store on this directory") from error
        return descriptor
