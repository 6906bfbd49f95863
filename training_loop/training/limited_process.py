"""A command of a trainer: in a process group of its own, under limits, read line by line.

What it prints can hold what people said, so nothing of it is kept: a reader is shown each line and
keeps what it knows to be harmless.
"""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
from collections.abc import AsyncIterable, AsyncIterator, Callable, Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path

from training_loop.children import environment_of_children
from training_loop.training.errors import OverLimit, TrainerKilled, TrainingFailed
from training_loop.training.process_use import ProcessUse

MAX_LINE = 1 << 20
STOP_WITHIN_S = 5.0
_KILLED_WITHIN_S = 2.0
_LOOK_EVERY_S = 0.005

_LAUNCH = Path(__file__).with_name("launch.py")
_MEBIBYTE = 1 << 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What one process of a trainer may use. Training yields to recognition on the same cores."""

    memory_bytes: int = 8192 * _MEBIBYTE
    """Of address space, which is more than what it keeps in memory."""
    cpu_s: int = 3600
    nice: int = 5
    within_s: float = 1800.0
    """On the clock."""
    keeps_bytes: int = 1024 * _MEBIBYTE
    """What is kept free for it where a cluster places it: what it is expected to keep in memory."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Program:
    """Something installed, wherever it is installed."""

    name: str
    """"python" (the one that runs this), "rasa", or "rasa-python"."""
    words: tuple[str, ...]
    """What starts it on this machine."""


OWN_PYTHON = Program(name="python", words=(sys.executable, "-P", "-s"))


@dataclass(frozen=True, slots=True, kw_only=True)
class LimitedCommand:
    """A program with what it is told, and everything of this machine that it touches.

    An argument, a value of the environment or a string of the JSON on its standard input that names
    a path names one in `workspace`, `reads` or `adds_to`, and nothing else.
    """

    program: Program
    arguments: tuple[str, ...]
    workspace: Path
    """Where it runs and writes."""
    environment: Mapping[str, str]
    """On top of what children of this process inherit."""
    reads: tuple[Path, ...] = ()
    """Files and directories outside of the workspace."""
    adds_to: tuple[Path, ...] = ()
    """Directories outside of the workspace that it writes into as well."""
    limits: Limits = Limits()
    stops_within_s: float | None = None
    """What it may take to end when it is asked to; `STOP_WITHIN_S` without."""


async def run_limited(
    command: LimitedCommand,
    on_line: Callable[[str], None],
    *,
    given: bytes | AsyncIterable[bytes] = b"",
) -> int:
    """Runs to the end and returns the exit code, 0 to 255. `given` comes on its standard input, as
    fast as it is read there. After what it printed comes one line more: `process_use.used_in`.

    Raises OverLimit, TrainerKilled when a signal ended it, and TrainingFailed when it cannot be
    started. Also when cancelled, the whole group has ended before this returns.
    """
    child = await _start(command)
    use = ProcessUse(child.pid)
    beside = [asyncio.create_task(_give(child, given)), asyncio.create_task(use.watch())]
    try:
        async with asyncio.timeout(command.limits.within_s):
            await _read(child, on_line)
            use.look()
            code = await child.wait()
    except TimeoutError as fault:
        raise OverLimit(f"The trainer took longer than {command.limits.within_s:.0f} s.") from fault
    finally:
        for task in beside:
            task.cancel()
        await _end_group(child, command.stops_within_s or STOP_WITHIN_S)
        await asyncio.gather(*beside, return_exceptions=True)
        on_line(use.line())
    if code == -signal.SIGXCPU:
        raise OverLimit(f"The trainer used more than {command.limits.cpu_s} s of processor time.")
    if code < 0:
        raise TrainerKilled(f"The trainer was ended by {signal.Signals(-code).name}.")
    return code


def private_environment(workspace: Path, seed: int) -> dict[str, str]:
    """Keeps whatever a trainer writes for itself inside the workspace, and chance in its seed."""
    temporary = workspace / "tmp"
    temporary.mkdir(mode=0o700, exist_ok=True)
    return {
        "TMPDIR": str(temporary),
        "PYTHONHASHSEED": str(seed),
        "PYTHONUNBUFFERED": "1",
        "NO_COLOR": "1",
        "OMP_NUM_THREADS": "1",
        "OPENBLAS_NUM_THREADS": "1",
    }


async def _start(command: LimitedCommand) -> asyncio.subprocess.Process:
    limits = json.dumps(asdict(command.limits))
    words = (
        *(sys.executable, "-I", "-S", str(_LAUNCH), limits, str(os.getpid())),
        *(*command.program.words, *command.arguments),
    )
    try:
        return await asyncio.create_subprocess_exec(
            *words,
            cwd=command.workspace,
            env={**environment_of_children(), **command.environment},
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
            limit=MAX_LINE,
            start_new_session=True,
        )
    except OSError as fault:
        raise TrainingFailed("The trainer cannot be started.") from fault


async def _give(child: asyncio.subprocess.Process, given: bytes | AsyncIterable[bytes]) -> None:
    assert child.stdin is not None
    try:
        with suppress(BrokenPipeError, ConnectionResetError):
            async for piece in _pieces(given):
                child.stdin.write(piece)
                await child.stdin.drain()
    finally:
        child.stdin.close()


async def _pieces(given: bytes | AsyncIterable[bytes]) -> AsyncIterator[bytes]:
    if isinstance(given, bytes):
        yield given
    else:
        async for piece in given:
            yield piece


async def _read(child: asyncio.subprocess.Process, on_line: Callable[[str], None]) -> None:
    assert child.stdout is not None
    while True:
        try:
            line = await child.stdout.readline()
        except ValueError:  # a line over the limit: it was dropped
            continue
        if not line:
            return
        on_line(line.decode(errors="replace"))


async def _end_group(child: asyncio.subprocess.Process, within_s: float) -> None:
    """Ends the whole group, politely first. What outlived its leader is killed."""
    if child.returncode is None:
        _signal_group(child, signal.SIGTERM)
        with suppress(TimeoutError):
            async with asyncio.timeout(within_s):
                await child.wait()
    _signal_group(child, signal.SIGKILL)
    await child.wait()
    with suppress(TimeoutError, ProcessLookupError):  # its children end a moment later
        async with asyncio.timeout(_KILLED_WITHIN_S):
            while True:
                os.killpg(child.pid, 0)
                await asyncio.sleep(_LOOK_EVERY_S)


def _signal_group(child: asyncio.subprocess.Process, number: signal.Signals) -> None:
    with suppress(ProcessLookupError):
        os.killpg(child.pid, number)
