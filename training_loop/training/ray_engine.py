"""Runs trainers' commands on the machines of a Ray cluster.

Ray itself is imported by a child process alone, `ray_driver`: see docs/decisions/1071-ray.md.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from training_loop.errors import EarmarkError
from training_loop.training.engine import EngineUnavailable
from training_loop.training.errors import DiskFull, OverLimit, TrainerKilled, TrainingFailed
from training_loop.training.limited_process import (
    OWN_PYTHON,
    LimitedCommand,
    Limits,
    run_limited,
)
from training_loop.training.rasa_command import RasaMissing
from training_loop.training.ray_command import places_of, written

WAITS_S = 900.0
"""Beyond the command's own time: for a free processor, and for what travels."""
STOPS_WITHIN_S = 15.0
SPREADS_FROM_S = 10.0
"""About what it takes to connect and to have Ray Data begin."""

_DRIVER = "training_loop.training.ray_driver"
_CARRY_OUT = f"{_DRIVER}:carry_out"
_EACH = "training_loop.training.ray_data:each_of"
_LIMITS = Limits(memory_bytes=1 << 46, cpu_s=7 * 24 * 3600, nice=0)
"""Of the child: Ray maps its whole object store, and the trainer's own limits hold elsewhere."""

_FAILURES: Mapping[str, type[EarmarkError]] = {
    one.code: one
    for one in (DiskFull, EngineUnavailable, OverLimit, RasaMissing, TrainerKilled, TrainingFailed)
}


class RayEngine:
    """An Engine. `address` as in `engine_for`, `spreads_from_s` as in `Spreads`."""

    def __init__(self, address: str = "", *, spreads_from_s: float = SPREADS_FROM_S) -> None:
        self.address = address
        self.spreads_from_s = spreads_from_s

    async def run(
        self,
        command: LimitedCommand,
        on_line: Callable[[str], None],
        *,
        given: bytes = b"",
    ) -> int:
        """As `Engine.run`. The command's files travel sealed, and nothing of them stays."""
        listener = _Listener(on_line)
        job = {
            "do": _CARRY_OUT,
            "address": self.address,
            "order": written(command, given),
            "home": _home(command),
            "sources": [[place.name, str(place.path)] for place in places_of(command)],
        }
        await run_driver(
            job,
            listener.hear,
            workspace=command.workspace,
            within_s=command.limits.within_s + WAITS_S,
        )
        return listener.code()

    async def each(
        self,
        work: str,
        arguments: Mapping[str, Any],
        items: Sequence[Path],
        *,
        workspace: Path,
        reads: tuple[Path, ...],
        limits: Limits,
        progress: Callable[[int], None],
    ) -> list[Any]:
        """As `Spreads.each`: each worker of the cluster loads the work once."""
        listener = _Listener(lambda _: None, progress)
        shape = LimitedCommand(
            program=OWN_PYTHON,
            arguments=(work,),
            workspace=workspace,
            environment={},
            reads=reads,
            limits=limits,
        )
        job = {
            "do": _EACH,
            "address": self.address,
            "order": written(shape, json.dumps(arguments).encode()),
            "home": _home(shape),
            "sources": [
                [place.name, str(place.path)]
                for place in places_of(shape)
                if not place.comes_back  # of the workspace, the items alone
            ],
            "items": [str(path) for path in items],
        }
        await run_driver(
            job, listener.hear, workspace=workspace, within_s=limits.within_s + WAITS_S
        )
        return listener.results(len(items))


async def run_driver(
    job: Mapping[str, Any],
    on_line: Callable[[str], None],
    *,
    workspace: Path,
    within_s: float,
) -> None:
    """Runs a child that knows the cluster. Cancelled, it returns when that has cleaned up there."""
    command = LimitedCommand(
        program=OWN_PYTHON,
        arguments=("-m", _DRIVER),
        workspace=workspace,
        environment=_environment(),
        limits=Limits(
            memory_bytes=_LIMITS.memory_bytes, cpu_s=_LIMITS.cpu_s, nice=0, within_s=within_s
        ),
        stops_within_s=STOPS_WITHIN_S,
    )
    await run_limited(command, on_line, given=json.dumps(job).encode())


def event_of(line: str) -> Mapping[str, Any]:
    """What a child that knows the cluster says in a line; empty for what others print there."""
    with suppress(ValueError):
        event = json.loads(line)
        if isinstance(event, dict):
            return event
    return {}


def failure_told(told: tuple[str, str]) -> EarmarkError:
    """The error of a code and a sentence that came back."""
    code, why = told
    return _FAILURES.get(code, TrainingFailed)(why)


def _home(command: LimitedCommand) -> str:
    return str(command.workspace.absolute())


def _environment() -> dict[str, str]:
    ray = {name: value for name, value in os.environ.items() if name.startswith("RAY_")}
    return {**ray, "RAY_USAGE_STATS_ENABLED": "0", "PYTHONUNBUFFERED": "1"}


class _Listener:
    def __init__(
        self, on_line: Callable[[str], None], on_done: Callable[[int], None] = lambda _: None
    ) -> None:
        self._on_line = on_line
        self._on_done = on_done
        self._code: int | None = None
        self._results: list[Any] = []
        self._failed: tuple[str, str] | None = None

    def hear(self, line: str) -> None:
        event = event_of(line)
        if "line" in event:
            self._on_line(event["line"])
        elif "done" in event:
            self._on_done(event["done"])
        elif "result" in event:
            self._results.append(event["result"])
        elif "code" in event:
            self._code = event["code"]
        elif "failed" in event:
            self._failed = event["failed"]

    def code(self) -> int:
        if self._failed is not None:
            raise failure_told(self._failed)
        if self._code is None:
            raise TrainingFailed("The process that knows the cluster ended early.")
        return self._code

    def results(self, items: int) -> list[Any]:
        self.code()
        if len(self._results) != items:
            raise TrainingFailed("Some items came back without a result.")
        return self._results
