"""The gate lets through what is not worse, and says in words why not."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from training_loop.datasets.gold import Group
from training_loop.training.example_result import EntityCount, ExampleResult
from training_loop.training.gate import Change, GateRules, Verdict, judge
from training_loop.training.slices import Slice, SliceKind

QUICK = GateRules(resamples=1000)
"""Fewer resamples for tests that judge often."""

Results = tuple[ExampleResult, ...]


def results_of(
    right: Iterable[bool],
    *,
    intent: str = "stop",
    group: Group | None = None,
    each: int = 1,
    took_ms: float = 1.0,
) -> Results:
    """Examples of one intent; `each` of them belong to one speaker."""
    return tuple(
        ExampleResult(
            example=f"{intent}-{number}",
            speaker=f"{intent}-{number // each}",
            group=group or Group(),
            intent=intent,
            given=intent if one else "other",
            right=one,
            took_ms=took_ms,
        )
        for number, one in enumerate(right)
    )


def change_in(verdict: Verdict, kind: SliceKind, name: str = "") -> Change:
    (found,) = [one.change for one in verdict.measured if one.part == Slice(kind, name)]
    return found


MANY = st.lists(st.booleans(), min_size=30, max_size=80)


@given(MANY)
@settings(max_examples=25, deadline=None)
def test_a_model_passes_against_itself(right: list[bool]) -> None:
    model = results_of(right)
    assert judge(model, model, QUICK).passed


@given(MANY, st.randoms(use_true_random=False))
@settings(max_examples=25, deadline=None)
def test_nothing_passes_that_understands_fewer_requests(
    right: list[bool], chance: random.Random
) -> None:
    after = [one and chance.random() > 0.1 for one in right]
    if sum(after) < sum(right):
        assert not judge(results_of(after), results_of(right), QUICK).passed


@given(MANY, st.randoms(use_true_random=False))
@settings(max_examples=25, deadline=None)
def test_getting_more_right_never_turns_a_pass_into_a_refusal(
    right: list[bool], chance: random.Random
) -> None:
    after = [chance.random() > 0.3 for _ in right]
    better = [one or chance.random() > 0.5 for one in after]
    if judge(results_of(after), results_of(right), QUICK).passed:
        assert judge(results_of(better), results_of(right), QUICK).passed


@given(MANY, st.randoms(use_true_random=False))
@settings(max_examples=10, deadline=None)
def test_the_order_of_examples_and_the_names_of_speakers_change_nothing(
    right: list[bool], chance: random.Random
) -> None:
    before = results_of([chance.random() > 0.3 for _ in right], each=3)
    after = results_of(right, each=3)
    renamed = [replace(one, speaker=f"x{one.speaker}") for one in after]
    chance.shuffle(renamed)
    assert judge(renamed, before, QUICK) == judge(after, before, QUICK)


def test_a_clearly_worse_intent_refuses_even_when_the_whole_is_better() -> None:
    before = results_of([False] * 20 + [True] * 20, intent="time") + results_of([True] * 20)
    after = results_of([True] * 40, intent="time") + results_of([True] * 10 + [False] * 10)
    verdict = judge(after, before)
    assert len(verdict.reasons) == 1
    assert "stop is clearly worse: 100.0% to 50.0% of 20 held-out examples" in verdict.reasons[0]
    assert "with 95% confidence; 5.0% may be lost" in verdict.reasons[0]
    assert change_in(verdict, SliceKind.INTENT, "stop") is Change.WORSE
    assert change_in(verdict, SliceKind.INTENT, "time") is Change.BETTER


def test_one_miss_of_an_intent_is_not_clearly_worse() -> None:
    before = results_of([False] * 3 + [True] * 37, intent="time") + results_of([True] * 10)
    after = results_of([True] * 40, intent="time") + results_of([True] * 9 + [False])
    assert judge(after, before).passed


def test_what_cannot_be_told_is_said_and_refuses_nothing() -> None:
    before = results_of([False] * 9 + [True] * 31, intent="time") + results_of([True] * 4)
    after = results_of([True] * 40, intent="time") + results_of([True] + [False] * 3)
    verdict = judge(after, before)
    assert verdict.passed
    assert change_in(verdict, SliceKind.INTENT, "stop") is Change.CANNOT_TELL
    assert verdict.doubts == (
        "stop looks worse, 100.0% to 25.0%, but 4 held-out examples of 4 speakers are too few"
        " to tell.",
    )


def test_many_examples_of_few_speakers_tell_nothing_about_others() -> None:
    good = results_of([False] * 30 + [True] * 10, intent="time")
    better = results_of([True] * 40, intent="time")
    one_voice = judge(
        better + results_of([False] * 20, each=20), good + results_of([True] * 20, each=20)
    )
    assert one_voice.passed
    assert "20 held-out examples of 1 speakers are too few" in one_voice.doubts[0]
    many = judge(better + results_of([False] * 20), good + results_of([True] * 20))
    assert not many.passed


def test_a_hold_out_that_is_too_small_lets_nothing_pass() -> None:
    few = results_of([True] * 29)
    assert "Nobody can tell from 29 held-out examples" in judge(few, few).reasons[0]


@pytest.mark.parametrize(
    ("group", "words"),
    [
        (Group(noise="loud"), "The group with noise loud"),
        (Group(pitch="high"), "The group with pitch high"),
        (Group(device_kind="kitchen"), "The group with device kind kitchen"),
        (Group(locale="en-IN"), "The group with locale en-IN"),
    ],
)
def test_a_group_must_not_pay_for_the_others(group: Group, words: str) -> None:
    common = Group(device_kind="desk", noise="quiet", pitch="low")
    before = results_of([False] * 30 + [True] * 30, intent="a", group=common)
    after = results_of([True] * 60, intent="a", group=common)
    before += results_of([True] * 30, intent="b", group=group)
    after += results_of([True] * 20 + [False] * 10, intent="b", group=group)
    rules = GateRules(intent_margin=1.0)
    reasons = judge(after, before, rules).reasons
    assert any(reason.startswith(f"{words} is clearly worse") for reason in reasons)


def with_entities(results: Results, found: Callable[[int], EntityCount]) -> Results:
    return tuple(
        replace(one, entities={"duration": found(number)}) for number, one in enumerate(results)
    )


def test_an_entity_that_got_worse_refuses_though_every_intent_is_right() -> None:
    intents = results_of([True] * 60)
    before = with_entities(intents, lambda _: EntityCount(right=1))
    after = with_entities(
        intents, lambda n: EntityCount(right=1) if n % 3 else EntityCount(wrong=1, missed=1)
    )
    reasons = judge(after, before).reasons
    assert len(reasons) == 2
    assert reasons[0].startswith("Entity F1 over all is clearly worse: 100.0% to 66.7%")
    assert reasons[1].startswith("The entity duration is clearly worse")


def test_right_but_slow_is_refused_and_fast_but_wrong_is() -> None:
    model = results_of([True] * 40)
    slow = judge(results_of([True] * 40, took_ms=35.0), model)
    assert slow.reasons == (
        "It is too slow: 95 % of requests take up to 35.0 ms, 20.0 ms are allowed.",
    )
    wrong = judge(results_of([True] * 35 + [False] * 5, took_ms=0.01), model)
    assert "Intent accuracy fell from 100.0% to 87.5%: 5 fewer of 40" in wrong.reasons[0]


def test_what_outgrows_its_budget_is_refused() -> None:
    model = results_of([True] * 40)
    verdict = judge(model, model, size_bytes=300_000_000)
    assert verdict.reasons == ("It is too big: 300 MB, 200 MB are allowed.",)


def test_recognised_words_count_where_there_are_any() -> None:
    before = tuple(replace(one, words=10, word_errors=2) for one in results_of([True] * 40))
    after = tuple(replace(one, word_errors=1) for one in before)
    assert judge(after, before).passed
    assert "Word errors rose from 10.00% to 20.00%" in judge(before, after).reasons[0]


def test_a_language_model_that_hears_better_over_all_must_not_lose_an_intents_words() -> None:
    def heard(intent: str, number: int, errors: int) -> Results:
        results = results_of([not errors] * number, intent=intent)
        return tuple(replace(one, given="", words=4, word_errors=errors) for one in results)

    before = (*heard("stop", 20, 0), *heard("set_timer", 60, 2))
    after = (*heard("stop", 20, 1), *heard("set_timer", 60, 0))
    verdict = judge(after, before)
    assert change_in(verdict, SliceKind.OVERALL) is Change.BETTER
    (reason,) = verdict.reasons
    assert reason.startswith("stop is clearly worse: 100.0% to 75.0% of 20 clips' words")


def test_a_language_model_must_not_lose_the_words_of_an_entity() -> None:
    results = results_of([True] * 60)
    whole = tuple(replace(one, given="", words=4) for one in results)
    before = with_entities(whole, lambda _: EntityCount(right=1))
    after = with_entities(whole, lambda n: EntityCount(right=n % 3 > 0, missed=n % 3 == 0))
    reasons = judge(after, before).reasons
    assert len(reasons) == 2
    assert reasons[1].startswith("The entity duration is clearly worse: 100.0% to")
    assert "60 clips, heard whole" in reasons[1]


def test_an_example_that_only_one_model_saw_is_left_out() -> None:
    """Consent to it may have ended between the two."""
    before = results_of([True] * 40)
    verdict = judge(before[:-2], before)
    assert verdict.passed
    assert verdict.doubts == ("2 results were left out: only one model has them.",)


def test_a_verdict_is_the_same_every_time() -> None:
    before = results_of([True, False] * 30, each=2)
    after = results_of([True, True, False] * 20, each=2)
    assert judge(after, before) == judge(after, before)


def simulated(
    chance: np.random.Generator, accuracy: float, disagree: float
) -> tuple[Results, Results]:
    """Two models of the same accuracy, who disagree on a part of 600 examples in 20 intents."""
    right = chance.random(600) < accuracy
    swap = chance.random(600) < disagree
    other = np.where(swap, chance.random(600) < accuracy, right)
    return _in_intents(right), _in_intents(other)


def _in_intents(right: NDArray[np.bool_]) -> Results:
    return tuple(
        one
        for part in range(20)
        for one in results_of(map(bool, right[part::20]), intent=f"i{part}", each=2)
    )


def test_equal_models_are_seldom_called_worse_in_a_part() -> None:
    """Of candidates as good as the model in service that differ by chance alone, the parts refuse
    at most 1 in 10; that the whole may not be a single example worse refuses up to half of them,
    and none that gives the same answers."""
    chance = np.random.default_rng(7)
    runs = 60
    rules = replace(QUICK, resamples=400, overall_margin=1.0)
    passed = 0
    for _ in range(runs):
        before, after = simulated(chance, 0.9, 0.1)
        passed += judge(after, before, rules).passed
    assert passed >= 0.9 * runs
