"""Decoding one utterance of a stream's tape, as often as it takes to get it right."""

from __future__ import annotations

from assistant.asr.nbest import transcript_of
from assistant.asr.recognizer import Transcript
from assistant.asr.recognizer_pool import RecognizerPool
from assistant.asr.vosk_recognizer import VoskRecognizer
from assistant.hearing.tape import SAMPLES_PER_MS, Tape
from assistant.wake.phrase_end import WakePhrase

_PHRASE_SETTLES_MS = 500
"""So much later the phrase's words no longer change, and can be left out of partials."""


class UtteranceDecoder:
    """Holds a recogniser only between `begin` and `conclude` or `release`.

    All times count from the beginning of the stream. Words of the stream's wake phrase and before
    it are left out of every text.
    """

    def __init__(self, recognizers: RecognizerPool, tape: Tape) -> None:
        self._recognizers = recognizers
        self._tape = tape
        self._recognizer: VoskRecognizer | None = None
        self._begin = 0
        self._position = 0
        self._shown = ""
        self._after_wake: WakePhrase | None = None
        self._shown_from = 0

    def begin(self, sample: int, wake_phrase: WakePhrase | None = None) -> None:
        """Starts at `sample`; `wake_phrase` may be heard there. Raises RecognizersBusy."""
        self._after_wake = wake_phrase
        self._shown_from = (
            (wake_phrase.expected_end_ms + _PHRASE_SETTLES_MS) * SAMPLES_PER_MS
            if wake_phrase
            else 0
        )
        self._begin = max(sample, self._tape.start)
        self._shown = ""
        self.again()

    def again(self) -> None:
        """Starts over from the same sample. Raises RecognizersBusy."""
        self.release()
        self._position = self._begin
        self._recognizer = self._recognizers.borrow()

    def decode(self, end: int) -> None:
        """Decodes up to sample `end`."""
        if self._recognizer is not None and end > self._position:
            self._recognizer.accept(self._tape.cut(self._position, end))
            self._position = end

    def changed_partial(self) -> str:
        """What is recognised so far, where it differs from the last time; else empty."""
        if self._recognizer is None or self._position < self._shown_from:
            return ""
        text = self._recognizer.partial()
        if self._after_wake:
            text = self._after_wake.strip(text)
        changed = text if text != self._shown else ""
        self._shown = text
        return changed

    def conclude(self) -> Transcript:
        """The final result; gives the recogniser back."""
        if self._recognizer is None:
            return Transcript(text="", confidence=0.0)
        offset_ms = self._begin // SAMPLES_PER_MS
        readings = [reading.later(offset_ms) for reading in self._recognizer.readings()]
        self.release()
        words_from_ms = (
            self._after_wake.end_ms(readings[0].words) if self._after_wake and readings else 0
        )
        return transcript_of(readings, words_from_ms)

    def release(self) -> None:
        """Gives the recogniser back, if one is held."""
        recognizer, self._recognizer = self._recognizer, None
        if recognizer is not None:
            self._recognizers.give_back(recognizer)
