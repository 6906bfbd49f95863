"""How good each of two models is, on the whole and by group, and how sure that is. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from training_loop.training.bootstrap import Counts, Interval, Tallies, interval
from training_loop.training.example_result import ExampleResult
from training_loop.training.slices import Slice, SliceKind, paired, sliced

CONFIDENCE = 0.95
"""That a value lies between its bounds."""
_RESAMPLES = 2000
_SEED = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Estimate:
    """A share from 0 to 1, between two bounds with `CONFIDENCE`."""

    value: float
    low: float
    high: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Level:
    """What is right in one part of the hold-out; words that are wrong where `errors` says so."""

    part: Slice
    before: Estimate
    after: Estimate
    examples: int
    speakers: int
    errors: bool

    @property
    def change(self) -> float:
        return self.after.value - self.before.value


def levels(before: Sequence[ExampleResult], after: Sequence[ExampleResult]) -> tuple[Level, ...]:
    """The whole first, then the groups that differ in the hold-out; by a bootstrap over speakers.

    Equal results give equal levels. Empty where the models share no example.
    """
    pairs, _ = paired(before, after)
    if not pairs:
        return ()
    errors = any(pair.after.words for pair in pairs)
    parts = sliced(pairs)
    tallies = parts.tallies
    values = tallies.values()
    bounds = (
        _bounds(tallies.right_before, tallies.of_before),
        _bounds(tallies.right_after, tallies.of_after),
    )
    return tuple(
        Level(
            part=part,
            before=_estimate(values[0], bounds[0], column, errors=errors),
            after=_estimate(values[1], bounds[1], column, errors=errors),
            examples=parts.examples[column],
            speakers=parts.speakers[column],
            errors=errors,
        )
        for column, part in enumerate(parts.slices)
        if part.kind in (SliceKind.OVERALL, SliceKind.GROUP)
    )


def _bounds(right: Counts, of: Counts) -> Interval:
    """Of one model alone: its change from a model that gets nothing right."""
    nothing = Tallies(
        right_before=np.zeros_like(right),
        of_before=np.ones_like(of),
        right_after=right,
        of_after=of,
    )
    both_sides = 1 - (1 - CONFIDENCE) / 2
    return interval(nothing, confidence=both_sides, resamples=_RESAMPLES, seed=_SEED)


def _estimate(values: Counts, bounds: Interval, column: int, *, errors: bool) -> Estimate:
    value, low, high = (float(of[column]) for of in (values, bounds.low, bounds.high))
    if errors:
        return Estimate(value=1 - value, low=1 - high, high=1 - low)
    return Estimate(value=value, low=low, high=high)
