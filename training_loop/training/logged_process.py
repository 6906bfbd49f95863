"""Runs a trainer's command and tells its training's log what is harmless of it."""

from __future__ import annotations

import json
import re
from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import Any

from training_loop.errors import EarmarkError
from training_loop.training.code_places import Place, module_of, told
from training_loop.training.engine import Engine
from training_loop.training.limited_process import LimitedCommand
from training_loop.training.process_use import used_in
from training_loop.training.trainer_log import TrainerLog, current, harmless_sentence, versions

_MEBIBYTE = 1 << 20
_OWN = "python"
_WORD = re.compile(r"[\w.:%/-]{0,64}")
_WORK = re.compile(r"[\w.]+:\w+")

_COMPONENT = re.compile(
    r".*\b(?P<does>Starting to train|Finished training) component '(?P<name>\w+)'\.?"
)
_CONFIGURED = re.compile(r"^\s*-\s*name:\s*[\"']?(?:\w+\.)*(?P<name>\w+)", re.MULTILINE)
_PARSED = re.compile(r"parsed (?P<number>\d{1,9})")
_TRACEBACK = "Traceback (most recent call last):"
_FRAME = re.compile(r'  File "(?P<file>[^"]+)", line (?P<line>\d{1,7}), in (?P<function>\S+)')
_CLASS = re.compile(r"^class (\w+)\(", re.MULTILINE)
_COLOUR = re.compile(r"\x1b\[[\d;]*m")
_EXCEPTION = re.compile(r"(?:\w+\.)*(?P<name>\w+)(?::.*)?")


async def run_logged(
    engine: Engine, command: LimitedCommand, on_line: Callable[[str], None], *, given: bytes = b""
) -> int:
    """As `Engine.run`, with what it was, what it used and how it ended in the log of the training
    that this task is part of, if there is one."""
    log = current()
    if log is None:
        return await engine.run(command, on_line, given=given)
    reader = _reader(log, command)
    reader.begins(type(engine).__name__)

    def hear(line: str) -> None:
        reader.look_at(line.rstrip())
        on_line(line)

    try:
        code = await engine.run(command, hear, given=given)
    except EarmarkError as failure:
        reader.ends(" ".join(filter(None, (failure.code, harmless_sentence(str(failure))))))
        raise
    except BaseException as fault:
        reader.ends(f"stopped by {type(fault).__name__}")
        raise
    reader.ends(f"exit {code}")
    return code


def _reader(log: TrainerLog, command: LimitedCommand) -> _Reader:
    return _OwnReader(log, command) if command.program.name == _OWN else _RasaReader(log, command)


class _Reader(ABC):
    """Tells of one process; lines are looked at and not kept."""

    def __init__(self, log: TrainerLog, command: LimitedCommand) -> None:
        self._log = log
        self._command = command
        self._number = log.next_process()
        self._used: tuple[float, int] | None = None

    def begins(self, engine: str) -> None:
        limits = self._command.limits
        self._tell(
            f"{self._name()} begins by {engine}; at most {limits.memory_bytes // _MEBIBYTE} MiB of "
            f"address space, {limits.cpu_s} s of processor time, {limits.within_s:.0f} s"
        )

    def look_at(self, line: str) -> None:
        if (used := used_in(line)) is not None:
            self._used = used

    def ends(self, how: str) -> None:
        cpu_s, peak_bytes = self._used or (0.0, 0)
        used = f"{cpu_s:.2f} s of processor time, {peak_bytes // _MEBIBYTE} MiB in memory at most"
        self._tell(f"ended: {how}")
        if self._used:
            self._tell(f"used {used}")

    @abstractmethod
    def _name(self) -> str:
        """Of the process, as the log may say it."""

    def _tell(self, what: str) -> None:
        self._log.tell(f"#{self._number} {what}")


