"""When a lap is due: a rule on what is known at a moment."""

from __future__ import annotations

from dataclasses import replace

import pytest

from training_loop.errors import InvalidArgument
from training_loop.lap.schedule import AGAIN_AFTER_S, Reason, Standing, When, due

DAY_S = 86_400.0
NOW_S = 1_000 * DAY_S
QUIET = Standing(
    now_s=NOW_S, last_data_set_s=NOW_S - DAY_S, tried_s=None, new_items=0, to_replace=False
)
WEEKLY = When(every_s=7 * DAY_S, new_items=500)


def test_nothing_new_asks_for_nothing_however_long_ago_the_last_lap_was() -> None:
    assert due(replace(QUIET, last_data_set_s=NOW_S - 100 * DAY_S), WEEKLY) is None


def test_enough_new_items_ask_for_a_lap_before_its_time() -> None:
    assert due(replace(QUIET, new_items=499), WEEKLY) is None
    assert due(replace(QUIET, new_items=500), WEEKLY) is Reason.ITEMS


def test_time_asks_for_a_lap_when_there_is_anything_new() -> None:
    old = replace(QUIET, new_items=1, last_data_set_s=NOW_S - 7 * DAY_S)
    assert due(old, WEEKLY) is Reason.TIME
    assert due(replace(old, last_data_set_s=None), WEEKLY) is Reason.TIME
    assert due(replace(old, last_data_set_s=NOW_S - 6 * DAY_S), WEEKLY) is None
    assert due(old, When(new_items=500)) is None


def test_a_model_that_must_be_replaced_asks_at_once_and_whatever_the_schedule_is() -> None:
    tainted = replace(QUIET, to_replace=True)
    assert due(tainted, WEEKLY) is Reason.REPLACEMENT
    assert due(tainted, When()) is Reason.REPLACEMENT


def test_a_lap_that_did_not_help_is_not_repeated_at_every_look() -> None:
    tainted = replace(QUIET, to_replace=True, new_items=900, tried_s=NOW_S - AGAIN_AFTER_S + 1)
    assert due(tainted, WEEKLY) is None
    assert due(replace(tainted, tried_s=NOW_S - AGAIN_AFTER_S), WEEKLY) is Reason.REPLACEMENT


def test_a_lap_that_failed_before_its_data_set_waits_for_its_time_again() -> None:
    never = replace(QUIET, last_data_set_s=None, new_items=5, tried_s=NOW_S - 2 * DAY_S)
    assert due(never, WEEKLY) is None
    assert due(replace(never, tried_s=NOW_S - 7 * DAY_S), WEEKLY) is Reason.TIME


@pytest.mark.parametrize("wrong", [{"every_s": 0.0}, {"new_items": 0}, {"every_s": -1.0}])
def test_a_schedule_needs_times_and_numbers_above_nothing(wrong: dict[str, float]) -> None:
    with pytest.raises(InvalidArgument):
        When(**wrong)  # type: ignore[arg-type]
