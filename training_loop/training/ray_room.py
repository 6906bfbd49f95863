"""A trainer's command on a worker of a Ray cluster: an actor that lives for one command.

Nothing but the key comes or goes unsealed, nothing is logged, and no failure's own message leaves
the process. The directory is private, removed at the end, and removed by a guard when the worker is
killed.
"""

from __future__ import annotations

import asyncio
import subprocess
import sys
from collections import deque
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import IO, Any

from training_loop.background import ended
from training_loop.errors import EarmarkError
from training_loop.settings import LoopSettings
from training_loop.training.limited_process import run_limited
from training_loop.training.ray_command import coming_back, received
from training_loop.training.ray_installation import Installation, installed, own_installation
from training_loop.training.ray_parcel import (
    BACK,
    LINES,
    THERE,
    Seal,
    State,
    pack,
    state_of,
    tree,
    unpacking,
)
from training_loop.training.trainer_process import failure_of
from training_loop.training.workspace import workspace

MOST_LINES = 5_000
"""That wait to be fetched; the oldest are dropped."""

_GUARD = Path(__file__).with_name("ray_guard.py")


@contextmanager
def private_room() -> Iterator[Path]:
    """A directory of this machine for one run. Whatever becomes of this process, it is removed."""
    with workspace(LoopSettings.from_environment().workspaces) as room:
        guard = subprocess.Popen(
            [sys.executable, "-I", "-S", str(_GUARD), str(room)],
            stdin=subprocess.PIPE,
        )
        guard.wait()  # what goes on is no child of ours
        try:
            yield room
        finally:
            assert guard.stdin is not None
            guard.stdin.close()


class TrainingRoom:
    """`open`, `take` each chunk, `run` while `said` is asked, `give` until it is empty, `close`."""

    def __init__(self) -> None:
        self._open = ExitStack()
        self._said: deque[str] = deque(maxlen=MOST_LINES)
        self._news = asyncio.Event()
        self._over = False
        self._running: asyncio.Task[int] | None = None
        self._leaving: Iterator[bytes] = iter(())

    async def open(self, key: bytes) -> Installation:
        """Makes room. `key` seals everything else."""
        self._in, self._out = Seal(key, THERE), Seal(key, BACK)
        self._lines = Seal(key, LINES)
        self._room = await asyncio.to_thread(self._open.enter_context, private_room())
        self._arriving: ExitStack = ExitStack()
        self._spool: IO[bytes] = self._arriving.enter_context(unpacking(self._room))
        return await asyncio.to_thread(own_installation)

    async def take(self, sealed: bytes) -> tuple[str, str] | None:
        """The next chunk of what the command reads. Returns what it failed with."""
        try:
            await asyncio.to_thread(self._spool.write, self._in.open(sealed))
        except Exception as fault:  # noqa: BLE001 - this is the border of the machine
            return described(fault)
        return None

    async def run(self, sealed: bytes) -> bytes:
        """Runs a command and returns its code, or what it failed with."""
        try:
            order = self._in.open_json(sealed)
            await asyncio.to_thread(self._arriving.close)
            command, given = received(order, self._room, installed)
            before = await asyncio.to_thread(self._state, order)
            self._running = asyncio.create_task(run_limited(command, self._hear, given=given))
            answer: dict[str, Any] = {"code": await self._running}
            if answer["code"] == 0:
                answer["removed"] = await asyncio.to_thread(self._pack, order, before)
        except EarmarkError as failure:
            answer = {"failed": (failure.code, str(failure))}
        except Exception as fault:  # noqa: BLE001 - as above
            answer = {"failed": described(fault)}
        finally:
            self._running, self._over = None, True
            self._news.set()
        return self._out.close_json(answer)

    async def said(self) -> bytes:
        """Lines that the command has printed since, as soon as there are any, and whether those
        were the last."""
        await self._news.wait()
        if not self._over:
            self._news.clear()
        lines = list(self._said)
        self._said.clear()
        return self._lines.close_json([lines, self._over])

    async def give(self) -> bytes:
        """The next chunk of what has changed; empty after the last."""
        chunk = await asyncio.to_thread(next, self._leaving, b"")
        return self._out.close(chunk)

    async def close(self) -> None:
        """Ends the command, if it runs, with all of its processes, and removes everything."""
        if self._running is not None:
            with suppress(EarmarkError):
                await ended(self._running)
        self._leaving = iter(())
        await asyncio.to_thread(self._open.close)

    def _hear(self, line: str) -> None:
        self._said.append(line)
        self._news.set()

    def _state(self, order: Mapping[str, Any]) -> State:
        found: dict[str, tuple[int, int, int]] = {}
        for name in coming_back(order):
            (self._room / name).mkdir(mode=0o700, parents=True, exist_ok=True)
            found.update(state_of(name, self._room / name))
        return found

    def _pack(self, order: Mapping[str, Any], before: State) -> list[str]:
        """Makes ready what has changed; returns the names that are gone."""
        after = self._state(order)
        changed = {name for name, state in after.items() if before.get(name) != state}
        files = [
            (name, path)
            for place in coming_back(order)
            for name, path in tree(place, self._room / place)
            if name in changed
        ]
        self._leaving = pack(files, self._room)
        return sorted(before.keys() - after.keys())


def described(fault: Exception) -> tuple[str, str]:
    """The code and the sentence of an unexpected failure, with nothing of what it says."""
    number = fault.errno if isinstance(fault, OSError) else None
    failure = failure_of(type(fault).__name__, number, "")
    return failure.code, str(failure)
