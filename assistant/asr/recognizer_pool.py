"""Recognisers that are made once and lent to one utterance at a time."""

from __future__ import annotations

import threading

import grpc
import vosk

from assistant.asr.vosk_recognizer import VoskRecognizer
from assistant.errors import AssistantError

RETIRE_AFTER_S = 1_800.0
"""Vosk adds up a recogniser's samples in 32 bits and its times in a float: start afresh."""


class RecognizersBusy(AssistantError):
    """More people speak at once than recognisers may be lent."""

    code = "RECOGNIZERS_BUSY"
    status = grpc.StatusCode.RESOURCE_EXHAUSTED
    hint = "Try again in a moment."


class RecognizerPool:
    """Lends at most `most_lent` recognisers over one shared model, keeps `most_idle` warm.

    Making one costs as much as decoding a short request, so they are reused; each holds about
    5 MB, so idle ones are bounded. Thread-safe.
    """

    def __init__(
        self, model: vosk.Model, *, alternatives: int = 5, most_lent: int = 64, most_idle: int = 8
    ) -> None:
        self._model = model
        self._alternatives = alternatives
        self._most_lent = most_lent
        self._most_idle = most_idle
        self._idle: list[VoskRecognizer] = []
        self._lent = 0
        self._lock = threading.Lock()

    @property
    def lent(self) -> int:
        return self._lent

    @property
    def idle(self) -> int:
        return len(self._idle)

    def borrow(self) -> VoskRecognizer:
        """Raises RecognizersBusy when all are lent."""
        with self._lock:
            if self._lent >= self._most_lent:
                raise RecognizersBusy("All recognisers are in use.")
            self._lent += 1
            recognizer = self._idle.pop() if self._idle else None
        if recognizer is not None:
            return recognizer
        try:
            return VoskRecognizer(self._model, alternatives=self._alternatives)
        except BaseException:
            with self._lock:
                self._lent -= 1
            raise

    def give_back(self, recognizer: VoskRecognizer) -> None:
        """Forgets what it heard before anybody else can borrow it."""
        recognizer.reset()
        with self._lock:
            self._lent -= 1
            if len(self._idle) < self._most_idle and recognizer.heard_s < RETIRE_AFTER_S:
                self._idle.append(recognizer)

    def close(self) -> None:
        """Lets go of the idle ones."""
        with self._lock:
            self._idle.clear()
