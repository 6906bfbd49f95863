"""The preparer of reviews as a child: started, started again when it ends, and ended."""

from __future__ import annotations

import asyncio
import logging
import os
import signal
import sys
import time
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from types import ModuleType

import training_loop.store.launch
from training_loop.background import ended
from training_loop.settings import LoopSettings

_log = logging.getLogger(__name__)
_FIRST_RESTART_AFTER_S = 0.5
_LONGEST_RESTART_AFTER_S = 30.0
_STOP_WITHIN_S = 10.0


class PreparerProcess:
    """`training-loop prepare run` on the same store and state directory.

    It has the keys of this process, since it opens what was said; and it ends with this process,
    however this one ends. A preparer that keeps failing is tried again with growing pauses: people
    review less meanwhile, and nothing else depends on it. Start it from the main thread.
    """

    def __init__(
        self,
        settings: LoopSettings,
        *,
        command: Sequence[str] = ("-m", "training_loop.cli", "prepare", "run"),
    ) -> None:
        self._settings = settings
        self._command = command
        self._child: asyncio.subprocess.Process | None = None
        self._keeping: asyncio.Task[None] | None = None

    @property
    def process_id(self) -> int | None:
        """Of the child that runs now."""
        return self._child.pid if self._child and self._child.returncode is None else None

    def start(self) -> None:
        """Returns at once; nothing waits for the preparer."""
        self._keeping = asyncio.create_task(self._keep_running())

    async def stop(self) -> None:
        """Ends the child, by force if it does not listen. Stopping twice is harmless."""
        if self._keeping:
            await ended(self._keeping)
            self._keeping = None
        child, self._child = self._child, None
        if child is None or child.returncode is not None:
            return
        _signal(child, signal.SIGTERM)
        try:
            async with asyncio.timeout(_STOP_WITHIN_S):
                await child.wait()
        except TimeoutError:
            _signal(child, signal.SIGKILL)
            await child.wait()

    async def _keep_running(self) -> None:
        pause_s = _FIRST_RESTART_AFTER_S
        while True:
            began = time.monotonic()
            try:
                self._child = await self._launch()
                status: object = await self._child.wait()
            except OSError as error:
                status = type(error).__name__
            if time.monotonic() - began > 2 * _LONGEST_RESTART_AFTER_S:
                pause_s = _FIRST_RESTART_AFTER_S
            _log.error("the preparer ended (%s); starting it again in %.1f s", status, pause_s)
            await asyncio.sleep(pause_s)
            pause_s = min(2 * pause_s, _LONGEST_RESTART_AFTER_S)

    async def _launch(self) -> asyncio.subprocess.Process:
        return await asyncio.create_subprocess_exec(
            *(sys.executable, "-I", "-S", _path(training_loop.store.launch), str(os.getpid())),
            *(sys.executable, *self._command),
            stdin=asyncio.subprocess.DEVNULL,
            env=self._environment(),
        )

    def _environment(self) -> dict[str, str]:
        vault = self._settings.vault
        return {
            **os.environ,
            "EARMARK_STATE": str(self._settings.state),
            "EARMARK_STORE_URL": self._settings.store_url,
            "EARMARK_KEY_PROVIDER": vault.key_provider,
            "EARMARK_MASTER_KEY": vault.master_key,
            "EARMARK_BLOBS_URL": vault.blobs_url,
        }


def _path(module: ModuleType) -> str:
    assert module.__file__
    return str(Path(module.__file__))


def _signal(child: asyncio.subprocess.Process, number: signal.Signals) -> None:
    """Not through asyncio: on 3.11 its `terminate` may reap the child before its watcher."""
    with suppress(ProcessLookupError):
        os.kill(child.pid, number)
