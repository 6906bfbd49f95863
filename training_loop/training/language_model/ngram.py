"""N-gram models in backoff form, as ARPA files hold them."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

BEGIN = "<s>"
END = "</s>"

History = tuple[str, ...]
Sentence = tuple[str, ...]
Levels = Sequence[tuple[float, Mapping[str, float]]]


@dataclass(frozen=True, slots=True, kw_only=True)
class NGramModel:
    """`probabilities[h][w]` of the n-grams that stand in the model; `backoff[h]` for the others.

    p(w | h) is the entry if there is one, else backoff(h) * p(w | h without its first word), where
    a missing backoff is 1. Every word of the vocabulary and END has an entry after the empty
    history; BEGIN is never predicted. The entries of every history and what it backs off to sum
    to 1.
    """

    order: int
    probabilities: Mapping[History, Mapping[str, float]] = field(repr=False)
    backoff: Mapping[History, float] = field(repr=False)

    @property
    def vocabulary(self) -> frozenset[str]:
        """All words that can be predicted, END among them."""
        return frozenset(self.probabilities[()])

    @property
    def size(self) -> int:
        """How many n-grams stand in the model."""
        return sum(len(words) for words in self.probabilities.values())

    def probability(self, word: str, history: Sequence[str] = ()) -> float:
        """p(word | history), 0 for a word outside the vocabulary."""
        return probability_in(self.after(history), word)

    def after(self, history: Sequence[str]) -> Levels:
        """For many words after one history: its entries and those of the shorter ones, each with
        the weight that backing off to it has."""
        context = tuple(history[max(0, len(history) - self.order + 1) :])
        weight, levels = 1.0, []
        while True:
            if (entries := self.probabilities.get(context)) is not None:
                levels.append((weight, entries))
            if not context:
                return levels
            weight *= self.backoff.get(context, 1.0)
            context = context[1:]


def probability_in(levels: Levels, word: str) -> float:
    """p(word | history) with what `NGramModel.after` gave, 0 for a word outside the vocabulary."""
    for weight, entries in levels:
        if (found := entries.get(word)) is not None:
            return weight * found
    return 0.0


def words_in_context(sentence: Sentence, order: int) -> Iterable[tuple[History, str]]:
    """Each word of the sentence, END last, after at most `order` - 1 words, BEGIN first."""
    padded = (BEGIN, *sentence, END)
    for at in range(1, len(padded)):
        yield padded[max(0, at - order + 1) : at], padded[at]


@dataclass(frozen=True, slots=True, kw_only=True)
class Perplexity:
    """Of some text: exp of the mean of -log p over the words that the model knows, and END."""

    value: float
    words: int
    unknown: int


def perplexity(model: NGramModel, sentences: Iterable[Sentence]) -> Perplexity:
    """Words outside the vocabulary are counted apart and left out. 1.0 for no text."""
    total = 0.0
    words = unknown = 0
    for sentence in sentences:
        for history, word in words_in_context(sentence, model.order):
            probability = model.probability(word, history)
            if probability > 0.0:
                total -= math.log(probability)
                words += 1
            else:
                unknown += 1
    return Perplexity(value=math.exp(total / words) if words else 1.0, words=words, unknown=unknown)
