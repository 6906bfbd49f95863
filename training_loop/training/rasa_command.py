"""Runs the `rasa` command line of Rasa's own environment as a child process.

Rasa's output can hold what people said, so none of it is kept: only the names of components and
of a failure's exception are read from it.
"""

from __future__ import annotations

import asyncio
import os
import re
import shlex
import signal
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import platformdirs

from training_loop.children import environment_of_children
from training_loop.errors import TrainingLoopError

COMMAND_VARIABLE = "EARMARK_RASA_COMMAND"
HOME_VARIABLE = "EARMARK_HOME"
MAX_LINE = 1 << 20
STOP_WITHIN_S = 5.0
NICENESS = 5
"""Training yields to recognition on the same cores."""

_COMPONENT = re.compile(r"Starting to train component '(?P<name>\w+)'")
_EXCEPTION = re.compile(r"^(?:\w+\.)*(?P<name>\w+(?:Error|Exception|Failure|Interrupt))\b")

Progress = Callable[[str], None]
"""Told the name of each component as its training starts."""


class RasaMissing(TrainingLoopError):
    code = "RASA_MISSING"
    hint = f"Run `assistant setup`, or name Rasa's command in {COMMAND_VARIABLE}."


class RasaFailed(TrainingLoopError):
    code = "TRAINING_FAILED"
    hint = "Check the project with `rasa data validate`; reviewed texts are not shown in logs."


@dataclass(frozen=True, slots=True, kw_only=True)
class RasaCommand:
    """The words that start Rasa, for example `("/opt/rasa/bin/rasa-lean",)`."""

    words: tuple[str, ...]

    @staticmethod
    def locate(environment: Mapping[str, str] | None = None) -> RasaCommand:
        """The configured command, else the one that set-up installs. Raises RasaMissing."""
        environment = os.environ if environment is None else environment
        if configured := environment.get(COMMAND_VARIABLE):
            return RasaCommand(words=tuple(shlex.split(configured)))
        home = environment.get(HOME_VARIABLE)
        root = Path(home) if home else platformdirs.user_data_path("earmark")
        command = root.expanduser().absolute() / "rasa" / "bin" / "rasa-lean"
        if not command.exists():
            raise RasaMissing("Rasa's environment is not set up.")
        return RasaCommand(words=(str(command),))

    async def run(
        self,
        arguments: Sequence[str],
        *,
        workspace: Path,
        seed: int,
        timeout_s: float,
        progress: Progress = lambda _: None,
    ) -> None:
        """Runs to the end inside `workspace`, in a process group of its own.

        Raises RasaMissing when it cannot start and RasaFailed when it fails or takes longer than
        `timeout_s`. When cancelled, the whole group has ended before this returns.
        """
        child = await self._start(arguments, workspace, seed)
        reader = _OutputReader(progress)
        try:
            async with asyncio.timeout(timeout_s):
                await reader.read(child)
                code = await child.wait()
        except TimeoutError as fault:
            raise RasaFailed(f"Rasa took longer than {timeout_s:.0f} s.") from fault
        finally:
            await _end(child)
        if code:
            failure = f" with {reader.exception}" if reader.exception else ""
            raise RasaFailed(f"`rasa {' '.join(arguments[:2])}` failed{failure} (exit {code}).")

    async def _start(
        self, arguments: Sequence[str], workspace: Path, seed: int
    ) -> asyncio.subprocess.Process:
        try:
            child = await asyncio.create_subprocess_exec(
                *self.words,
                *arguments,
                cwd=workspace,
                env=_child_environment(workspace, seed),
                stdin=asyncio.subprocess.DEVNULL,
                stdout=asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.STDOUT,
                limit=MAX_LINE,
                start_new_session=True,
            )
        except OSError as fault:
            raise RasaMissing("Rasa's command cannot be started.") from fault
        with suppress(OSError):
            os.setpriority(os.PRIO_PGRP, child.pid, NICENESS)
        return child


def _child_environment(workspace: Path, seed: int) -> dict[str, str]:
    """Keeps whatever Rasa writes for itself inside the workspace."""
    temporary = workspace / "tmp"
    temporary.mkdir(mode=0o700, exist_ok=True)
    return {
        **environment_of_children(),
        "RASA_TELEMETRY_ENABLED": "false",
        "RASA_CACHE_DIRECTORY": str(workspace / "cache"),
        "TMPDIR": str(temporary),
        "PYTHONHASHSEED": str(seed),
        "NO_COLOR": "1",
    }


class _OutputReader:
    """Reads everything, keeps next to nothing."""

    def __init__(self, progress: Progress) -> None:
        self._progress = progress
        self.exception = ""

    async def read(self, child: asyncio.subprocess.Process) -> None:
        assert child.stdout is not None
        while True:
            try:
                line = await child.stdout.readline()
            except ValueError:  # a line over the limit: it was dropped
                continue
            if not line:
                return
            self._look_at(line.decode(errors="replace"))

    def _look_at(self, line: str) -> None:
        if component := _COMPONENT.search(line):
            self._progress(component["name"])
        elif exception := _EXCEPTION.match(line):
            self.exception = exception["name"]


async def _end(child: asyncio.subprocess.Process) -> None:
    """Ends the whole group, politely first."""
    if child.returncode is not None:
        return
    _signal_group(child, signal.SIGTERM)
    try:
        async with asyncio.timeout(STOP_WITHIN_S):
            await child.wait()
    except TimeoutError:
        _signal_group(child, signal.SIGKILL)
        await child.wait()


def _signal_group(child: asyncio.subprocess.Process, number: signal.Signals) -> None:
    with suppress(ProcessLookupError):
        os.killpg(child.pid, number)
