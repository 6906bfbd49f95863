"""An NLU model on trial: a worker of its own beside the one in service."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path

from assistant.errors import AssistantError, BadRequest
from assistant.nlu.interpreter import Interpretation, Interpreter
from assistant.nlu.worker_process import WorkerProcess
from training_loop.registry.registry import ServingModel

DEADLINE_S = 1.0
"""A candidate is not waited for as long as the model in service."""
MOST_WAITING = 4
"""A shadow that has so much to do sees nothing more until it has done some of it."""


class NluCandidate:
    """Made by `load`."""

    def __init__(self, worker: WorkerProcess) -> None:
        self._worker = worker
        self._comparing: set[asyncio.Task[None]] = set()

    @staticmethod
    async def load(python: Path, model: ServingModel) -> NluCandidate:
        """Raises ModelRefused, SetupIncomplete and InterpreterUnavailable."""
        return NluCandidate(await WorkerProcess.start(python, model.path, deadline_s=DEADLINE_S))

    async def interpret(self, text: str) -> Interpretation:
        """As `Interpreter.interpret`."""
        return await self._worker.interpret(text)

    def compare(self, text: str, done: Callable[[Interpretation | None], None]) -> bool:
        """Interprets in the background and hands on the result, None for a failure. False when
        there is too much to do already."""
        if len(self._comparing) >= MOST_WAITING:
            return False
        task = asyncio.create_task(self._compare(text, done))
        self._comparing.add(task)
        task.add_done_callback(self._comparing.discard)
        return True

    async def _compare(self, text: str, done: Callable[[Interpretation | None], None]) -> None:
        try:
            done(await self._worker.interpret(text))
        except AssistantError:
            done(None)

    async def lost(self) -> None:
        await self._worker.lost()

    async def close(self) -> None:
        for task in self._comparing:
            task.cancel()
        await asyncio.gather(*self._comparing, return_exceptions=True)
        await self._worker.retire(within_s=DEADLINE_S)


class CanaryInterpreter:
    """An Interpreter: the candidate's answer, or that of the model in service where it fails."""

    def __init__(
        self,
        candidate: NluCandidate,
        serving: Interpreter,
        failed: Callable[[str], None],
    ) -> None:
        self._candidate = candidate
        self._serving = serving
        self._failed = failed

    async def interpret(self, text: str) -> Interpretation:
        """As `Interpreter.interpret`; `failed` is told a candidate's failure."""
        try:
            return await self._candidate.interpret(text)
        except BadRequest:
            raise
        except AssistantError as fault:
            self._failed(fault.code)
            return await self._serving.interpret(text)

    async def healthy(self) -> bool:
        return await self._serving.healthy()

    async def close(self) -> None:
        """Both belong to somebody else."""
