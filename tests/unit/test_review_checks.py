"""Hidden checks find who does not listen and spare who errs now and then; alpha is known."""

from __future__ import annotations

import random

import pytest

from training_loop.review.agreement import judgement
from training_loop.review.checks import (
    SAME_IN_A_ROW,
    WINDOW,
    CheckRate,
    CheckResults,
    is_right,
    surely_below,
)
from training_loop.review.reliability import FEWEST_PAIRS, Pair, Tokens, nominal_alpha, reliability
from training_loop.review.task import Opinion

# Two observers, ten units; K. Krippendorff, "Computing Krippendorff's Alpha-Reliability" (2011),
# section A: binary data, alpha = 0.095.
_BINARY = list(zip("0100000000", "1110010010", strict=True))


def _held_after(error: float, chance: random.Random, checks: int) -> int | None:
    latest: list[bool] = []
    for number in range(checks):
        latest = [*latest, chance.random() >= error][-WINDOW:]
        if surely_below(sum(latest), len(latest) - sum(latest)):
            return number + 1
    return None


def test_who_is_always_wrong_is_held_after_five_checks() -> None:
    assert _held_after(1.0, random.Random(1), 100) == 5


def test_who_errs_in_one_clip_of_ten_is_not_held() -> None:
    chance = random.Random(2)
    held = [_held_after(0.1, chance, 200) for _ in range(300)]
    assert sum(number is not None for number in held) == 0


def test_who_guesses_half_of_them_is_held_within_the_window() -> None:
    chance = random.Random(3)
    held = [_held_after(0.5, chance, 200) for _ in range(100)]
    assert all(held)


def test_the_same_answer_to_everything_is_held_without_any_check() -> None:
    assert not CheckResults(same_in_a_row=SAME_IN_A_ROW - 1).held
    assert CheckResults(same_in_a_row=SAME_IN_A_ROW).held


def test_accuracy_is_not_told_below_ten_checks() -> None:
    assert CheckResults(right=9).accuracy is None
    assert CheckResults(right=9, wrong=1).accuracy == 0.9


def test_newcomers_are_checked_more_often() -> None:
    rate = CheckRate(usual=0.05, early=0.25)
    assert rate.due(answered=0, chance=0.2)
    assert not rate.due(answered=5, chance=0.2)
    assert rate.due(answered=5, chance=0.04)
    with pytest.raises(ValueError, match="shares"):
        CheckRate(usual=0.5, early=0.1)


def test_a_check_is_right_when_it_says_what_was_settled() -> None:
    truth = Opinion(text="ten minutes", intent="set_timer")
    assert is_right(Opinion(text="10 minutes!", intent="set_timer"), truth)
    assert not is_right(Opinion(text="ten minutes", intent="stop"), truth)
    assert not is_right(Opinion(unusable=True), truth)
    assert is_right(Opinion(unusable=True), None)
    assert not is_right(truth, None)


def test_alpha_is_that_of_the_published_example() -> None:
    assert nominal_alpha(_BINARY) == pytest.approx(0.095, abs=0.001)


def test_alpha_is_one_when_all_agree_and_about_nothing_by_chance() -> None:
    chance = random.Random(4)
    values = [str(chance.randrange(8)) for _ in range(1000)]
    assert nominal_alpha(zip(values, values, strict=True)) == 1.0
    others = [str(chance.randrange(8)) for _ in range(1000)]
    assert nominal_alpha(zip(values, others, strict=True)) == pytest.approx(0.0, abs=0.05)


def test_alpha_is_not_told_where_there_is_too_little_to_say() -> None:
    assert nominal_alpha([("a", "b")] * (FEWEST_PAIRS - 1)) is None
    assert nominal_alpha([("a", "a")] * 100) is None


def test_texts_and_meanings_are_judged_apart_and_set_aside_counts() -> None:
    tokens = Tokens()
    said = [judgement(Opinion(text=f"say {n}", intent="a" if n % 2 else "b")) for n in range(20)]
    other = [judgement(Opinion(text=f"so {n}", intent="a" if n % 2 else "b")) for n in range(20)]
    aside = judgement(Opinion(unusable=True)), judgement(Opinion(not_for_assistant=True))
    pairs = [tokens.pair(one, two) for one, two in zip(said, other, strict=True)]
    found = reliability([*pairs, tokens.pair(*aside)])
    assert found.intent_alpha == 1.0
    assert found.text_alpha is not None
    assert found.text_alpha < 0.1


def test_tokens_say_nothing_and_mean_nothing_to_another_process() -> None:
    said = judgement(Opinion(text="call my mother", intent="call"))
    here, elsewhere = Tokens(), Tokens()
    written = here.pair(said, said).written()
    assert Pair.read(written) == here.pair(said, said)
    assert written != elsewhere.pair(said, said).written()
    assert "mother" not in written
    assert "call" not in written
    assert repr(here) == repr(elsewhere)
