"""Where the wake phrase ends and the request begins, among recognised words.

The phrase is decoded together with the request, because a request that follows without a pause
needs the sounds before it; afterwards its words are cut off. The detector alone cannot say where:
it answers between 300 ms before and 260 ms after the end of the phrase. The recogniser alone
cannot either: it may not know the phrase's words. Together they can.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from itertools import pairwise
from types import MappingProxyType

from assistant.asr.nbest import UNKNOWN_WORD, TimedWord

_LATENCY_MS = MappingProxyType(
    {"alexa": 170, "hey_jarvis": 60, "hey_mycroft": -150, "okay_nabu": -20}
)
"""How long after the phrase's end its detector answers, at the median of 10 synthetic voices."""
_DURATION_MS = MappingProxyType({"hey_jarvis": 800, "hey_mycroft": 750, "okay_nabu": 770})
"""How long the phrase takes at the median of those voices, for phrases whose first word is known
to any model: a better clock than the detector once that word was recognised."""

_TOLERANCE_MS = 350
_LONGEST_MS = 1_500
_MOST_WORDS = 4
_BREATH_MS = 200
"""A longer gap between words ends the phrase."""
_LIKE = 0.5
"""Words sound enough like the phrase from this similarity of their letters, 0 to 1."""
_TIME_WEIGHT = 0.3


@dataclass(frozen=True, slots=True, kw_only=True)
class WakePhrase:
    """A verified wake phrase of a stream."""

    phrase: str
    heard_at_ms: int
    """When the detector answered, from the beginning of the stream."""

    @property
    def expected_end_ms(self) -> int:
        """By the detector alone."""
        return max(0, self.heard_at_ms - _LATENCY_MS.get(self.phrase, 0))

    def end_ms(self, words: Sequence[TimedWord]) -> int:
        """Where the phrase ends among `words`, whose times count from the stream's beginning."""
        expected_ms = self._expected_ms(words)
        candidates = [
            (self._fit(words[first : last + 1], expected_ms), words[last].end_ms)
            for last, word in enumerate(words)
            if abs(word.end_ms - expected_ms) <= _TOLERANCE_MS
            for first in range(max(0, last - _MOST_WORDS + 1), last + 1)
        ]
        fit, end_ms = max(candidates, default=(0.0, expected_ms))
        if fit > 0:
            return end_ms
        starts = [word.start_ms for word in words]
        nearest = min(starts, key=lambda start: abs(start - expected_ms), default=expected_ms)
        return nearest if abs(nearest - expected_ms) <= _TOLERANCE_MS else expected_ms

    def strip(self, text: str) -> str:
        """`text` without the phrase at its beginning, judged by its letters alone."""
        words = text.split()
        counts = range(1, min(_MOST_WORDS, len(words)) + 1)
        best = max(counts, key=lambda count: self._likeness("".join(words[:count])), default=0)
        if best and self._likeness("".join(words[:best])) >= _LIKE:
            return " ".join(words[best:])
        return text

    def _expected_ms(self, words: Sequence[TimedWord]) -> int:
        first_word = self.phrase.partition("_")[0]
        for word in words:
            if word.text == first_word and 0 <= self.heard_at_ms - word.start_ms <= _LONGEST_MS:
                return word.start_ms + _DURATION_MS.get(self.phrase, word.end_ms - word.start_ms)
        return self.expected_end_ms

    def _fit(self, words: Sequence[TimedWord], expected_ms: int) -> float:
        """How well `words` are the phrase; 0 when they are not."""
        spelled = "".join(word.text for word in words if word.text != UNKNOWN_WORD)
        likeness = self._likeness(spelled)
        if likeness < _LIKE or not _in_one_breath(words):
            return 0.0
        return likeness - _TIME_WEIGHT * abs(words[-1].end_ms - expected_ms) / _TOLERANCE_MS

    def _likeness(self, spelled: str) -> float:
        letters = self.phrase.replace("_", "")
        return SequenceMatcher(None, spelled, letters, autojunk=False).ratio()


def _in_one_breath(words: Sequence[TimedWord]) -> bool:
    return all(after.start_ms - before.end_ms <= _BREATH_MS for before, after in pairwise(words))
