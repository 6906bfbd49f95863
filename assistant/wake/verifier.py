"""The server's own look at the wake word, with another detector than the device's.

Devices wake with openWakeWord; the server verifies with microWakeWord, which fails on other
sounds. Where both agree, somebody said it.
"""

from __future__ import annotations

import threading
import time
from types import MappingProxyType

from pymicro_wakeword import MicroWakeWord, MicroWakeWordFeatures, Model

from assistant.errors import BadRequest

WAKE_PHRASES = MappingProxyType({model.value: model for model in Model})
"""The wake words there are detectors for: "alexa", "hey_jarvis", "hey_mycroft", "okay_nabu"."""


ACCEPT_FROM = 0.7
"""The score over which a wake word is believed, unless another one was chosen.

The device's detector has screened the audio, so the verifier may be milder than the models'
own thresholds (0.85 to 0.97), which are made for listening all day. On people's "alexa" 98.8 %
pass instead of 94.6 %, and still none of 961 clips of other wake words."""


class WakeDetector:
    """Listens for one phrase in one stream at a time. Not thread-safe."""

    def __init__(self, phrase: str) -> None:
        self.phrase = phrase
        self._word = MicroWakeWord.from_builtin(WAKE_PHRASES[phrase])
        self._features = MicroWakeWordFeatures()
        self._position_ms = 0
        self.accept_from = ACCEPT_FROM
        self.score = 0.0
        """The highest of all that was given: the phrase is believed by any lower threshold."""
        self.took_ms = 0.0
        self.heard_at_ms: int | None = None
        """Where in the given audio the phrase was recognised: near its end."""

    def accept(self, pcm: bytes) -> bool:
        """Takes 16 kHz samples; True once the phrase was heard."""
        began = time.perf_counter()
        for features in self._features.process_streaming(pcm):
            self._position_ms += 10
            probability = self._word.process_streaming_prob(features) or 0.0
            self.score = max(self.score, min(1.0, probability))
            if probability > self.accept_from and not self.heard:
                self.heard_at_ms = self._position_ms
        self.took_ms += (time.perf_counter() - began) * 1000
        return self.heard

    @property
    def heard(self) -> bool:
        return self.heard_at_ms is not None

    def reset(self) -> None:
        """Forgets everything heard."""
        self._word.reset()
        self._features.reset()
        self._position_ms = 0
        self.score = self.took_ms = 0.0
        self.heard_at_ms = None


class WakeVerifier:
    """Lends detectors, and forgets what they heard. Thread-safe."""

    def __init__(self, *, most_idle: int = 8) -> None:
        self.accept_from = ACCEPT_FROM
        """Of detectors that are lent from now on."""
        self._most_idle = most_idle
        self._idle: dict[str, list[WakeDetector]] = {phrase: [] for phrase in WAKE_PHRASES}
        self._lock = threading.Lock()

    def borrow(self, phrase: str) -> WakeDetector:
        """Raises BadRequest (UNKNOWN_WAKE_PHRASE) for a phrase without a detector."""
        if phrase not in WAKE_PHRASES:
            raise BadRequest(
                "UNKNOWN_WAKE_PHRASE",
                "There is no detector for this wake word.",
                hint=f"Use one of {', '.join(WAKE_PHRASES)}, or leave the wake word out.",
            )
        with self._lock:
            idle = self._idle[phrase]
            detector = idle.pop() if idle else None
        detector = detector or WakeDetector(phrase)
        detector.accept_from = self.accept_from
        return detector

    def give_back(self, detector: WakeDetector) -> None:
        detector.reset()
        with self._lock:
            if len(self._idle[detector.phrase]) < self._most_idle:
                self._idle[detector.phrase].append(detector)

    def close(self) -> None:
        with self._lock:
            for idle in self._idle.values():
                idle.clear()
