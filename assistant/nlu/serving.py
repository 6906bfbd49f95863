"""The interpreter of a running assistant: a supervised worker whose model can be swapped."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Coroutine
from pathlib import Path

from assistant.errors import AssistantError, InterpreterUnavailable
from assistant.home import Home
from assistant.nlu.interpreter import Interpretation
from assistant.nlu.rasa_interpreter import ConnectionLost
from assistant.nlu.text import clean
from assistant.nlu.worker_process import ServedModel, WorkerProcess
from training_loop.background import ended

_STABLE_AFTER_S = 30.0
_LONGEST_PAUSE_S = 10.0

logger = logging.getLogger(__name__)


class NluService:
    """An Interpreter around a worker of its own, to be used within one event loop.

    A worker that dies is replaced, with growing pauses if it keeps dying; requests that come in
    between wait for the new one within their deadline. The one that was on its way fails.
    """

    def __init__(self, home: Home, *, deadline_s: float = 5.0) -> None:
        self._python = home.rasa_python
        self._deadline_s = deadline_s
        self._worker: WorkerProcess | None = None
        self._model: ServedModel | None = None
        self._serving = asyncio.Event()
        self._changing = asyncio.Lock()
        self._guard: asyncio.Task[None] | None = None
        self._ending: set[asyncio.Task[None]] = set()
        self._short_lives = 0

    async def start(self, model: Path) -> ServedModel:
        """Serves a model archive. Raises ModelRefused, SetupIncomplete, InterpreterUnavailable."""
        return await self.swap(model)

    async def swap(self, model: Path) -> ServedModel:
        """Puts another model into service without failing a request; returns once it serves.

        Requests on their way end with the model they began with. Raises ModelRefused or
        InterpreterUnavailable, and then the model before stays in service.
        """
        async with self._changing:
            before = self._worker
            fresh = await self._start_worker(model)
            self._install(fresh)
            if before is not None:
                self._end(before.retire(within_s=self._deadline_s))
            return fresh.model

    def current(self) -> ServedModel:
        """The model in service, or about to be again when its worker was lost.

        Raises InterpreterUnavailable before the first `start`.
        """
        if self._model is None:
            raise InterpreterUnavailable("No model was started.")
        return self._model

    async def interpret(self, text: str) -> Interpretation:
        """As `Interpreter.interpret`."""
        text = clean(text)
        try:
            async with asyncio.timeout(self._deadline_s):
                return await self._ask(await self._available(), text)
        except TimeoutError:
            raise InterpreterUnavailable("The language understanding took too long.") from None

    async def healthy(self) -> bool:
        worker = self._worker
        return worker is not None and self._serving.is_set() and await worker.healthy()

    async def close(self) -> None:
        """Ends every worker; requests on their way fail."""
        await self._stop_guarding()  # it may hold the lock while it starts a worker
        async with self._changing:
            await self._stop_guarding()
            self._serving.clear()
            if self._worker is not None:
                await self._worker.stop()
        await asyncio.gather(*self._ending)

    async def _available(self) -> WorkerProcess:
        while self._worker is None or not self._serving.is_set():
            await self._serving.wait()
        return self._worker

    async def _ask(self, worker: WorkerProcess, text: str) -> Interpretation:
        try:
            return await worker.interpret(text)
        except ConnectionLost:
            self._take_out(worker)
            raise

    async def _start_worker(self, model: Path) -> WorkerProcess:
        return await WorkerProcess.start(self._python, model, deadline_s=self._deadline_s)

    def _install(self, worker: WorkerProcess) -> None:
        """Atomic: nothing awaits between the old worker's last request and the new one's first."""
        if self._guard is not None and self._guard is not asyncio.current_task():
            self._guard.cancel()
        self._worker, self._model = worker, worker.model
        self._serving.set()
        self._guard = asyncio.create_task(self._watch(worker))

    async def _watch(self, worker: WorkerProcess) -> None:
        await worker.lost()
        self._take_out(worker)
        self._short_lives = 0 if worker.age_s > _STABLE_AFTER_S else self._short_lives + 1
        logger.warning("the NLU worker was lost; starting another")
        self._end(worker.stop())
        while not self._serving.is_set():
            await asyncio.sleep(_pause_s(self._short_lives))
            await self._start_again()

    async def _start_again(self) -> None:
        async with self._changing:
            if self._serving.is_set():  # a swap came first
                return
            try:
                self._install(await self._start_worker(self.current().path))
            except AssistantError as failure:
                self._short_lives += 1
                logger.error("the NLU worker did not start: %s", failure.code)  # noqa: TRY400

    def _take_out(self, worker: WorkerProcess) -> None:
        """New requests wait for the next worker."""
        if self._worker is worker:
            self._serving.clear()

    async def _stop_guarding(self) -> None:
        if self._guard is not None:
            await ended(self._guard)

    def _end(self, ending: Coroutine[None, None, None]) -> None:
        """Ends a worker in the background; `close` waits for it."""
        task = asyncio.create_task(ending)
        self._ending.add(task)
        task.add_done_callback(self._ending.discard)


def _pause_s(short_lives: int) -> float:
    """None after the first loss, then doubling."""
    return 0.0 if short_lives < 2 else min(_LONGEST_PAUSE_S, 0.25 * 2.0**short_lives)
