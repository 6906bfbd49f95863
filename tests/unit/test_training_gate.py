"""The gate lets through what is not worse, and says in words why not."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.fixtures.training import evaluation_of
from training_loop.errors import InvalidArgument
from training_loop.training.gate import judge

_RECALLS = st.integers(0, 20).map(lambda right: right / 20)


@given(_RECALLS, _RECALLS)
def test_a_model_passes_against_itself(one: float, other: float) -> None:
    model = evaluation_of(set_timer=(one, 20), stop=(other, 20))
    assert judge(model, model).passed


@given(_RECALLS, _RECALLS, _RECALLS, _RECALLS)
def test_nothing_passes_that_understands_fewer_requests(
    before_one: float, before_other: float, after_one: float, after_other: float
) -> None:
    before = evaluation_of(set_timer=(before_one, 20), stop=(before_other, 20))
    after = evaluation_of(set_timer=(after_one, 20), stop=(after_other, 20))
    fewer = round(20 * (after_one + after_other)) < round(20 * (before_one + before_other))
    if fewer:
        assert not judge(after, before).passed


def test_an_intent_that_is_clearly_worse_refuses_even_when_the_whole_is_better() -> None:
    before = evaluation_of(set_timer=(0.5, 20), stop=(1.0, 20))
    after = evaluation_of(set_timer=(1.0, 20), stop=(0.7, 20))
    verdict = judge(after, before)
    assert len(verdict.reasons) == 1
    assert "stop is clearly worse" in verdict.reasons[0]
    assert "6 more of 20 missed" in verdict.reasons[0]


def test_one_miss_of_a_rare_intent_is_not_clearly_worse() -> None:
    before = evaluation_of(set_timer=(0.5, 20), stop=(1.0, 3))
    after = evaluation_of(set_timer=(1.0, 20), stop=(2 / 3, 3))
    assert judge(after, before).passed


def test_an_intent_that_vanished_refuses() -> None:
    before = evaluation_of(set_timer=(0.5, 20), stop=(1.0, 5))
    after = evaluation_of(set_timer=(1.0, 25))
    assert "stop is clearly worse" in judge(after, before).reasons[0]


def test_entities_may_lose_the_margin_and_no_more() -> None:
    before = evaluation_of(stop=(1.0, 5), entity_f1=0.90)
    assert judge(evaluation_of(stop=(1.0, 5), entity_f1=0.895), before).passed
    assert "Entity F1" in judge(evaluation_of(stop=(1.0, 5), entity_f1=0.88), before).reasons[0]
    assert not judge(evaluation_of(stop=(1.0, 5), entity_f1=None), before).passed


def test_evaluations_on_different_splits_are_not_compared() -> None:
    with pytest.raises(InvalidArgument):
        judge(evaluation_of(stop=(1.0, 5)), evaluation_of(hold_out="other", stop=(1.0, 5)))
