"""Which intents are taken for which. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from training_loop.training.example_result import ExampleResult

UNSURE = ""
"""The column of examples that the model was too unsure about."""


@dataclass(frozen=True, slots=True)
class ConfusionMatrix:
    """How often each intent that was meant was taken for each that was given."""

    counts: Mapping[tuple[str, str], int]
    """By (meant, given). Pairs that never came are not there."""

    @staticmethod
    def of(results: Iterable[ExampleResult]) -> ConfusionMatrix:
        """Of a model that understands; one that only hears words takes nothing for anything."""
        counted = Counter(
            (result.intent, result.given)
            for result in results
            if result.intent and not result.words
        )
        return ConfusionMatrix(dict(sorted(counted.items())))

    @property
    def labels(self) -> tuple[str, ...]:
        """All intents that were meant or given, sorted; `UNSURE` first where it was given."""
        return tuple(sorted({label for pair in self.counts for label in pair}))

    def rows(self) -> tuple[tuple[int, ...], ...]:
        """Meant by given, both in the order of `labels`: what a plot needs."""
        labels = self.labels
        return tuple(
            tuple(self.counts.get((meant, given), 0) for given in labels) for meant in labels
        )

    def worst(self, most: int = 10) -> tuple[tuple[str, str, int], ...]:
        """The most frequent mistakes: meant, given, how often."""
        wrong = [(*pair, number) for pair, number in self.counts.items() if pair[0] != pair[1]]
        return tuple(sorted(wrong, key=lambda row: (-row[2], row))[:most])

    def to_json(self) -> dict[str, Any]:
        return {"labels": self.labels, "rows": self.rows()}
