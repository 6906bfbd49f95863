"""What the sampler knows of an utterance: nothing that was said."""

from __future__ import annotations

from collections.abc import Iterator, Sequence, Set
from dataclasses import dataclass, field, replace

from training_loop.review.task import SampleReason
from training_loop.sampling.settings import SamplingSettings

DAY_S = 86_400
REPHRASED_WITHIN_S = 45.0
_ALIKE_WORDS = 0.2
"""Of the words of two requests together, how many they share when one repeats the other."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """An utterance that people may hear, if it is picked."""

    account: str = field(repr=False)
    item: str
    intent: str
    """Empty where none was understood."""
    confidence: float
    """Of the words, 0 to 1."""
    intent_confidence: float
    answered: bool = True
    """A skill answered."""
    captured_at_s: float
    """Unix time."""
    corrected: bool = False
    """Its account holder said that it was wrong."""
    rephrased: bool = False
    """The account asked again in other words shortly after."""

    @property
    def day(self) -> int:
        """Since 1970, UTC."""
        return int(self.captured_at_s // DAY_S)

    def doubt(self, settings: SamplingSettings) -> SampleReason | None:
        """The strongest sign that something went wrong; None where there is none."""
        if self.corrected:
            return SampleReason.CORRECTED
        if self.rephrased:
            return SampleReason.REPHRASED
        if not self.intent or not self.answered:
            return SampleReason.UNSURE_INTENT
        if self.intent_confidence < settings.unsure_intent_below:
            return SampleReason.UNSURE_INTENT
        if self.confidence < settings.unsure_words_below:
            return SampleReason.UNSURE_WORDS
        return None


def with_rephrased(said: Sequence[tuple[Candidate, Set[int]]]) -> Iterator[Candidate]:
    """Marks the requests of one account that were followed by another try at the same.

    Each comes with a digest of its words. Another try comes within `REPHRASED_WITHIN_S`, in other
    words, and shares some of them or follows a request that nothing answered.
    """
    in_time = sorted(said, key=lambda one: (one[0].captured_at_s, one[0].item))
    for (candidate, words), follower in zip(in_time, [*in_time[1:], None], strict=True):
        again = follower is not None and _tries_again(candidate, words, *follower)
        yield replace(candidate, rephrased=True) if again else candidate


def _tries_again(
    first: Candidate, first_words: Set[int], then: Candidate, then_words: Set[int]
) -> bool:
    if then.captured_at_s - first.captured_at_s > REPHRASED_WITHIN_S or first_words == then_words:
        return False
    if not (first.intent and first.answered):
        return True
    together = first_words | then_words
    shared = len(first_words & then_words) / len(together) if together else 0.0
    return first.intent == then.intent and shared >= _ALIKE_WORDS
