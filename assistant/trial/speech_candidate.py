"""A speech model on trial: recognisers of its own beside those in service."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

from assistant.asr.recognizer_pool import RecognizerPool
from assistant.hearing.ears import Ears
from training_loop.registry.registry import ServingModel

MOST_WAITING = 2
"""A shadow hears one utterance at a time on a thread of its own, and leaves out what comes while
so many wait."""


class SpeechCandidate:
    """Made by `load`."""

    def __init__(self, recognizers: RecognizerPool) -> None:
        self.recognizers = recognizers
        self._executor = ThreadPoolExecutor(1, thread_name_prefix="shadow")
        self._waiting = 0
        self._never = asyncio.Event()
        recognizers.attach()

    @staticmethod
    async def load(ears: Ears, model: ServingModel) -> SpeechCandidate:
        """Raises SpeechModelUnusable."""
        return SpeechCandidate(await asyncio.to_thread(ears.load, model.path))

    def compare(self, pcm: bytes, done: Callable[[str], None]) -> bool:
        """Decodes an utterance in the background and hands on its text. False when there is too
        much to do already."""
        if self._waiting >= MOST_WAITING:
            return False
        self._waiting += 1
        hearing = asyncio.get_running_loop().run_in_executor(self._executor, self._hear, pcm)

        def heard(result: asyncio.Future[str]) -> None:
            self._waiting -= 1
            if not result.cancelled() and result.exception() is None:
                done(result.result())

        hearing.add_done_callback(heard)
        return True

    def _hear(self, pcm: bytes) -> str:
        recognizer = self.recognizers.borrow()
        try:
            recognizer.accept(pcm)
            return recognizer.final().text
        finally:
            self.recognizers.give_back(recognizer)

    async def lost(self) -> None:
        """It is in this process: nothing takes it away."""
        await self._never.wait()

    async def close(self) -> None:
        """Streams that it hears finish on it."""
        await asyncio.to_thread(self._end)

    def _end(self) -> None:
        self._executor.shutdown(cancel_futures=True)
        self.recognizers.retire()
        self.recognizers.detach()
