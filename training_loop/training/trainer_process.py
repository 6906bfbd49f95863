"""Runs a trainer's own Python work in a process of its own and listens to its events."""

from __future__ import annotations

import json
import logging
import re
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from errno import EDQUOT, ENOSPC
from pathlib import Path
from typing import Any

from training_loop.training.engine import LOCAL_ENGINE, Engine
from training_loop.training.errors import DiskFull, OverLimit, TrainingFailed
from training_loop.training.limited_process import (
    OWN_PYTHON,
    LimitedCommand,
    Limits,
    private_environment,
)
from training_loop.training.logged_process import run_logged
from training_loop.training.trainer import Progress, TrainingProgress, untold

_WORD = re.compile(r"[\w.:%/-]{0,64}")
"""What an event may say: names and numbers. A sentence does not fit."""

_FULL = frozenset({ENOSPC, EDQUOT})

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Cost:
    """What a process used."""

    cpu_s: float
    peak_bytes: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What the work returned, and what it cost."""

    result: Mapping[str, Any]
    cost: Cost


async def run_work(
    work: str,
    arguments: Mapping[str, Any],
    *,
    workspace: Path,
    seed: int,
    limits: Limits | None = None,
    progress: Progress = untold,
    reads: tuple[Path, ...] = (),
    adds_to: tuple[Path, ...] = (),
    engine: Engine = LOCAL_ENGINE,
) -> Outcome:
    """Runs `work`, named "package.module:function" (see `work.Work`), inside a workspace.

    `seed` is added to the arguments; `reads` and `adds_to` are the paths outside of the workspace
    that they name. Raises DiskFull, OverLimit, TrainerKilled, TrainingFailed and EngineUnavailable;
    cancelled, it returns when the process and all of its children have ended.
    """
    listener = _Listener(work.partition(":")[2], progress)
    command = LimitedCommand(
        program=OWN_PYTHON,
        arguments=("-m", "training_loop.training.work", work),
        workspace=workspace,
        environment=private_environment(workspace, seed),
        reads=reads,
        adds_to=adds_to,
        limits=limits or Limits(),
    )
    given = json.dumps({**arguments, "seed": seed}).encode()
    code = await run_logged(engine, command, listener.hear, given=given)
    if listener.outcome is not None and code == 0:
        return listener.outcome
    raise listener.failure(code)


def failure_of(kind: str, errno: int | None, place: str) -> TrainingFailed:
    """The error that tells a person about an exception in a trainer's process."""
    if errno in _FULL:
        return DiskFull("The disk is full.")
    if kind.endswith("MemoryError"):  # numpy has one of its own
        return OverLimit("The trainer wanted more memory than it may have.")
    where = f" at {place}" if place else ""
    return TrainingFailed(f"The trainer failed with {kind}{where}.")


class _Listener:
    def __init__(self, name: str, progress: Progress) -> None:
        self._name = name
        self._progress = progress
        self._failed: TrainingFailed | None = None
        self.outcome: Outcome | None = None

    def hear(self, line: str) -> None:
        """Takes one event; what is none, or says more than names and numbers, is dropped."""
        with suppress(ValueError, KeyError, TypeError):
            event = json.loads(line)
            if "stage" in event:
                self._told(event)
            elif "result" in event:
                cost = Cost(**event["cost"])
                self.outcome = Outcome(result=event["result"], cost=cost)
                _log.info("%s: %.1f s of processor time", self._name, cost.cpu_s)
            elif "failed" in event:
                failed = event["failed"]
                kind, place = _word(failed["kind"]), _word(failed["place"])
                self._failed = failure_of(kind, failed["errno"], place)

    def failure(self, code: int) -> TrainingFailed:
        return self._failed or TrainingFailed(f"The trainer ended early (exit {code}).")

    def _told(self, event: Mapping[str, Any]) -> None:
        done = event["done"]
        told = TrainingProgress(
            stage=_word(event["stage"]),
            done=None if done is None else min(1.0, max(0.0, float(done))),
            detail=_word(event["detail"]),
        )
        _log.debug("%s: %s %s", self._name, told.stage, told.detail)
        self._progress(told)


def _word(said: str) -> str:
    """Raises ValueError for anything longer than a name."""
    if not _WORD.fullmatch(said):
        raise ValueError("events hold names and numbers")
    return said
