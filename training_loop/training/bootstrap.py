"""Paired bootstrap over speakers: how sure a difference between two models is. Pure numpy.

Efron & Tibshirani, "An Introduction to the Bootstrap" (1993), chapters 8.6 (clusters) and 13.3
(percentile intervals). Speakers are drawn, not examples: what one speaker says is alike, and a
model that fails one voice fails all of its examples.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Counts = NDArray[np.float64]

_AT_ONCE = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class Tallies:
    """By speaker (rows) and measure (columns), what of how much each model got right.

    A measure's value is the sum of `right` over the sum of `of`: an accuracy, or an F1 with twice
    the hits over twice the hits and all misses.
    """

    right_before: Counts
    of_before: Counts
    right_after: Counts
    of_after: Counts

    def values(self) -> tuple[Counts, Counts]:
        """Each measure before and after, on all speakers."""
        return (
            _ratio(self.right_before.sum(axis=0), self.of_before.sum(axis=0)),
            _ratio(self.right_after.sum(axis=0), self.of_after.sum(axis=0)),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Interval:
    """Each measure's change lies above `low` with the wanted confidence, and below `high` with the
    same (one-sided bounds, both)."""

    low: Counts
    high: Counts


def interval(tallies: Tallies, *, confidence: float, resamples: int, seed: int) -> Interval:
    """The same tallies and seed give the same interval. Needs at least one speaker.

    Speakers with equal tallies are drawn as one kind with the kind's weight, which has the same
    distribution and costs less.
    """
    speakers = len(tallies.right_before)
    columns = np.hstack(
        [tallies.right_before, tallies.of_before, tallies.right_after, tallies.of_after]
    )
    kinds, number = np.unique(columns, axis=0, return_counts=True)
    chance = np.random.default_rng(seed)
    changes = []
    for first in range(0, resamples, _AT_ONCE):
        drawn = chance.multinomial(
            speakers, number / speakers, size=min(_AT_ONCE, resamples - first)
        )
        right_before, of_before, right_after, of_after = np.split(drawn @ kinds, 4, axis=1)
        changes.append(_ratio(right_after, of_after) - _ratio(right_before, of_before))
    low, high = np.quantile(np.vstack(changes), [1 - confidence, confidence], axis=0)
    return Interval(low=low, high=high)


def _ratio(right: Counts, of: Counts) -> Counts:
    """1 where there was nothing to get wrong."""
    return np.divide(right, of, out=np.ones_like(right, dtype=np.float64), where=of > 0)
