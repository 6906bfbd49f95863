"""The recogniser port on Vosk."""

from __future__ import annotations

import json
from typing import Any

import vosk

from assistant.asr.nbest import UNKNOWN_WORD, Hypothesis, TimedWord, transcript_of
from assistant.asr.recognizer import Transcript
from assistant.audio.resampler import BYTES_PER_SAMPLE, HEARING_RATE_HZ

vosk.SetLogLevel(-1)


class VoskRecognizer:
    """One Kaldi recogniser, made once and used for many utterances.

    `reset` ends the utterance inside Vosk instead of calling Vosk's own `Reset`, which keeps the
    feature pipeline: the acoustic context of one speaker would reach into the next.
    """

    def __init__(self, model: vosk.Model, *, alternatives: int) -> None:
        self._kaldi = vosk.KaldiRecognizer(model, HEARING_RATE_HZ)
        self._kaldi.SetWords(True)
        self._kaldi.SetPartialWords(True)
        self._kaldi.SetMaxAlternatives(alternatives)
        self._samples_before = 0
        self._samples = 0

    @property
    def heard_s(self) -> float:
        """Audio decoded over its whole life. Vosk counts it in one number that never restarts."""
        return (self._samples_before + self._samples) / HEARING_RATE_HZ

    def accept(self, pcm: bytes) -> None:
        """Decodes 16 kHz samples; Vosk's own endpoints are ignored."""
        if pcm:
            self._kaldi.AcceptWaveform(pcm)
            self._samples += len(pcm) // BYTES_PER_SAMPLE

    def partial(self, *, from_ms: int = 0) -> str:
        """What has been recognised so far of the words from `from_ms` on; may still change."""
        if not self._samples:
            return ""
        words = json.loads(self._kaldi.PartialResult()).get("partial_result", ())
        return self._hypothesis(words, 0.0).since(from_ms).text

    def final(self, *, from_ms: int = 0) -> Transcript:
        """Ends the utterance; words whose middle lies before `from_ms` are left out."""
        if not self._samples:
            return Transcript(text="", confidence=0.0)
        readings = json.loads(self._kaldi.FinalResult()).get("alternatives", ())
        hypotheses = [
            self._hypothesis(reading.get("result", ()), reading["confidence"])
            for reading in readings
        ]
        self._samples_before += self._samples
        self._samples = 0
        return transcript_of(hypotheses, from_ms)

    def reset(self) -> None:
        """Forgets everything heard and is ready for the next utterance."""
        if self._samples:
            self._kaldi.FinalResult()
            self._samples_before += self._samples
            self._samples = 0

    def _hypothesis(self, words: list[dict[str, Any]], log_likelihood: float) -> Hypothesis:
        before_s = self._samples_before / HEARING_RATE_HZ
        timed = tuple(
            TimedWord(
                text=word["word"],
                start_ms=max(0, round((word["start"] - before_s) * 1000)),
                end_ms=max(0, round((word["end"] - before_s) * 1000)),
            )
            for word in words
            if word["word"]
        )
        return Hypothesis(words=timed, log_likelihood=log_likelihood)


__all__ = ["UNKNOWN_WORD", "VoskRecognizer"]
