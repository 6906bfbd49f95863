"""The part of a confusion matrix that is worth looking at. Pure."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from training_loop.training.confusion import UNSURE, ConfusionMatrix

MOST_INTENTS = 12
"""More do not fit a picture that can be read on a phone."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Mistakes:
    """Rows are what was meant, columns what it was taken for; `UNSURE` is a column alone."""

    meant: tuple[str, ...]
    given: tuple[str, ...]
    counts: tuple[tuple[int, ...], ...]
    left_out: int
    """Mistakes among other intents."""
    total: int
    """All mistakes."""


def mistakes(matrix: ConfusionMatrix, most: int = MOST_INTENTS) -> Mistakes:
    """Of a small matrix everything, of a larger one the intents with the most mistakes."""
    wrong = {pair: number for pair, number in matrix.counts.items() if pair[0] != pair[1]}
    chosen = _chosen(matrix, wrong, most)
    meant = tuple(sorted(chosen))
    given = (*meant, *((UNSURE,) if any(pair[1] == UNSURE for pair in wrong) else ()))
    shown = sum(number for (row, of), number in wrong.items() if row in chosen and of in given)
    return Mistakes(
        meant=meant,
        given=given,
        counts=tuple(tuple(matrix.counts.get((row, of), 0) for of in given) for row in meant),
        left_out=sum(wrong.values()) - shown,
        total=sum(wrong.values()),
    )


def _chosen(
    matrix: ConfusionMatrix, wrong: dict[tuple[str, str], int], most: int
) -> frozenset[str]:
    intents = frozenset(matrix.labels) - {UNSURE}
    if len(intents) <= most:
        return intents
    involved = Counter[str]()
    for pair, number in wrong.items():
        for intent in frozenset(pair) - {UNSURE}:
            involved[intent] += number
    ranked = sorted(involved, key=lambda intent: (-involved[intent], intent))
    return frozenset(ranked[:most])
