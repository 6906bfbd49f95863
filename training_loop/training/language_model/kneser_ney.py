"""Interpolated modified Kneser-Ney estimation, with Witten-Bell where the counts are degenerate.

Source: S. F. Chen and J. Goodman, "An empirical study of smoothing techniques for language
modeling", Computer Speech and Language 13 (1999): modified Kneser-Ney is section 4.1.6 (equations
of p_KN, gamma and of the discounts D1, D2, D3+); Witten-Bell is section 2.4.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from training_loop.training.errors import NothingToLearn
from training_loop.training.language_model.ngram import (
    BEGIN,
    END,
    History,
    NGramModel,
    Sentence,
    probability_in,
    words_in_context,
)

Counts = Mapping[History, Mapping[str, int]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Discounts:
    """What is taken from n-grams that were counted once, twice, and more often."""

    once: float
    twice: float
    more: float

    def of(self, count: int) -> float:
        return (self.once, self.twice, self.more)[min(count, 3) - 1]


def estimate(
    sentences: Iterable[Sentence], *, order: int = 3, vocabulary: Iterable[str] = ()
) -> NGramModel:
    """A model of the sentences; the words of `vocabulary` can be predicted even if none has them.

    The same sentences in another order give the same model. Raises NothingToLearn without any.
    """
    counts = count(sentences, order)
    if not counts[0]:
        raise NothingToLearn("There is no text to make a language model from.")
    words = sorted({END, *vocabulary, *counts[0][()]} - {BEGIN})
    probabilities: dict[History, dict[str, float]] = {(): dict.fromkeys(words, 1.0 / len(words))}
    backoff: dict[History, float] = {}
    model = NGramModel(order=order, probabilities=probabilities, backoff=backoff)
    for level in counts:
        discounts = discounts_from(level)
        for history in sorted(level):
            _add(model, probabilities, backoff, history, level[history], discounts)
    return model


def count(sentences: Iterable[Sentence], order: int) -> tuple[Counts, ...]:
    """What Kneser-Ney estimates each order from, the unigrams first.

    The highest order and n-grams that begin a sentence are counted as they occur; others by how
    many different words they follow (Chen and Goodman's N1+(. w)).
    """
    seen: list[Counter[History]] = [Counter() for _ in range(order)]
    for sentence in sentences:
        for history, word in words_in_context(sentence, order):
            seen[len(history)][(*history, word)] += 1
    levels: list[dict[History, dict[str, int]]] = []
    for size in range(order):
        level: dict[History, dict[str, int]] = defaultdict(dict)
        for gram, times in seen[size].items():
            level[gram[:-1]][gram[-1]] = times
        levels.append(level)
    for size in range(order - 1, 0, -1):
        for history, words in levels[size].items():
            lower = levels[size - 1][history[1:]]
            for word in words:
                lower[word] = lower.get(word, 0) + 1
    return tuple(dict(level) for level in levels)


def discounts_from(level: Counts) -> Discounts | None:
    """From the counts of counts; None where they give no discount between 0 and the count."""
    of_count = Counter(min(times, 5) for words in level.values() for times in words.values())
    one, two, three, four = (of_count[times] for times in (1, 2, 3, 4))
    if not (one and two and three and four):
        return None
    y = one / (one + 2 * two)
    discounts = Discounts(
        once=1 - 2 * y * two / one, twice=2 - 3 * y * three / two, more=3 - 4 * y * four / three
    )
    fits = 0 < discounts.once < 1 and 0 < discounts.twice < 2 and 0 < discounts.more < 3
    return discounts if fits else None


def _add(
    lower: NGramModel,
    probabilities: dict[History, dict[str, float]],
    backoff: dict[History, float],
    history: History,
    words: Mapping[str, int],
    discounts: Discounts | None,
) -> None:
    """Interpolates one history's counts with the model as it stands, one order below."""
    total = sum(words.values())
    if discounts is None:
        total += len(words)
        gamma = len(words) / total
        kept = {word: float(times) for word, times in words.items()}
    else:
        kept = {word: times - discounts.of(times) for word, times in words.items()}
        gamma = 1.0 - sum(kept.values()) / total
    shorter = lower.after(history[1:])
    entries = {
        word: kept[word] / total + gamma * probability_in(shorter, word) for word in sorted(words)
    }
    if not history:
        uniform = 1.0 / len(probabilities[()])
        entries = {w: kept.get(w, 0.0) / total + gamma * uniform for w in probabilities[()]}
    else:
        backoff[history] = gamma
    probabilities[history] = entries
