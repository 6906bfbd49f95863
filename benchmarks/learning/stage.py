"""A server of its own with an empty state, and laps beside it: processes, as an operator has."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

_READY_WITHIN_S = 120.0
_STOPPED_WITHIN_S = 20.0


class DidNotStart(Exception):
    """The message is the end of the server's log."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    address: str
    state: Path
    operator_token: str = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class LapRun:
    """`exit_code` 0: everything was released; 3: the gate refused something."""

    exit_code: int
    took_s: float
    output: str = field(repr=False)


@asynccontextmanager
async def raised(directory: Path) -> AsyncIterator[Stage]:
    """`assistant serve` below `directory`. Reviews are prepared by the simulation, not beside it.

    Raises DidNotStart.
    """
    state, log = directory / "state", directory / "server.log"
    state.mkdir(parents=True)
    with log.open("wb") as output:
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "assistant.cli", "serve"),
            *("--listen", "127.0.0.1:0", "--state", str(state)),
            stdin=asyncio.subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            env={**os.environ, "EARMARK_PREPARER": "off"},
        )
    try:
        await _ready(process, state, log)
        yield Stage(
            address=(state / "address").read_text(),
            state=state,
            operator_token=(state / "operator.token").read_text().strip(),
        )
    finally:
        await _ended(process)


async def lap(stage: Stage, arguments: Sequence[str]) -> LapRun:
    """`training-loop` with these arguments on the stage's state, until it ends."""
    began = time.monotonic()
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "training_loop.cli", *arguments, "--state", str(stage.state)),
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
        env={**os.environ, "COLUMNS": "160"},
    )
    try:
        output, _ = await process.communicate()
    finally:
        await _ended(process)
    return LapRun(
        exit_code=process.returncode or 0,
        took_s=time.monotonic() - began,
        output=output.decode(errors="replace"),
    )


async def _ready(process: asyncio.subprocess.Process, state: Path, log: Path) -> None:
    try:
        async with asyncio.timeout(_READY_WITHIN_S):
            while not ((state / "address").exists() and (state / "address").read_text()):
                if process.returncode is not None:
                    raise DidNotStart(_end_of(log))
                await asyncio.sleep(0.05)
    except TimeoutError:
        raise DidNotStart(_end_of(log)) from None


def _end_of(log: Path) -> str:
    return log.read_text(errors="replace")[-2000:]


async def _ended(process: asyncio.subprocess.Process) -> None:
    """Asked first, killed when it does not listen."""
    if process.returncode is not None:
        return
    process.send_signal(signal.SIGTERM)
    try:
        async with asyncio.timeout(_STOPPED_WITHIN_S):
            await process.wait()
    except TimeoutError:
        process.kill()
        await process.wait()
