"""What the options of `training-loop lap` and `schedule` mean."""

from __future__ import annotations

from training_loop.commands.lap import Kind, kinds_of, trial_of
from training_loop.lap.plan import ORDER, LapPlan, with_kinds
from training_loop.registry.course import ENOUGH_COMPARED
from training_loop.training.trainer import ModelKind


def test_without_any_stage_models_are_released_at_once() -> None:
    assert trial_of("0s", "0s", 0.05, 100) is None


def test_a_stage_needs_as_many_requests_as_was_said() -> None:
    trial = trial_of("90s", "2h", 0.5, 20)
    assert trial is not None
    assert (trial.shadow_for_s, trial.canary_for_s, trial.canary_share) == (90.0, 7200.0, 0.5)
    assert (trial.least_turns, trial.least_compared) == (20, 20)
    more = trial_of("90s", "0s", 0.5, 1000)
    assert more is not None
    assert (more.least_turns, more.least_compared) == (1000, ENOUGH_COMPARED)


def test_kinds_come_in_the_order_of_a_lap_and_all_of_them_unless_some_are_named() -> None:
    assert kinds_of(None) == ORDER
    assert kinds_of([Kind.thresholds, Kind.nlu]) == (ModelKind.NLU, ModelKind.THRESHOLDS)


def test_what_must_be_replaced_is_trained_though_other_kinds_were_named() -> None:
    only = LapPlan(kinds=(ModelKind.NLU,), seed=7)
    wanted = with_kinds(only, [ModelKind.LANGUAGE_MODEL, ModelKind.NLU])
    assert wanted == LapPlan(kinds=(ModelKind.NLU, ModelKind.LANGUAGE_MODEL), seed=7)
    assert with_kinds(only, [ModelKind.ACOUSTIC]) == only
