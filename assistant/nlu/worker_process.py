"""One NLU worker as a child process: started, watched and ended."""

from __future__ import annotations

import asyncio
import os
import shutil
import signal
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import grpc

from assistant.errors import AssistantError, InterpreterUnavailable, SetupIncomplete
from assistant.nlu.interpreter import Interpretation
from assistant.nlu.rasa_interpreter import ConnectionLost, RasaInterpreter
from training_loop.children import environment_of_children

START_WITHIN_S = 60.0
STOP_WITHIN_S = 5.0
CHECK_EVERY_S = 5.0
MISSED_CHECKS = 3


class ModelRefused(AssistantError):
    """A model archive that is missing, damaged or not for NLU."""

    code = "MODEL_REFUSED"
    status = grpc.StatusCode.FAILED_PRECONDITION
    hint = "Train it again, or name another model."


@dataclass(frozen=True, slots=True, kw_only=True)
class ServedModel:
    """A model archive in service; `fingerprint` is its SHA-256, hexadecimal."""

    path: Path
    fingerprint: str


class WorkerProcess:
    """A running worker that has parsed its first texts. Made by `start`."""

    def __init__(
        self,
        process: asyncio.subprocess.Process,
        socket: Path,
        interpreter: RasaInterpreter,
    ) -> None:
        self._process = process
        self.socket = socket
        self._interpreter = interpreter
        self._started_s = time.monotonic()
        self._broken = asyncio.Event()
        self._open_requests = 0
        self._idle = asyncio.Event()
        self._idle.set()
        self.model = ServedModel(path=Path(), fingerprint="")

    @classmethod
    async def start(cls, python: Path, model: Path, *, deadline_s: float) -> WorkerProcess:
        """Returns once the worker has loaded exactly this archive and warmed up.

        Raises ModelRefused, SetupIncomplete without Rasa's environment, and
        InterpreterUnavailable when the worker does not come up.
        """
        directory = Path(tempfile.mkdtemp(prefix="earmark-nlu-"))
        socket = directory / "nlu.sock"
        try:
            process = await asyncio.create_subprocess_exec(
                *(str(python), "-I", "-W", "ignore", "-m", "assistant.nlu.worker"),
                *("--socket", str(socket), "--model", str(model)),
                stdin=asyncio.subprocess.PIPE,  # its end tells the worker that we have ended
                stdout=asyncio.subprocess.DEVNULL,
                env=environment_of_children(),
            )
        except OSError:
            shutil.rmtree(directory, ignore_errors=True)
            raise SetupIncomplete("Rasa's environment is not installed.") from None
        interpreter = RasaInterpreter(f"unix:{socket}", deadline_s=deadline_s)
        worker = cls(process, socket, interpreter)
        try:
            await worker._come_up()
        except BaseException:
            await worker.stop()
            raise
        return worker

    @property
    def pid(self) -> int:
        return self._process.pid

    @property
    def age_s(self) -> float:
        return time.monotonic() - self._started_s

    async def interpret(self, text: str) -> Interpretation:
        """As `Interpreter.interpret`; a lost connection also ends `lost`."""
        with self._request():
            try:
                return await self._interpreter.interpret(text)
            except ConnectionLost:
                self._broken.set()
                raise

    async def healthy(self) -> bool:
        return await self._interpreter.healthy()

    async def lost(self) -> None:
        """Returns when the process has ended, the connection broke or health checks failed."""
        signs = [
            asyncio.create_task(self._process.wait()),
            asyncio.create_task(self._broken.wait()),
            asyncio.create_task(self._stopped_answering()),
        ]
        try:
            await asyncio.wait(signs, return_when=asyncio.FIRST_COMPLETED)
        finally:
            await _cancel(*signs)

    async def retire(self, *, within_s: float) -> None:
        """Lets open requests end, then ends the process."""
        with suppress(TimeoutError):
            async with asyncio.timeout(within_s):
                await self._idle.wait()
        await self.stop()

    async def stop(self) -> None:
        """Ends the process, by force if it does not listen, and removes its socket."""
        if self._process.returncode is None:
            self._signal(signal.SIGTERM)
            try:
                async with asyncio.timeout(STOP_WITHIN_S):
                    await self._process.wait()
            except TimeoutError:
                self._signal(signal.SIGKILL)
                await self._process.wait()
        if self._process.stdin is not None:
            self._process.stdin.close()
        await self._interpreter.close()
        shutil.rmtree(self.socket.parent, ignore_errors=True)

    def _signal(self, number: signal.Signals) -> None:
        """Not through asyncio: on 3.11 its `terminate` may reap the child before its watcher."""
        with suppress(ProcessLookupError):
            os.kill(self._process.pid, number)

    async def _come_up(self) -> None:
        ended = asyncio.create_task(self._process.wait())
        healthy = asyncio.create_task(self._interpreter.became_healthy(within_s=START_WITHIN_S))
        try:
            await asyncio.wait((ended, healthy), return_when=asyncio.FIRST_COMPLETED)
            if ended.done():
                raise _not_started(ended.result())
            if not healthy.result():
                raise InterpreterUnavailable("The NLU worker did not come up in time.")
        finally:
            await _cancel(ended, healthy)
        described = await self._interpreter.model()
        self.model = ServedModel(path=Path(described.path), fingerprint=described.fingerprint)

    async def _stopped_answering(self) -> None:
        missed = 0
        while missed < MISSED_CHECKS:
            await asyncio.sleep(CHECK_EVERY_S)
            missed = 0 if await self.healthy() else missed + 1

    @contextmanager
    def _request(self) -> Iterator[None]:
        self._open_requests += 1
        self._idle.clear()
        try:
            yield
        finally:
            self._open_requests -= 1
            if not self._open_requests:
                self._idle.set()


def _not_started(exit_code: int) -> AssistantError:
    if exit_code == 3:  # assistant.nlu.worker.__main__.MODEL_REFUSED, of the other environment
        return ModelRefused("The model archive is missing, damaged or not for NLU.")
    return InterpreterUnavailable(f"The NLU worker ended while starting (exit {exit_code}).")


async def _cancel(*tasks: asyncio.Task[object]) -> None:
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
