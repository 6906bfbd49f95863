"""Confidences of words and readings, from the best readings a recogniser found.

Vosk gives either word confidences or alternatives, never both. The posterior of a reading among
those found is the softmax of their log likelihoods; a word is as likely as the readings that have
it at that time (word posteriors from an n-best list: Weintraub, "LVCSR log-likelihood ratio
scoring for keyword spotting", 1995; Wessel et al., "Confidence measures", 2001).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from assistant.asr.recognizer import Transcript
from training_loop.utterance import Reading, SpokenWord

UNKNOWN_WORD = "[unk]"


@dataclass(frozen=True, slots=True, kw_only=True)
class TimedWord:
    text: str = field(repr=False)
    start_ms: int
    end_ms: int

    @property
    def middle_ms(self) -> float:
        return (self.start_ms + self.end_ms) / 2

    def later(self, offset_ms: int) -> TimedWord:
        return replace(self, start_ms=self.start_ms + offset_ms, end_ms=self.end_ms + offset_ms)


@dataclass(frozen=True, slots=True, kw_only=True)
class Hypothesis:
    """One reading of the whole audio with its log likelihood."""

    words: tuple[TimedWord, ...] = field(repr=False)
    log_likelihood: float

    def later(self, offset_ms: int) -> Hypothesis:
        """The same in a stream where its audio begins at `offset_ms`."""
        return replace(self, words=tuple(word.later(offset_ms) for word in self.words))

    def since(self, from_ms: int) -> Hypothesis:
        """Without the words whose middle lies before `from_ms`."""
        kept = tuple(word for word in self.words if word.middle_ms >= from_ms)
        return Hypothesis(words=kept, log_likelihood=self.log_likelihood)

    @property
    def known(self) -> tuple[TimedWord, ...]:
        return tuple(word for word in self.words if word.text != UNKNOWN_WORD)

    @property
    def text(self) -> str:
        return " ".join(word.text for word in self.known)

    @property
    def known_share(self) -> float:
        """How many of its words are words, 0 to 1."""
        return len(self.known) / len(self.words) if self.words else 0.0


def transcript_of(hypotheses: Sequence[Hypothesis], from_ms: int = 0) -> Transcript:
    """The best reading, its words and the other readings, best first.

    Sounds outside the vocabulary are left out of every text; a reading that has some is trusted
    less, by the share of its known words. An empty text has confidence 0.
    """
    if not hypotheses:
        return Transcript(text="", confidence=0.0)
    posteriors = _posteriors([hypothesis.log_likelihood for hypothesis in hypotheses])
    heard = [hypothesis.since(from_ms) for hypothesis in hypotheses]
    confidences: dict[str, float] = {}
    for hypothesis, posterior in zip(heard, posteriors, strict=True):
        share = posterior * hypothesis.known_share
        confidences[hypothesis.text] = confidences.get(hypothesis.text, 0.0) + share
    best = heard[0]
    if not best.text:
        return Transcript(text="", confidence=0.0)
    return Transcript(
        text=best.text,
        confidence=min(1.0, confidences.pop(best.text)),
        words=tuple(_spoken(word, heard, posteriors) for word in best.known),
        alternatives=tuple(
            Reading(text=text, confidence=min(1.0, confidence))
            for text, confidence in sorted(confidences.items(), key=lambda item: -item[1])
            if text
        ),
    )


def _posteriors(log_likelihoods: Sequence[float]) -> list[float]:
    best = max(log_likelihoods)
    weights = [math.exp(value - best) for value in log_likelihoods]
    total = sum(weights)
    return [weight / total for weight in weights]


def _spoken(
    word: TimedWord, hypotheses: Sequence[Hypothesis], posteriors: Sequence[float]
) -> SpokenWord:
    confidence = sum(
        posterior
        for hypothesis, posterior in zip(hypotheses, posteriors, strict=True)
        if any(_same(word, other) for other in hypothesis.words)
    )
    return SpokenWord(
        text=word.text,
        start_ms=word.start_ms,
        end_ms=word.end_ms,
        confidence=min(1.0, confidence),
    )


def _same(one: TimedWord, other: TimedWord) -> bool:
    overlap = one.start_ms <= other.end_ms and other.start_ms <= one.end_ms
    return overlap and one.text == other.text
