"""Recognisers that are made once and lent to one utterance at a time."""

from __future__ import annotations

import threading

import grpc
import vosk

from assistant.asr.vosk_recognizer import VoskRecognizer
from assistant.errors import AssistantError

RETIRE_AFTER_S = 1_800.0
"""Vosk adds up a recogniser's samples in 32 bits and its times in a float: start afresh."""
_WARMING = bytes(2 * 1_600)


class RecognizersBusy(AssistantError):
    """More people speak at once than recognisers may be lent."""

    code = "RECOGNIZERS_BUSY"
    status = grpc.StatusCode.RESOURCE_EXHAUSTED
    hint = "Try again in a moment."


class RecognizerPool:
    """Lends at most `most_lent` recognisers over one shared model, keeps `most_idle` warm.

    Making one costs as much as decoding a short request, so they are reused; each holds about
    5 MB, so idle ones are bounded. Thread-safe.

    Whoever may still borrow attaches first. After `retire`, the model is let go of with the last
    that detaches, on the thread that does: freeing one takes milliseconds.
    """

    def __init__(
        self, model: vosk.Model, *, alternatives: int = 5, most_lent: int = 64, most_idle: int = 8
    ) -> None:
        self._model: vosk.Model | None = model
        self._alternatives = alternatives
        self._most_lent = most_lent
        self._most_idle = most_idle
        self._idle: list[VoskRecognizer] = []
        self._lent = 0
        self._attached = 0
        self._retired = False
        self._lock = threading.Lock()

    @property
    def lent(self) -> int:
        return self._lent

    @property
    def idle(self) -> int:
        return len(self._idle)

    @property
    def freed(self) -> bool:
        """Retired, and nobody has anything of it any more."""
        return self._model is None

    def attach(self) -> None:
        """Keeps the model until `detach`."""
        with self._lock:
            self._attached += 1

    def detach(self) -> None:
        with self._lock:
            self._attached -= 1
        self._free_if_left()

    def warm(self, count: int) -> None:
        """Makes recognisers ahead, each with a model's first decoding behind it. Blocking."""
        made = [self.borrow() for _ in range(min(count, self._most_idle, self._most_lent))]
        for recognizer in made:
            recognizer.accept(_WARMING)
            recognizer.final()
        for recognizer in made:
            self.give_back(recognizer)

    def retire(self) -> None:
        """Another pool took over: those who are attached finish here, nothing is kept for later."""
        with self._lock:
            self._retired = True
        self._free_if_left()

    def borrow(self) -> VoskRecognizer:
        """Raises RecognizersBusy when all are lent, or the pool's model is gone."""
        with self._lock:
            if self._lent >= self._most_lent:
                raise RecognizersBusy("All recognisers are in use.")
            if (model := self._model) is None:
                raise RecognizersBusy("The speech model was replaced.")
            self._lent += 1
            recognizer = self._idle.pop() if self._idle else None
        if recognizer is not None:
            return recognizer
        try:
            return VoskRecognizer(model, alternatives=self._alternatives)
        except BaseException:
            with self._lock:
                self._lent -= 1
            raise

    def give_back(self, recognizer: VoskRecognizer) -> None:
        """Forgets what it heard before anybody else can borrow it."""
        recognizer.reset()
        with self._lock:
            self._lent -= 1
            keep = not self._retired and recognizer.heard_s < RETIRE_AFTER_S
            if keep and len(self._idle) < self._most_idle:
                self._idle.append(recognizer)

    def close(self) -> None:
        """Lets go of the idle ones."""
        with self._lock:
            self._idle.clear()

    def _free_if_left(self) -> None:
        with self._lock:
            if not self._retired or self._attached:
                return
            model, self._model = self._model, None
            idle, self._idle = self._idle, []
        del idle, model  # outside the lock: it is here that the memory is freed
