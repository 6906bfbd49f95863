"""Lets a stream pass only after its wake word was verified, and says how clear the word was."""

from __future__ import annotations

from assistant.hearing.events import WakeVerified
from assistant.hearing.tape import SAMPLES_PER_MS
from assistant.wake.phrase_end import WakePhrase
from assistant.wake.verifier import WakeDetector, WakeVerifier

GRACE_MS = 400
"""The detector may answer this long after the pre-roll: the device's own is quicker."""
_FLUSH_MS = 300


class WakeGate:
    """Takes the pre-roll, then at most `GRACE_MS` more, and gives its verdict once.

    After a word was accepted it may be given the rest of that time, so that `score` is the one by
    which any other threshold would have decided.
    """

    def __init__(self, verifier: WakeVerifier, phrase: str, pre_roll_ms: int) -> None:
        self._verifier = verifier
        self._detector: WakeDetector | None = verifier.borrow(phrase)
        self._last_sample = (pre_roll_ms + GRACE_MS) * SAMPLES_PER_MS
        self._samples = 0
        self.heard: WakePhrase | None = None
        """The phrase, once accepted."""
        self.score = 0.0
        """The highest so far, 0 to 1."""

    def accept(self, pcm: bytes) -> WakeVerified | None:
        """The verdict as soon as there is one. 16 kHz samples."""
        if self._detector is None:
            return None
        if self._give(self._detector, pcm) or self._samples >= self._last_sample:
            return self._verdict(self._detector)
        return None

    def go_on(self, pcm: bytes) -> None:
        """What follows an accepted word; without effect when the time is over."""
        if self._detector is None:
            return
        if self._samples < self._last_sample:
            self._give(self._detector, pcm)
        if self._samples >= self._last_sample:
            self.release()

    def decide_now(self) -> WakeVerified | None:
        """The verdict on what was given: no more audio will come."""
        if self._detector is None:
            return None
        self._give(self._detector, bytes(2 * _FLUSH_MS * SAMPLES_PER_MS))
        return self._verdict(self._detector)

    def release(self) -> None:
        """Gives the detector back. Safe to call twice."""
        detector, self._detector = self._detector, None
        if detector is not None:
            self._verifier.give_back(detector)

    def _give(self, detector: WakeDetector, pcm: bytes) -> bool:
        self._samples += len(pcm) // 2
        heard = detector.accept(pcm)
        self.score = detector.score
        return heard

    def _verdict(self, detector: WakeDetector) -> WakeVerified:
        if detector.heard_at_ms is not None:
            self.heard = WakePhrase(phrase=detector.phrase, heard_at_ms=detector.heard_at_ms)
        return WakeVerified(accepted=detector.heard, score=detector.score, took_ms=detector.took_ms)
