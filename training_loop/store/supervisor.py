"""Runs the embedded store: one Valkey or Redis child that never loses an acknowledged write."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import sys
import threading
import time
from pathlib import Path
from typing import IO

from redis.asyncio import Redis
from redis.exceptions import BusyLoadingError, RedisError

from training_loop.background import ended
from training_loop.store.binary import find_server
from training_loop.store.client import connect
from training_loop.store.errors import StoreLocked, StoreStartFailed
from training_loop.store.premises import Premises

_log = logging.getLogger(__name__)
_LAUNCHER = Path(__file__).with_name("launch.py")
_READY_WITHIN_S = 60.0
_STOP_WITHIN_S = 10.0
_LOCK_WITHIN_S = 3.0
_FIRST_RESTART_AFTER_S = 0.05
_LONGEST_RESTART_AFTER_S = 5.0

_SETTINGS = (
    *("--port", "0", "--daemonize", "no", "--databases", "1", "--maxclients", "1000"),
    *("--appendonly", "yes", "--appendfsync", "always", "--no-appendfsync-on-rewrite", "no"),
    *("--save", "", "--rdbcompression", "no", "--maxmemory-policy", "noeviction"),
    *("--slowlog-log-slower-than", "-1", "--unixsocketperm", "700"),
)
_NO_ARGUMENT_LOGS = ("commandlog-request-larger-than", "commandlog-reply-larger-than")


class EmbeddedStore:
    """A server on a directory of its own, reached through a unix socket of its owner alone.

    Every acknowledged write is on disk. A child that dies is started again, with growing pauses.
    It ends with this process, however this process ends. Start it from the main thread.
    """

    def __init__(self, directory: Path) -> None:
        self._premises = Premises(directory=directory.absolute())
        self._lock: int | None = None
        self._child: asyncio.subprocess.Process | None = None
        self._watch: asyncio.Task[None] | None = None
        self._stopping = False

    @property
    def socket_path(self) -> Path:
        return self._premises.socket

    @property
    def url(self) -> str:
        return self._premises.url

    @property
    def process_id(self) -> int | None:
        """Of the child that runs now."""
        return self._child.pid if self._child else None

    async def start(self) -> None:
        """Returns once the store answers.

        Raises StoreLocked while another process runs one here, and StoreStartFailed.
        """
        if threading.current_thread() is not threading.main_thread():
            raise StoreStartFailed("the store must be started from the main thread")
        await asyncio.to_thread(self._premises.prepare)
        self._lock = await self._take_lock()
        self._stopping = False
        try:
            self._premises.place_socket()
            await self._launch()
        except BaseException:
            await self.stop()
            raise
        self._watch = asyncio.create_task(self._restart_when_it_dies())

    async def stop(self) -> None:
        """Ends the child after it has written everything. Stopping twice is harmless."""
        self._stopping = True
        if self._watch:
            await ended(self._watch)
            self._watch = None
        await self._end_child()
        if self._lock is not None:
            self._premises.remove_socket()
            os.close(self._lock)
            self._lock = None

    async def _take_lock(self) -> int:
        # The child of a process that was killed a moment ago may still be closing its files.
        deadline = time.monotonic() + _LOCK_WITHIN_S
        while True:
            try:
                return self._premises.take_lock()
            except StoreLocked:
                if time.monotonic() > deadline:
                    raise
            await asyncio.sleep(0.05)

    async def _launch(self) -> None:
        assert self._lock is not None
        program = await asyncio.to_thread(find_server)
        arguments = [
            *(sys.executable, "-I", "-S", str(_LAUNCHER), str(os.getpid()), str(program)),
            *_SETTINGS,
            *("--dir", str(self._premises.directory), "--unixsocket", str(self.socket_path)),
        ]
        with await asyncio.to_thread(self._open_log) as log:
            self._child = await asyncio.create_subprocess_exec(
                *arguments,
                stdin=asyncio.subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                pass_fds=(self._lock,),
                start_new_session=True,
            )
        try:
            await self._until_ready(self._child)
        except BaseException:
            await self._end_child()
            raise

    def _open_log(self) -> IO[bytes]:
        return self._premises.log.open("wb")

    async def _until_ready(self, child: asyncio.subprocess.Process) -> None:
        client = connect(self.url, connections=1)
        try:
            deadline = time.monotonic() + _READY_WITHIN_S
            while not await _answers(client):
                if child.returncode is not None:
                    raise StoreStartFailed(f"the server ended with status {child.returncode}")
                if time.monotonic() > deadline and not await _loading(client):
                    raise StoreStartFailed("the server did not become ready")
                await asyncio.sleep(0.01)
            for setting in _NO_ARGUMENT_LOGS:
                with contextlib.suppress(RedisError):  # a server older than the setting
                    await client.config_set(setting, -1)
        finally:
            await client.aclose()

    async def _restart_when_it_dies(self) -> None:
        pause = _FIRST_RESTART_AFTER_S
        while not self._stopping:
            assert self._child is not None
            lived_from = time.monotonic()
            status = await self._child.wait()
            if time.monotonic() - lived_from > _LONGEST_RESTART_AFTER_S:
                pause = _FIRST_RESTART_AFTER_S
            _log.error("the store's server ended with status %s; starting it again", status)
            while True:
                await asyncio.sleep(pause)
                pause = min(2 * pause, _LONGEST_RESTART_AFTER_S)
                try:
                    await self._launch()
                    break
                except (StoreStartFailed, OSError) as error:
                    _log.error("the store could not be started again: %s", error)

    async def _end_child(self) -> None:
        child, self._child = self._child, None
        if child is None or child.returncode is not None:
            return
        with contextlib.suppress(ProcessLookupError):
            child.terminate()
        try:
            async with asyncio.timeout(_STOP_WITHIN_S):
                await child.wait()
        except TimeoutError:
            child.kill()
            await child.wait()


async def _answers(client: Redis) -> bool:
    try:
        return bool(await client.ping())
    except (RedisError, OSError):
        return False


async def _loading(client: Redis) -> bool:
    """Whether the server still reads its append-only file, however long that takes."""
    try:
        await client.ping()
    except BusyLoadingError:
        return True
    except (RedisError, OSError):
        return False
    return False
