"""A released model is held against an earlier one on evidence alone, and for a set time."""

from __future__ import annotations

import pytest

from training_loop.errors import InvalidArgument
from training_loop.registry.live_counts import DAY_MS, TURNS, LiveTallies
from training_loop.registry.live_signals import LiveRules, Signal, Tally
from training_loop.registry.live_watch import (
    Watched,
    WatchRules,
    on_watch,
    watched,
    worse_than,
)
from training_loop.registry.pointer import Pointer
from training_loop.registry.settings import RegistrySettings

RULES = WatchRules()
TODAY = 20_000
NOW_MS = TODAY * DAY_MS + 1000
RELEASED = Pointer(
    model="nlu-new", fingerprint="f", previous="nlu-old", generation=4, released_ms=NOW_MS
)


def seen(
    bad_before: int, bad_since: int, turns: int = 400, signal: Signal = Signal.FALLBACK
) -> Watched:
    return Watched(
        until_ms=NOW_MS,
        since=Tally(turns=turns, bad={signal: bad_since}),
        before={"nlu-old": Tally(turns=turns, bad={signal: bad_before})},
    )


def test_a_model_is_on_watch_from_its_release_for_the_set_time_and_no_longer() -> None:
    week_ms = 7 * DAY_MS
    assert on_watch(RELEASED, RULES, NOW_MS)
    assert on_watch(RELEASED, RULES, NOW_MS + week_ms - 1)
    assert not on_watch(RELEASED, RULES, NOW_MS + week_ms)
    assert not on_watch(RELEASED, WatchRules(lasts_s=0), NOW_MS)


def test_a_model_that_was_rolled_back_to_or_was_the_first_is_not_on_watch() -> None:
    back = Pointer(model="nlu-old", fingerprint="f", previous="nlu-base", generation=5)
    first = Pointer(model="nlu-base", fingerprint="f", generation=1, released_ms=NOW_MS)
    assert not on_watch(back, RULES, NOW_MS)
    assert not on_watch(first, RULES, NOW_MS)


@pytest.mark.parametrize("signal", list(Signal))
def test_each_signal_that_is_surely_worse_is_found(signal: Signal) -> None:
    (worse,) = worse_than(seen(8, 120, signal=signal), RULES)["nlu-old"]
    assert worse.signal is signal
    assert (worse.serving, worse.candidate) == (0.02, 0.3)


def test_a_model_that_is_as_good_or_better_is_left_alone() -> None:
    assert worse_than(seen(20, 20), RULES) == {}
    assert worse_than(seen(20, 26), RULES) == {}
    assert worse_than(seen(120, 8), RULES) == {}


@pytest.mark.parametrize(("before", "since"), [(99, 400), (400, 99)])
def test_too_few_turns_of_either_decide_nothing_however_bad_they_were(
    before: int, since: int
) -> None:
    few = Watched(
        until_ms=NOW_MS,
        since=Tally(turns=since, bad={Signal.FALLBACK: since}),
        before={"nlu-old": Tally(turns=before)},
    )
    assert worse_than(few, RULES) == {}
    assert worse_than(few, WatchRules(least_turns=99))


def test_a_slow_day_is_not_held_against_a_model_as_soon_as_a_misunderstood_one() -> None:
    """What else the machine did on that day is in how slow a turn was."""
    assert worse_than(seen(8, 56, signal=Signal.CORRECTION), RULES)
    assert worse_than(seen(8, 56, signal=Signal.SLOW), RULES) == {}
    assert LiveRules(margin=0.3).margin_of(Signal.SLOW) == 0.3


def test_only_turns_since_the_release_and_of_the_days_before_it_are_compared() -> None:
    counts = {TURNS: 10, Signal.FALLBACK.value: 1}
    days = {
        (TODAY - 15, "nlu-old"): counts,
        (TODAY - 14, "nlu-old"): counts,
        (TODAY, "nlu-old"): counts,
        (TODAY + 1, "nlu-old"): counts,
        (TODAY - 1, "nlu-new"): counts,
        (TODAY, "nlu-new"): counts,
        (TODAY + 2, "nlu-new"): counts,
    }
    found = watched(RELEASED, LiveTallies(by_day=days), RULES, NOW_MS + 2 * DAY_MS)
    assert (found.since.turns, found.since.bad[Signal.FALLBACK]) == (20, 2)
    assert {model: tally.turns for model, tally in found.before.items()} == {"nlu-old": 20}
    assert found.until_ms == NOW_MS + 7 * DAY_MS


def test_the_environment_says_how_long_and_how_many_turns() -> None:
    given = {"EARMARK_WATCH_DAYS": "0.5", "EARMARK_WATCH_TURNS": "30"}
    assert RegistrySettings.from_environment(given).watch == WatchRules(
        lasts_s=43_200, least_turns=30
    )
    assert RegistrySettings.from_environment({}).watch == WatchRules()


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("EARMARK_WATCH_DAYS", "31"),
        ("EARMARK_WATCH_DAYS", "-1"),
        ("EARMARK_WATCH_DAYS", "nan"),
        ("EARMARK_WATCH_TURNS", "0"),
        ("EARMARK_WATCH_TURNS", "2.5"),
        ("EARMARK_WATCH_TURNS", "many"),
    ],
)
def test_a_watch_that_is_none_is_refused_by_name(name: str, value: str) -> None:
    with pytest.raises(InvalidArgument, match=name):
        RegistrySettings.from_environment({name: value})
