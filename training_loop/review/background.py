"""An event loop beside a keyboard: the main thread may wait for a person as long as it likes."""

from __future__ import annotations

import asyncio
import signal
import threading
from collections.abc import Callable, Coroutine, Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from typing import Any, Self, TypeVar

from training_loop.errors import TrainingLoopError

T = TypeVar("T")


class Background:
    """Runs coroutines on a thread of its own, between `with` and its end."""

    def __init__(self) -> None:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="background")

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def call(self, work: Coroutine[Any, Any, T]) -> T:
        """Waits for the result."""
        return self.start(work).result()

    def start(self, work: Coroutine[Any, Any, T]) -> Future[T]:
        return asyncio.run_coroutine_threadsafe(work, self._loop)


class ClipWithdrawn(TrainingLoopError):
    """The clip that is open was taken back by its speaker, or its lease ran out."""

    code = "CLIP_WITHDRAWN"


@contextmanager
def withdrawal_signal() -> Iterator[Withdrawal]:
    """For the main thread alone: lets another thread end what the keyboard is waited for in."""
    withdrawal = Withdrawal()
    before = signal.signal(signal.SIGUSR1, withdrawal.arrived)
    try:
        yield withdrawal
    finally:
        signal.signal(signal.SIGUSR1, before)


class Withdrawal:
    """Raises ClipWithdrawn in the main thread, and only while `armed`."""

    def __init__(self) -> None:
        self._armed = False
        self._main = threading.main_thread().ident

    @contextmanager
    def armed(self) -> Iterator[Callable[[], None]]:
        """Yields what another thread calls."""
        self._armed = True
        try:
            yield self._send
        finally:
            self._armed = False

    def arrived(self, *_: object) -> None:
        if self._armed:
            self._armed = False
            raise ClipWithdrawn("Its speaker took it back, or its lease ran out.")

    def _send(self) -> None:
        assert self._main is not None
        signal.pthread_kill(self._main, signal.SIGUSR1)