class _OwnReader(_Reader):
    """Of `training_loop.training.work`: events with names and numbers."""

    _last: tuple[str, str, int] = ("", "", -1)

    def _name(self) -> str:
        work = self._command.arguments[-1]
        return work if _WORK.fullmatch(work) else "work"

    def look_at(self, line: str) -> None:
        super().look_at(line)
        with suppress(ValueError, KeyError, TypeError):
            event = json.loads(line)
            if "stage" in event:
                self._progress(event)
            elif "failed" in event:
                for kind, places in event["places"]:
                    self._log.traced(kind, places)

    def _progress(self, event: Any) -> None:
        """Once for each stage and detail, and for each tenth of it."""
        stage, detail, done = event["stage"], event["detail"], event["done"]
        if not (_WORD.fullmatch(stage) and _WORD.fullmatch(detail)):
            return
        now = (stage, detail, -1 if done is None else int(10 * float(done)))
        if now != self._last:
            self._last = now
            part = "" if done is None else f" {float(done):.0%}"
            self._tell(f"{stage} {detail}".strip() + part)


class _RasaReader(_Reader):
    """Of Rasa: components that its configuration names, how many texts were parsed, and tracebacks
    through what is installed."""

    def __init__(self, log: TrainerLog, command: LimitedCommand) -> None:
        super().__init__(log, command)
        self._components = _components_of(command)
        self._parsed = 0
        self._places: list[Place] | None = None
        log.tell(versions("rasa", _libraries_of(command)))

    def _name(self) -> str:
        if "parse_file" in " ".join(self._command.arguments[:2]):
            return "rasa: parsing"
        return "rasa: training"

    def look_at(self, line: str) -> None:
        super().look_at(line)
        line = _COLOUR.sub("", line)
        if component := _COMPONENT.fullmatch(line):
            if component["name"] in self._components:
                does = "begins" if component["does"].startswith("Starting") else "ends"
                self._tell(f"component {component['name']} {does}")
        elif parsed := _PARSED.fullmatch(line):
            self._parsed = int(parsed["number"])
        elif self._places is not None or line == _TRACEBACK:
            self._trace(line)
        elif (refused := _EXCEPTION.fullmatch(line)) and self._knows(refused["name"]):
            self._tell(f"refused with {refused['name']}")

    def ends(self, how: str) -> None:
        if self._parsed:
            self._tell(f"parsed {self._parsed}")
        super().ends(how)

    def _knows(self, exception: str) -> bool:
        return exception in _exceptions_in(_libraries_of(self._command))

    def _trace(self, line: str) -> None:
        if self._places is None or line == _TRACEBACK:
            self._places = []
        elif frame := _FRAME.fullmatch(line):
            self._places.append((module_of(frame["file"]), int(frame["line"]), frame["function"]))
        elif not line.startswith(" "):
            self._traced(self._places, _EXCEPTION.fullmatch(line))
            self._places = None

    def _traced(self, places: Sequence[Place], exception: re.Match[str] | None) -> None:
        """A name is believed behind a traceback through what is installed, and nowhere else."""
        libraries = tuple(filter(None, (_libraries_of(self._command),)))
        if exception and any(told(places, *libraries)):
            self._log.traced(exception["name"], places, *libraries)


def _components_of(command: LimitedCommand) -> frozenset[str]:
    words = command.arguments
    if "--config" not in words[:-1]:
        return frozenset()
    with suppress(OSError):
        config = Path(words[words.index("--config") + 1]).read_text()
        return frozenset(found["name"] for found in _CONFIGURED.finditer(config))
    return frozenset()


def _libraries_of(command: LimitedCommand) -> Path | None:
    """Where Rasa's environment has its packages; None where it is elsewhere."""
    root = Path(command.program.words[0]).parent.parent
    return next(iter(sorted(root.glob("lib/python3*/site-packages"))), None)


@cache
def _exceptions_in(libraries: Path | None) -> frozenset[str]:
    """Those of Rasa, which prints them without a traceback."""
    if libraries is None:
        return frozenset()
    sources = (libraries / "rasa").rglob("exceptions.py")
    return frozenset(name for path in sources for name in _CLASS.findall(path.read_text()))
