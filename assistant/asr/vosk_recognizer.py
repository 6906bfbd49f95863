"""The recogniser port on Vosk."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

import vosk

from assistant.asr.nbest import UNKNOWN_WORD, Hypothesis, TimedWord, transcript_of
from assistant.asr.recognizer import Transcript
from assistant.audio.resampler import BYTES_PER_SAMPLE, HEARING_RATE_HZ

vosk.SetLogLevel(-2)


class VoskRecognizer:
    """One Kaldi recogniser, made once and used for many utterances.

    `reset` ends the utterance inside Vosk instead of calling Vosk's own `Reset`, which keeps the
    feature pipeline: the acoustic context of one speaker would reach into the next.
    """

    def __init__(self, model: vosk.Model, *, alternatives: int) -> None:
        self._kaldi = vosk.KaldiRecognizer(model, HEARING_RATE_HZ)
        self._kaldi.SetWords(True)
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

    def partial(self) -> str:
        """What has been recognised so far; may still change.

        Without word times: Vosk aligns them on an unfinished lattice and drops the last words.
        """
        if not self._samples:
            return ""
        text: str = json.loads(self._kaldi.PartialResult()).get("partial", "")
        return " ".join(word for word in text.split() if word != UNKNOWN_WORD)

    def final(self) -> Transcript:
        """Ends the utterance."""
        return transcript_of(self.readings())

    def readings(self) -> tuple[Hypothesis, ...]:
        """Ends the utterance: the best readings, best first; none when nothing was given."""
        if not self._samples:
            return ()
        result = json.loads(self._kaldi.FinalResult())
        readings = tuple(
            Hypothesis(
                words=self._timed(reading.get("result", ())),
                log_likelihood=reading["confidence"],
            )
            for reading in result.get("alternatives", ())
        )
        self._samples_before += self._samples
        self._samples = 0
        return readings

    def reset(self) -> None:
        """Forgets everything heard and is ready for the next utterance."""
        if self._samples:
            self._kaldi.FinalResult()
            self._samples_before += self._samples
            self._samples = 0

    def _timed(self, words: Iterable[dict[str, Any]]) -> tuple[TimedWord, ...]:
        before_s = self._samples_before / HEARING_RATE_HZ
        return tuple(
            TimedWord(
                text=word["word"],
                start_ms=max(0, round((word["start"] - before_s) * 1000)),
                end_ms=max(0, round((word["end"] - before_s) * 1000)),
            )
            for word in words
            if word["word"]
        )
