"""The device's own wake-word detector, openWakeWord.

The server checks the same sound with another detector, so a device may wake easily and still
not disturb anybody.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from pyopen_wakeword import Model, OpenWakeWord, OpenWakeWordFeatures

from device_sim.errors import DeviceError
from device_sim.pcm import CHUNK_MS, CHUNK_SAMPLES

PHRASES: Final = ("alexa", "hey_jarvis", "hey_mycroft", "okay_nabu")
HOLD_MS: Final = 1000
"""How much a sleeping device remembers."""
SETTLE_MS: Final = 160
"""How long the device goes on listening after the first high score.

openWakeWord often fires before the word has ended, the server's detector only after it: without
this the pre-roll can lack the word's last sound.
"""
_MEMORY_S: Final = 1.36
"""What the detector looks back on; so much silence makes it forget."""


class WakePhraseUnknown(DeviceError):
    code = "WAKE_PHRASE_UNKNOWN"
    hint = f"Choose from {', '.join(PHRASES)}."


@dataclass(frozen=True, slots=True, kw_only=True)
class WakeDetection:
    """What was heard; `score` 0 to 1 is the highest within the settling time."""

    phrase: str
    score: float


class Settling:
    """Turns scores into one detection each, `settle_ms` after the first high score.

    Free of clocks: it counts scored chunks of 80 ms.
    """

    def __init__(self, *, threshold: float = 0.5, settle_ms: int = SETTLE_MS) -> None:
        self._threshold = threshold
        self._wait = max(0, -(-settle_ms // CHUNK_MS))
        self._left: int | None = None
        self._best: WakeDetection | None = None
        self._spent = False

    def take(self, scores: Sequence[WakeDetection]) -> WakeDetection | None:
        """The scores of one chunk, one for each phrase.

        After a detection the scores have to fall before there can be another.
        """
        likeliest = max(scores, key=lambda score: score.score)
        high = likeliest.score >= self._threshold
        self._spent = self._spent and high
        if high and not self._spent:
            if self._best is None or likeliest.score > self._best.score:
                self._best = likeliest
            self._left = self._wait if self._left is None else self._left
        return self._settle()

    def reset(self) -> None:
        self._left, self._best, self._spent = None, None, False

    def _settle(self) -> WakeDetection | None:
        if self._left is None:
            return None
        if self._left > 0:
            self._left -= 1
            return None
        best = self._best
        self.reset()
        self._spent = True
        return best


class WakeDetector:
    """Listens for one or more phrases. Not thread-safe: one call at a time.

    An instance costs about a second to make and a fifth of real time to run.
    """

    def __init__(
        self,
        phrases: Sequence[str] = ("alexa",),
        *,
        threshold: float = 0.5,
        settle_ms: int = SETTLE_MS,
    ) -> None:
        """Raises WakePhraseUnknown."""
        for phrase in phrases:
            if phrase not in PHRASES:
                raise WakePhraseUnknown("no detector for that wake phrase")
        self._features = OpenWakeWordFeatures.from_builtin()
        self._models = {p: OpenWakeWord.from_builtin(Model(p)) for p in phrases}
        self._settling = Settling(threshold=threshold, settle_ms=settle_ms)
        self._rest = b""
        self.forget()

    def hear(self, chunk: bytes) -> WakeDetection | None:
        """The next sound, best in whole chunks; a detection once a wake word has settled."""
        self._rest += chunk
        step = CHUNK_SAMPLES * 2
        found: WakeDetection | None = None
        while len(self._rest) >= step:
            scores = self._scores(self._rest[:step])
            self._rest = self._rest[step:]
            found = self._settling.take(scores) or found
        return found

    def forget(self) -> None:
        """Makes it deaf to everything heard before, and ready for the next wake word."""
        self._rest = b""
        chunks = round(_MEMORY_S * 1000 / CHUNK_MS)
        quiet = np.zeros(CHUNK_SAMPLES, np.int16).tobytes()
        for _ in range(chunks):
            self._scores(quiet)
        self._settling.reset()

    def _scores(self, chunk: bytes) -> list[WakeDetection]:
        best = dict.fromkeys(self._models, 0.0)
        for features in self._features.process_streaming(chunk):
            for phrase, model in self._models.items():
                for score in model.process_streaming(features):
                    best[phrase] = max(best[phrase], score)
        return [WakeDetection(phrase=p, score=s) for p, s in best.items()]
