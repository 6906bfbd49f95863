"""What the tracking server gets of a lap: accepted, right, and nothing of a single example."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from tests.fixtures import lap_outcome as made_up
from training_loop.lap.outcome import CurvePoint, LapOutcome, ModelOutcome, Result
from training_loop.lap.report.page import page
from training_loop.lap.tracked import label, tracked_run
from training_loop.registry.tracking.run import Outcome, TrackedRun
from training_loop.training.trainer import ModelKind

_PNG = b"\x89PNG"


@pytest.fixture(scope="module")
def run(lap_outcome: LapOutcome) -> TrackedRun:
    return tracked_run(lap_outcome, lap_outcome.models[0])


def test_tells_what_the_model_was_made_of_and_what_it_came_to(run: TrackedRun) -> None:
    assert (run.kind, run.model) == ("nlu", made_up.nlu().model)
    assert run.outcome is Outcome.FINISHED
    assert run.ended_at_s - run.began_at_s == pytest.approx(96.7)
    expected = {"seed": 42, "items": 474, "count_gold": 474, "withheld_over_cap": 54}
    assert expected.items() <= run.parameters.items()
    assert run.parameters["parent"] == made_up.nlu().parent
    for name, (before, after) in made_up.nlu().figures.items():
        assert run.metrics[f"before_{name}"] == before
        assert run.metrics[f"after_{name}"] == after
    _, after_ = made_up.nlu().evaluations()
    assert run.metrics["after_f1/play_music"] == after_.intents["play_music"].f1
    assert run.metrics["gate_passed"] == 1
    assert run.metrics["shadow_agreement"] == pytest.approx(1651 / 1840)
    assert list(run.series["curve_clips"]) == [0.0, 118.0, 238.0, 474.0]
    assert run.series["curve_accuracy"][-1] == 0.921


def test_brings_reports_and_plots(run: TrackedRun) -> None:
    plots = {"confusion.png", "by_intent.png", "groups.png", "learning_curve.png"}
    assert set(run.artefacts) == {"evaluation.json", "confusion.json", "gate.json", *plots}
    assert all(run.artefacts[name].startswith(_PNG) for name in plots)
    gate = json.loads(run.artefacts["gate.json"])
    verdict = made_up.nlu().verdict
    assert verdict
    assert len(gate["measured"]) == len(verdict.measured)
    assert gate["measured"][0]["after"] == verdict.measured[0].after
    confusion = json.loads(run.artefacts["confusion.json"])
    assert sum(map(sum, confusion["rows"])) == made_up.EXAMPLES


def test_the_same_lap_is_the_same_run(lap_outcome: LapOutcome, run: TrackedRun) -> None:
    assert tracked_run(lap_outcome, lap_outcome.models[0]) == run
    other = replace(lap_outcome, began_at_s=lap_outcome.began_at_s + 1)
    assert tracked_run(other, other.models[0]).key != run.key
    assert tracked_run(lap_outcome, lap_outcome.models[1]).key != run.key


def test_nothing_of_a_single_example_is_told(lap_outcome: LapOutcome) -> None:
    for model in lap_outcome.models:
        told = tracked_run(lap_outcome, model).to_bytes().decode()
        run = TrackedRun.from_bytes(told.encode())
        everything = told + "".join(
            content.decode() for name, content in run.artefacts.items() if name.endswith("json")
        )
        assert "example-" not in everything
        assert "speaker-" not in everything
        assert all(one.ref.item not in everything for one in lap_outcome.data_set.items)
        for reason in model.reasons:
            assert reason not in everything


@pytest.mark.parametrize(
    ("model", "outcome"),
    [
        (made_up.failed(), Outcome.FAILED),
        (ModelOutcome(kind=ModelKind.NLU, result=Result.WITHDRAWN), Outcome.KILLED),
        (ModelOutcome(kind=ModelKind.ACOUSTIC, result=Result.UNDECIDED), Outcome.FINISHED),
    ],
    ids=["failed", "withdrawn", "undecided"],
)
def test_a_model_that_was_not_compared_is_told_as_well(
    model: ModelOutcome, outcome: Outcome
) -> None:
    run = tracked_run(made_up.outcome(model), model)
    assert run.outcome is outcome
    assert run.artefacts == {}
    assert run.parameters.get("failure", "") == (model.failure.code if model.failure else "")
    assert TrackedRun.from_bytes(run.to_bytes()) == run


def test_a_language_model_has_words_and_no_intents(lap_outcome: LapOutcome) -> None:
    run = tracked_run(lap_outcome, lap_outcome.models[1])
    assert run.metrics["after_word_error_rate"] < run.metrics["before_word_error_rate"]
    assert set(run.artefacts) == {"gate.json", "word_error_rate.png"}
    assert run.artefacts["word_error_rate.png"].startswith(_PNG)


def test_the_page_of_the_lap_goes_with_each_run_where_it_may(lap_outcome: LapOutcome) -> None:
    written = page(lap_outcome).encode()
    for model in lap_outcome.models:
        run = tracked_run(lap_outcome, model, written)
        assert run.artefacts["report.html"] == written
        assert TrackedRun.from_bytes(run.to_bytes()) == run
    loads = written + b"<script></script>"
    assert "report.html" not in tracked_run(lap_outcome, made_up.failed(), loads).artefacts


def test_a_language_models_curve_is_of_wrong_words() -> None:
    curve = tuple(
        CurvePoint(clips=clips, accuracy=0.3, exact=0.3, word_error_rate=wrong)
        for clips, wrong in ((474, 0.059), (0, 0.342))
    )
    model = replace(made_up.language_model(), curve=curve)
    series = tracked_run(made_up.outcome(model), model).series
    assert list(series["curve_clips"]) == [0.0, 474.0]
    assert list(series["curve_word_error_rate"]) == [0.342, 0.059]
    assert "curve_word_error_rate" not in tracked_run(made_up.outcome(), made_up.nlu()).series


def test_names_that_a_run_would_refuse_are_made_plain() -> None:
    odd = {"stop": "acc_settings", "ask_time": "what's the time?", "ask_date": "dätum"}
    results = tuple(
        replace(one, intent=odd.get(one.intent, one.intent), given=odd.get(one.given, one.given))
        for one in made_up.understood({}, seed=1)
    )
    model = made_up.model(ModelKind.NLU, results, results)
    run = tracked_run(made_up.outcome(model), model)
    assert "after_f1/what_s_the_time_" in run.metrics
    assert "_acc_settings" in json.loads(run.artefacts["confusion.json"])["labels"]
    assert label("") == ""
    assert len(label("a" * 500)) == 100


def test_more_intents_than_a_run_takes_leave_it_whole() -> None:
    results = tuple(
        replace(one, example=str(number), intent=f"intent_{number}")
        for number, one in enumerate(made_up.understood({}, seed=1))
    )
    model = made_up.model(ModelKind.NLU, results, results)
    run = tracked_run(made_up.outcome(model), model)
    assert len(run.metrics) <= 1000
    assert len(json.loads(run.artefacts["evaluation.json"])["after"]["intents"]) == 700
