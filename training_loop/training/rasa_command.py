"""Runs the `rasa` command line of Rasa's own environment as a child process.

Rasa's output can hold what people said, so none of it is kept: only the names of components and
of a failure's exception are read from it.
"""

from __future__ import annotations

import os
import re
import shlex
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import platformdirs

from training_loop.errors import TrainingLoopError
from training_loop.training.engine import LOCAL_ENGINE, Engine
from training_loop.training.errors import TrainingFailed
from training_loop.training.limited_process import (
    LimitedCommand,
    Limits,
    Program,
    private_environment,
)
from training_loop.training.logged_process import run_logged
from training_loop.training.trainer_process import failure_of

COMMAND_VARIABLE = "EARMARK_RASA_COMMAND"
HOME_VARIABLE = "EARMARK_HOME"

_COMPONENT = re.compile(r"Starting to train component '(?P<name>\w+)'")
_EXCEPTION = re.compile(r"^(?:\w+\.)*(?P<name>\w+(?:Error|Exception|Failure|Interrupt))\b")
_COLOUR = re.compile(r"\x1b\[[\d;]*m")
_NUMBER = re.compile(r"\[Errno (?P<number>\d+)\]")
_PARSED = re.compile(r"parsed (?P<number>\d+)$")
_NO_COMMAND = 127

Progress = Callable[[str], None]
"""Told the name of each component as its training starts."""


class RasaMissing(TrainingLoopError):
    code = "RASA_MISSING"
    hint = f"Run `assistant setup`, or name Rasa's command in {COMMAND_VARIABLE}."


class RasaFailed(TrainingFailed):
    hint = (
        "Check the project with `rasa data validate`; its log lies below logs/training of the "
        "state directory."
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class RasaCommand:
    """The words that start Rasa, for example `("/opt/rasa/bin/rasa-lean",)`."""

    words: tuple[str, ...]

    @property
    def program(self) -> Program:
        """Its command line."""
        return Program(name="rasa", words=self.words)

    @property
    def python(self) -> Program:
        """The interpreter of our own environment of Rasa."""
        python = str(Path(self.words[0]).with_name("python"))
        return Program(name="rasa-python", words=(python, "-I", "-W", "ignore"))

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
        limits: Limits | None = None,
        progress: Progress = lambda _: None,
        reads: tuple[Path, ...] = (),
        engine: Engine = LOCAL_ENGINE,
    ) -> None:
        """Runs to the end inside `workspace`, in a process group of its own, under limits.

        `reads` are the paths outside of it that the arguments name. Raises RasaMissing when it
        cannot start, DiskFull, OverLimit, TrainerKilled, EngineUnavailable, and RasaFailed for
        everything else. When cancelled, the whole group has ended before this returns.
        """
        command = LimitedCommand(
            program=self.program,
            arguments=tuple(arguments),
            workspace=workspace,
            environment=_environment(workspace, seed),
            reads=reads,
            limits=replace(limits or Limits(), within_s=timeout_s),
        )
        await _run(engine, command, " ".join(arguments[:2]), _OutputReader(progress))

    async def parse(
        self,
        archive: Path,
        texts: Path,
        parsed: Path,
        *,
        workspace: Path,
        timeout_s: float,
        limits: Limits | None = None,
        progress: Callable[[int], None] = lambda _: None,
        engine: Engine = LOCAL_ENGINE,
    ) -> None:
        """Parses each line of `texts` with a model, one after the other, into `parsed`.

        Both hold JSON lines, see `assistant.nlu.worker.parse_file`; `progress` is told how many are
        done. Needs our own environment of Rasa. Raises as `run` does.
        """
        command = LimitedCommand(
            program=self.python,
            arguments=(
                *("-m", "assistant.nlu.worker.parse_file", "--model", str(archive)),
                *("--texts", str(texts), "--out", str(parsed)),
            ),
            workspace=workspace,
            environment=_environment(workspace, 0),
            reads=() if archive.is_relative_to(workspace) else (archive,),
            limits=replace(limits or Limits(), within_s=timeout_s),
        )
        await _run(engine, command, "parsing", _OutputReader(lambda _: None, progress))


async def _run(engine: Engine, command: LimitedCommand, name: str, reader: _OutputReader) -> None:
    code = await run_logged(engine, command, reader.look_at)
    if code == 0:
        return
    if code == _NO_COMMAND:
        raise RasaMissing("Rasa's command cannot be started.")
    failure = failure_of(reader.exception, reader.number, "")
    if type(failure) is not TrainingFailed:
        raise failure
    named = f" with {reader.exception}" if reader.exception else ""
    raise RasaFailed(f"Rasa ({name}) failed{named} (exit {code}).")


def _environment(workspace: Path, seed: int) -> dict[str, str]:
    return {
        **private_environment(workspace, seed),
        "RASA_TELEMETRY_ENABLED": "false",
        "RASA_CACHE_DIRECTORY": str(workspace / "cache"),
    }


class _OutputReader:
    """Reads everything, keeps next to nothing."""

    def __init__(self, progress: Progress, parsed: Callable[[int], None] = lambda _: None) -> None:
        self._progress = progress
        self._parsed = parsed
        self.exception = ""
        self.number: int | None = None

    def look_at(self, line: str) -> None:
        line = _COLOUR.sub("", line.rstrip())
        if component := _COMPONENT.search(line):
            self._progress(component["name"])
        elif parsed := _PARSED.fullmatch(line):
            self._parsed(int(parsed["number"]))
        elif exception := _EXCEPTION.match(line):
            self.exception = exception["name"]
            if number := _NUMBER.search(line):
                self.number = int(number["number"])
