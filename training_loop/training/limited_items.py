"""One work in a limited process that is given items one after another, and loads once."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from training_loop.background import ended
from training_loop.errors import EarmarkError
from training_loop.training.errors import TrainingFailed
from training_loop.training.limited_process import (
    OWN_PYTHON,
    LimitedCommand,
    Limits,
    private_environment,
    run_limited,
)
from training_loop.training.process_use import used_in
from training_loop.training.trainer_process import failure_of

_PROCESS = "training_loop.training.each_process"
_OVER: Mapping[str, Any] = {}


class LimitedItems:
    """`work` as `each_item.EachWork`, in a process below `room`. Its limits hold for all items
    together, and whatever it does to its own memory leaves this process alone."""

    def __init__(
        self, work: str, arguments: Mapping[str, Any], *, room: Path, limits: Limits
    ) -> None:
        self._order = {"work": work, "arguments": dict(arguments)}
        self._command = LimitedCommand(
            program=OWN_PYTHON,
            arguments=("-m", _PROCESS),
            workspace=room,
            environment=private_environment(room, seed=0),
            limits=limits,
        )
        self._asked: asyncio.Queue[bytes] = asyncio.Queue(maxsize=1)
        self._told: asyncio.Queue[Mapping[str, Any]] = asyncio.Queue()
        """At most one answer for what was asked, and last that it is over."""
        self._failed: EarmarkError | None = None
        self._running: asyncio.Task[int] | None = None

    async def start(self) -> None:
        """Returns when the work has loaded what it needs. Raises as `answer`."""
        running = run_limited(self._command, self._hear, given=self._given())
        self._running = asyncio.create_task(running)
        self._running.add_done_callback(lambda _: self._told.put_nowait(_OVER))
        await self._event()

    async def answer(self, item: bytes) -> Any:
        """What the work makes of an item: a JSON value. Raises OverLimit, TrainerKilled, DiskFull
        and TrainingFailed; after the first failure the same for every further item."""
        if self._failed is None:
            await self._asked.put(item)
        return (await self._event())["answer"]

    async def end(self) -> None:
        """Returns when the process has ended."""
        if self._running is not None:
            with suppress(EarmarkError):
                await ended(self._running)

    async def _given(self) -> AsyncIterator[bytes]:
        yield json.dumps(self._order).encode() + b"\n"
        while True:
            item = await self._asked.get()
            yield b"%d\n" % len(item) + item

    def _hear(self, line: str) -> None:
        if used_in(line) is None:
            self._told.put_nowait(json.loads(line))

    async def _event(self) -> Mapping[str, Any]:
        if self._failed is None:
            told = await self._told.get()
            if "failed" not in told and told is not _OVER:
                return told
            self._failed = await self._why(told)
        raise self._failed

    async def _why(self, told: Mapping[str, Any]) -> EarmarkError:
        if "failed" in told:
            return failure_of(**told["failed"])
        assert self._running is not None
        try:
            return TrainingFailed(f"The trainer ended early (exit {await self._running}).")
        except EarmarkError as failure:
            return failure
