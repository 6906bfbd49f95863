"""Whether people fare worse with a candidate than with the model in service, told while it runs.

Each turn is good or bad by a signal. A signal is clearly worse when the evidence against "the
candidate's rate is at most the serving model's rate plus a margin" reaches 1 / level. The evidence
is a product of two beta-binomial mixture martingales (Robbins, "Statistical methods related to the
law of the iterated logarithm", 1970; Howard et al., "Time-uniform, nonparametric, nonasymptotic
confidence sequences", 2021), taken at the pair of rates that fits best within that hypothesis. By
Ville's inequality it reaches 1 / level with a probability of at most `level`, however often one
looks and whenever one stops. Turns count as independent, given their model.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import Enum

_PRIOR = 0.5
"""Of the mixture: Jeffreys'."""
_TINY = 1e-9
_STEPS = 100
_SHRINK = (math.sqrt(5) - 1) / 2


class Signal(Enum):
    """What can be bad about a turn."""

    FALLBACK = "fallback"
    """Nobody understood."""
    CORRECTION = "correction"
    """The person said that it was wrong."""
    REPHRASING = "rephrasing"
    """The person said nearly the same again."""
    SLOW = "slow"
    """The model took longer than it may."""


WORDS: Mapping[Signal, str] = {
    Signal.FALLBACK: "it understands less",
    Signal.CORRECTION: "people correct it more often",
    Signal.REPHRASING: "people say the same again more often",
    Signal.SLOW: "it is too slow more often",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Tally:
    """The turns that a model answered, and how many of them were bad, by signal."""

    turns: int = 0
    bad: Mapping[Signal, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class LiveRules:
    """`false_alarm` is the chance that a candidate which is no worse than the margin, by every
    signal, is ever rolled back."""

    margin: float = 0.02
    false_alarm: float = 0.05
    slow_margin: float | None = None
    """Of `Signal.SLOW`, where it is another."""

    def __post_init__(self) -> None:
        margins = (self.margin, self.margin_of(Signal.SLOW))
        if not all(0 <= one < 1 for one in margins) or not 0 < self.false_alarm < 1:
            raise ValueError("LiveRules needs 0 <= margin < 1 and 0 < false_alarm < 1.")

    def margin_of(self, signal: Signal) -> float:
        other = self.slow_margin if signal is Signal.SLOW else None
        return self.margin if other is None else other


@dataclass(frozen=True, slots=True, kw_only=True)
class Regression:
    """A signal that is clearly worse. `text` says it to a person."""

    signal: Signal
    serving: float
    """Rate of bad turns, 0 to 1."""
    candidate: float

    @property
    def text(self) -> str:
        return (
            f"In service {WORDS[self.signal]}: {self.candidate:.1%} of its turns, "
            f"{self.serving:.1%} with the model before."
        )


def regressions(serving: Tally, candidate: Tally, rules: LiveRules) -> tuple[Regression, ...]:
    """The signals that are clearly worse, none while there is not enough evidence."""
    threshold = math.log(len(Signal) / rules.false_alarm)
    return tuple(
        Regression(
            signal=signal,
            serving=_rate(serving, signal),
            candidate=_rate(candidate, signal),
        )
        for signal in Signal
        if log_evidence(serving, candidate, signal, rules.margin_of(signal)) >= threshold
    )


def log_evidence(serving: Tally, candidate: Tally, signal: Signal, margin: float) -> float:
    """Natural logarithm of the evidence that the candidate is worse by more than `margin`."""
    one = _log_martingale(serving.bad.get(signal, 0), serving.turns)
    other = _log_martingale(candidate.bad.get(signal, 0), candidate.turns)
    if _rate(candidate, signal) <= _rate(serving, signal) + margin:
        return min(0.0, one(_rate(serving, signal)) + other(_rate(candidate, signal)))
    return _least(lambda rate: one(rate) + other(rate + margin), 0.0, 1.0 - margin)


def _rate(tally: Tally, signal: Signal) -> float:
    return tally.bad.get(signal, 0) / tally.turns if tally.turns else 0.0


def _log_martingale(bad: int, turns: int) -> Callable[[float], float]:
    """Of the true rate: 0 without any turn, and of mean 1 (its exponential) under that rate."""
    good = turns - bad
    mixed = _log_beta(bad + _PRIOR, good + _PRIOR) - _log_beta(_PRIOR, _PRIOR)

    def at(rate: float) -> float:
        bounded = min(max(rate, _TINY), 1 - _TINY)
        return mixed - bad * math.log(bounded) - good * math.log1p(-bounded)

    return at


def _log_beta(a: float, b: float) -> float:
    return math.lgamma(a) + math.lgamma(b) - math.lgamma(a + b)


def _least(of: Callable[[float], float], low: float, high: float) -> float:
    """The minimum of a convex function: golden section."""
    for _ in range(_STEPS):
        first, second = high - _SHRINK * (high - low), low + _SHRINK * (high - low)
        if of(first) <= of(second):
            high = second
        else:
            low = first
    return of((low + high) / 2)
