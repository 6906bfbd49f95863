"""A worse candidate is found out; any other is left alone, however often one looks."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from training_loop.registry.live_signals import (
    LiveRules,
    Signal,
    Tally,
    log_evidence,
    regressions,
)

COUNTS = st.integers(0, 500).flatmap(lambda turns: st.tuples(st.integers(0, turns), st.just(turns)))


def tally(bad: int, turns: int, signal: Signal = Signal.FALLBACK) -> Tally:
    return Tally(turns=turns, bad={signal: bad})


@given(COUNTS, COUNTS)
def test_a_candidate_whose_rate_is_within_the_margin_is_never_held_against(
    serving: tuple[int, int], candidate: tuple[int, int]
) -> None:
    one, other = tally(*serving), tally(*candidate)
    rate = candidate[0] / max(1, candidate[1])
    if rate <= serving[0] / max(1, serving[1]) + 0.02:
        assert regressions(one, other, LiveRules()) == ()


@given(COUNTS, COUNTS, st.floats(0, 0.3))
def test_a_wider_margin_never_adds_evidence(
    serving: tuple[int, int], candidate: tuple[int, int], margin: float
) -> None:
    one, other = tally(*serving), tally(*candidate)
    narrow = log_evidence(one, other, Signal.FALLBACK, 0.0)
    assert log_evidence(one, other, Signal.FALLBACK, margin) <= max(0.0, narrow) + 1e-6


@given(COUNTS)
def test_without_turns_of_the_candidate_there_is_no_evidence(serving: tuple[int, int]) -> None:
    assert log_evidence(tally(*serving), Tally(), Signal.SLOW, 0.02) <= 0.0


@pytest.mark.parametrize("signal", list(Signal))
def test_each_signal_that_is_clearly_worse_is_named_in_words(signal: Signal) -> None:
    (found,) = regressions(tally(20, 500, signal), tally(40, 100, signal), LiveRules())
    assert found.signal is signal
    assert "40.0% of its turns, 4.0%" in found.text


def test_twice_the_fallbacks_are_found_within_some_hundred_turns() -> None:
    chance = np.random.default_rng(5)
    found = [_first_alarm(chance, 0.1, 0.3, turns=400) is not None for _ in range(100)]
    assert sum(found) >= 95


def test_false_alarms_stay_under_their_rate_when_one_looks_after_every_turn() -> None:
    """At the worst place that the hypothesis allows: the candidate exactly at the margin."""
    chance = np.random.default_rng(11)
    runs = 200
    alarms = sum(_first_alarm(chance, 0.1, 0.12, turns=300) is not None for _ in range(runs))
    level = LiveRules().false_alarm
    assert alarms <= runs * level + 3 * math.sqrt(runs * level)


@pytest.mark.parametrize("fault", [{"margin": -0.1}, {"false_alarm": 0.0}, {"false_alarm": 1.0}])
def test_rules_that_promise_nothing_are_refused(fault: dict[str, float]) -> None:
    with pytest.raises(ValueError, match="LiveRules needs"):
        LiveRules(**fault)


def _first_alarm(
    chance: np.random.Generator, serving: float, candidate: float, *, turns: int
) -> int | None:
    """After how many turns of each arm, looking after every fifth."""
    one = np.cumsum(chance.random(turns) < serving)
    other = np.cumsum(chance.random(turns) < candidate)
    threshold = math.log(len(Signal) / LiveRules().false_alarm)
    for seen in range(5, turns + 1, 5):
        evidence = log_evidence(
            tally(int(one[seen - 1]), seen),
            tally(int(other[seen - 1]), seen),
            Signal.FALLBACK,
            0.02,
        )
        if evidence >= threshold:
            return seen
    return None
