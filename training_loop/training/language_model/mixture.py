"""Several n-gram models as one: linear interpolation, with weights that fit held-out text.

Source: F. Jelinek and R. L. Mercer, "Interpolated estimation of Markov source parameters from
sparse data" (1980) for the weights by expectation maximisation; A. Stolcke, "SRILM: an extensible
language modeling toolkit" (2002) for writing a mixture as one backoff model.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from training_loop.training.language_model.ngram import (
    History,
    NGramModel,
    Sentence,
    probability_in,
    words_in_context,
)
from training_loop.training.language_model.pruning import renew_backoff

ROUNDS = 30


def fit_weights(
    models: Sequence[NGramModel], held_out: Iterable[Sentence], *, least: float
) -> tuple[float, ...]:
    """The weights, summing to 1, under which the held-out text is most likely.

    None falls below `least`. Equal weights where the text has no word that the models know.
    """
    order = max(model.order for model in models)
    columns = [
        [model.probability(word, history) for model in models]
        for sentence in held_out
        for history, word in words_in_context(sentence, order)
    ]
    weights = [1.0 / len(models)] * len(models)
    for _ in range(ROUNDS):
        shares = [0.0] * len(models)
        for column in columns:
            parts = [weight * chance for weight, chance in zip(weights, column, strict=True)]
            if total := sum(parts):
                shares = [share + part / total for share, part in zip(shares, parts, strict=True)]
        if not (whole := sum(shares)):
            break
        weights = [share / whole for share in shares]
    raised = [max(weight, least) for weight in weights]
    return tuple(weight / sum(raised) for weight in raised)


def mix(models: Sequence[NGramModel], weights: Sequence[float]) -> NGramModel:
    """One backoff model: each n-gram that stands in any of them gets its mixed probability.

    The vocabulary is all of theirs together. A word that a model lacks has probability 0 there,
    so the models' vocabularies should agree; what is missing is spread by normalising.
    """
    order = max(model.order for model in models)
    histories = sorted({h for model in models for h in model.probabilities}, key=_by_length)
    probabilities: dict[History, dict[str, float]] = {}
    backoff: dict[History, float] = {}
    for history in histories:
        words = sorted(
            {w for model in models for w in model.probabilities.get(history, ())},
        )
        parts = [(w, model.after(history)) for model, w in zip(models, weights, strict=True)]
        probabilities[history] = {
            word: sum(weight * probability_in(levels, word) for weight, levels in parts)
            for word in words
        }
    unigrams = probabilities[()]
    total = sum(unigrams.values())
    probabilities[()] = {word: chance / total for word, chance in unigrams.items()}
    mixed = NGramModel(order=order, probabilities=probabilities, backoff=backoff)
    renew_backoff(mixed, probabilities, backoff)
    return mixed


def _by_length(history: History) -> tuple[int, History]:
    return len(history), history
