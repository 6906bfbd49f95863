"""The `Synthesizer` made of espeak-ng: sentence by sentence, off the event loop."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from typing import Final

from assistant.speech.espeak import Espeak
from assistant.speech.sentences import sentences
from assistant.speech.synthesizer import SpeechChunk

MAX_CHUNK_BYTES: Final = 64 * 1024


class EspeakSynthesizer:
    """Speaks with one voice.

    The library says one sentence at a time, so one thread is all that helps; a sentence of several
    seconds takes it a few milliseconds.
    """

    def __init__(
        self, espeak: Espeak, *, voice: str = "en-us", rate_wpm: int = 165, pitch: int = 50
    ) -> None:
        self._espeak = espeak
        self._voice = voice
        self._rate_wpm = rate_wpm
        self._pitch = pitch
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="espeak")

    async def speak(self, text: str) -> AsyncIterator[SpeechChunk]:
        """See `Synthesizer.speak`. Raises what `Espeak.stream` raises."""
        loop = asyncio.get_running_loop()
        for number, sentence in enumerate(sentences(text)):
            speech = await loop.run_in_executor(self._thread, self._say, sentence)
            for start in range(0, len(speech), MAX_CHUNK_BYTES):
                yield SpeechChunk(
                    pcm=speech[start : start + MAX_CHUNK_BYTES],
                    sample_rate_hz=self._espeak.sample_rate_hz,
                    sentence=number,
                )

    def close(self) -> None:
        """Ends the thread; sentences that wait are dropped."""
        self._thread.shutdown(wait=True, cancel_futures=True)

    def _say(self, sentence: str) -> bytes:
        return self._espeak.say(
            sentence, voice=self._voice, rate_wpm=self._rate_wpm, pitch=self._pitch
        )
