"""Decoding one utterance of a stream's tape, as often as it takes to get it right."""

from __future__ import annotations

from dataclasses import replace

from assistant.asr.recognizer import Transcript
from assistant.asr.recognizer_pool import RecognizerPool
from assistant.asr.vosk_recognizer import VoskRecognizer
from assistant.hearing.tape import SAMPLES_PER_MS, Tape
from training_loop.utterance import SpokenWord


class UtteranceDecoder:
    """Holds a recogniser only between `begin` and `conclude` or `release`."""

    def __init__(self, recognizers: RecognizerPool, tape: Tape) -> None:
        self._recognizers = recognizers
        self._tape = tape
        self._recognizer: VoskRecognizer | None = None
        self._begin = 0
        self._position = 0
        self._words_from_ms = 0
        self._shown = ""

    @property
    def active(self) -> bool:
        return self._recognizer is not None

    @property
    def begin_sample(self) -> int:
        return self._begin

    def begin(self, sample: int, *, words_from: int = 0) -> None:
        """Starts at `sample`; words whose middle lies before sample `words_from` don't count.

        Raises RecognizersBusy.
        """
        self._begin = self._position = max(sample, self._tape.start)
        self._words_from_ms = max(0, words_from - self._begin) // SAMPLES_PER_MS
        self._shown = ""
        self._take()

    def again(self) -> None:
        """Starts over from the same sample, after `conclude`. Raises RecognizersBusy."""
        self._position = self._begin
        self._take()

    def decode(self, end: int) -> None:
        """Decodes up to sample `end`."""
        if self._recognizer is not None and end > self._position:
            self._recognizer.accept(self._tape.cut(self._position, end))
            self._position = end

    def changed_partial(self) -> str:
        """What is recognised so far, where it differs from the last time; else empty."""
        if self._recognizer is None:
            return ""
        text = self._recognizer.partial(from_ms=self._words_from_ms)
        changed = text if text != self._shown else ""
        self._shown = text
        return changed

    @property
    def shown(self) -> str:
        """The last partial."""
        return self._shown

    def conclude(self) -> Transcript:
        """The final result, times from the beginning of the stream; gives the recogniser back."""
        if self._recognizer is None:
            return Transcript(text="", confidence=0.0)
        transcript = self._recognizer.final(from_ms=self._words_from_ms)
        self.release()
        offset_ms = self._begin // SAMPLES_PER_MS
        words = tuple(_later(word, offset_ms) for word in transcript.words)
        return replace(transcript, words=words)

    def release(self) -> None:
        """Gives the recogniser back, if one is held."""
        recognizer, self._recognizer = self._recognizer, None
        if recognizer is not None:
            self._recognizers.give_back(recognizer)

    def _take(self) -> None:
        if self._recognizer is None:
            self._recognizer = self._recognizers.borrow()


def _later(word: SpokenWord, offset_ms: int) -> SpokenWord:
    return replace(word, start_ms=word.start_ms + offset_ms, end_ms=word.end_ms + offset_ms)
