"""Entropy pruning: leaves out the n-grams that change a model least.

Source: A. Stolcke, "Entropy-based pruning of backoff language models", DARPA Broadcast News
Transcription and Understanding Workshop (1998), equations 4 to 6. Its history probabilities are
products of the model's own; C. Chelba et al., "Study on interaction between entropy pruning and
Kneser-Ney smoothing" (Interspeech 2010), show that this costs more with Kneser-Ney than with
other smoothing, which is why thresholds here are small.
"""

from __future__ import annotations

import math
from collections.abc import Mapping

from training_loop.training.language_model.ngram import (
    BEGIN,
    END,
    History,
    NGramModel,
    probability_in,
)


def prune(model: NGramModel, threshold: float) -> NGramModel:
    """Without the n-grams whose loss alone raises the perplexity by less than `threshold` (a
    fraction: 1e-8 is a hundred millionth).

    Unigrams stay, and n-grams that begin a longer one that stays. What is left sums to 1.
    """
    probabilities: dict[History, dict[str, float]] = {
        history: dict(words) for history, words in model.probabilities.items()
    }
    backoff = dict(model.backoff)
    kept = NGramModel(order=model.order, probabilities=probabilities, backoff=backoff)
    weight = _HistoryProbabilities(model)
    for history in sorted(probabilities, key=len, reverse=True):
        if not history:
            continue
        words = probabilities[history]
        light = [
            word
            for word in words
            if (*history, word) not in probabilities
            and _rise(model, history, word, weight.of(history)) < threshold
        ]
        for word in light:
            del words[word]
        if not words:
            del probabilities[history]
            backoff.pop(history, None)
    renew_backoff(kept, probabilities, backoff)
    return kept


def renew_backoff(
    model: NGramModel,
    probabilities: Mapping[History, Mapping[str, float]],
    backoff: dict[History, float],
) -> None:
    """Sets each backoff so that every history's distribution sums to 1, short histories first."""
    for history in sorted(probabilities, key=len):
        if history:
            explicit, below = masses(model, history)
            backoff[history] = max(1.0 - explicit, _LEAST) / max(1.0 - below, _LEAST)


_LEAST = 1e-9
"""What is left for unseen words at least: rounding must not make it zero or negative."""


def masses(model: NGramModel, history: History) -> tuple[float, float]:
    """What the entries after `history` sum to, by themselves and in the order below."""
    words = model.probabilities[history]
    below = model.after(history[1:])
    return (
        math.fsum(words.values()),
        math.fsum(probability_in(below, word) for word in words),
    )


class _HistoryProbabilities:
    def __init__(self, model: NGramModel) -> None:
        self._model = model
        self._known: dict[History, tuple[float, float, float]] = {}

    def of(self, history: History) -> tuple[float, float, float]:
        """The history's probability, and the masses that are left after it and below."""
        found = self._known.get(history)
        if found is None:
            explicit, below = masses(self._model, history)
            found = (self._chain(history), max(1 - explicit, _LEAST), max(1 - below, _LEAST))
            self._known[history] = found
        return found

    def _chain(self, history: History) -> float:
        product = 1.0
        for at, word in enumerate(history):
            if word != BEGIN:
                product *= self._model.probability(word, history[:at])
            else:
                product *= self._model.probability(END)  # as many begin as end
        return product


def _rise(
    model: NGramModel, history: History, word: str, of_history: tuple[float, float, float]
) -> float:
    """How much the perplexity rises, as a fraction, when this one n-gram is left out."""
    chance, left, left_below = of_history
    here = model.probabilities[history][word]
    below = model.probability(word, history[1:])
    before = math.log(left / left_below)
    after = math.log((left + here) / (left_below + below))
    loss = here * (math.log(below) + after - math.log(here)) + left * (after - before)
    return math.expm1(max(-chance * loss, 0.0))
