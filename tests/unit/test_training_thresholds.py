"""Thresholds cost least on what reviewers found, and a changed package is refused."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.hearing.endpointer import Endpointing
from assistant.nlu.interpreter import IntentScore, Interpretation
from assistant.nlu.thresholds import CalibratedInterpreter, under
from assistant.thresholds import ending_after, unchosen
from assistant.wake.verifier import WakeDetector
from training_loop.training.thresholds import NluThresholds, Thresholds, ThresholdsRefused
from training_loop.training.thresholds_fit import (
    LEAST_FALSE_WAKES,
    LEAST_OUTCOMES,
    Costs,
    choose_nlu,
    choose_silence,
    choose_wake,
    fit,
)
from training_loop.training.thresholds_trainer import defaults


def overconfident(number: int) -> list[tuple[float, bool]]:
    """Says 0.95 and is right in 6 of 10, says 0.99 and is right in 9 of 10."""
    chance = np.random.default_rng(5)
    return [
        (sure, bool(chance.random() < right))
        for sure, right in ((0.95, 0.6), (0.99, 0.9))
        for _ in range(number)
    ]


def test_calibration_brings_confidences_to_how_often_they_are_right() -> None:
    chosen = choose_nlu(overconfident(500), NluThresholds(), Costs())
    assert chosen.calibrated(0.95) == pytest.approx(0.6, abs=0.05)
    assert chosen.calibrated(0.99) == pytest.approx(0.9, abs=0.05)


def test_the_dearer_a_wrong_action_the_higher_the_fallback() -> None:
    outcomes = overconfident(500)
    mild, strict = (
        choose_nlu(outcomes, NluThresholds(), Costs(acted_wrongly=cost)) for cost in (2.0, 5.0)
    )
    assert mild.calibrated(0.95) >= mild.fallback
    assert strict.calibrated(0.95) < strict.fallback <= strict.calibrated(0.99)


def test_with_few_outcomes_everything_stays_as_it_was() -> None:
    few = overconfident(1)
    assert len(few) < LEAST_OUTCOMES
    before = NluThresholds(slope=2.0, offset=0.5, fallback=0.6)
    assert choose_nlu(few, before, Costs()) == before
    assert choose_silence([(900.0, False)] * 3, 650, Costs()) == 650
    assert choose_wake(few, 0.66, Costs()) == 0.66


def test_words_that_were_meant_alone_move_no_wake_score() -> None:
    meant = [(0.75, True)] * 10 + [(0.95, True)] * 90
    assert choose_wake(meant, 0.9, Costs()) == 0.9
    few_false = [(0.71, False)] * (LEAST_FALSE_WAKES - 1)
    assert choose_wake(meant + few_false, 0.9, Costs()) == 0.9
    assert choose_wake(meant + few_false + few_false, 0.9, Costs()) < 0.9


def test_confidences_that_say_nothing_are_left_alone() -> None:
    misleading = [(0.9, False), (0.2, True)] * 100
    chosen = choose_nlu(misleading, NluThresholds(), Costs())
    assert (chosen.slope, chosen.offset) == (1.0, 0.0)


@given(st.floats(0.01, 5), st.floats(-3, 3), st.floats(0, 1), st.floats(0, 1))
def test_calibration_never_changes_which_intent_is_likelier(
    slope: float, offset: float, one: float, other: float
) -> None:
    thresholds = NluThresholds(slope=slope, offset=offset)
    low, high = sorted((one, other))
    assert 0 <= thresholds.calibrated(low) <= thresholds.calibrated(high) <= 1


def test_people_who_pause_get_a_longer_silence_and_quick_ones_a_shorter() -> None:
    quick = choose_silence([(80.0, False)] * 200, 700, Costs())
    slow = choose_silence([(80.0, False)] * 120 + [(600.0, True)] * 80, 700, Costs())
    assert quick < 700 < slow


def test_the_wake_score_lies_between_what_was_said_and_what_was_not() -> None:
    outcomes = [(0.9, True)] * 60 + [(0.75, False)] * 60
    assert 0.75 < choose_wake(outcomes, 0.7, Costs()) <= 0.9


@pytest.fixture
def chosen() -> Thresholds:
    return replace(
        defaults("a" * 64),
        nlu=NluThresholds(slope=0.5, offset=-0.5, fallback=0.6),
        trailing_silence_ms=900,
    )


def test_a_package_comes_back_as_it_was_written(chosen: Thresholds, tmp_path: Path) -> None:
    chosen.write(tmp_path / "package")
    assert Thresholds.read(tmp_path / "package") == chosen


def test_a_changed_package_is_refused(chosen: Thresholds, tmp_path: Path) -> None:
    path = tmp_path / "package"
    chosen.write(path)
    content = json.loads(path.read_text())
    content["nlu"]["fallback"] = 0.51
    path.write_text(json.dumps(content))
    with pytest.raises(ThresholdsRefused, match="changed"):
        Thresholds.read(path)
    with pytest.raises(ThresholdsRefused, match="cannot be read"):
        Thresholds.read(tmp_path / "nothing")


def test_thresholds_outside_of_sense_are_refused(chosen: Thresholds) -> None:
    with pytest.raises(ThresholdsRefused):
        replace(chosen, trailing_silence_ms=0)
    with pytest.raises(ThresholdsRefused):
        replace(chosen, nlu=NluThresholds(slope=-1.0))


def test_listening_ends_after_the_silence_that_was_chosen(chosen: Thresholds) -> None:
    assert ending_after(Endpointing(), chosen).trailing_silence_ms == 900
    short = replace(chosen, trailing_silence_ms=100)
    assert ending_after(Endpointing(), short).trailing_silence_ms == 250


def test_without_a_package_and_with_the_base_one_a_server_does_the_same(tmp_path: Path) -> None:
    for own in (Endpointing(), Endpointing(trailing_silence_ms=900)):
        base = unchosen(own)
        assert ending_after(own, base) == own
        assert base.wake_accept_from == WakeDetector("alexa").accept_from
        assert base.nlu_model == "", "it is for no model, whose own answers stand"
        for path in (tmp_path / "one", tmp_path / "other"):
            base.write(path)
        assert (tmp_path / "one").read_bytes() == (tmp_path / "other").read_bytes()
    assert defaults("", Costs()).trailing_silence_ms == unchosen(Endpointing()).trailing_silence_ms
    assert defaults("", Costs()).wake_accept_from == unchosen(Endpointing()).wake_accept_from


def test_where_nothing_was_found_out_about_an_nlu_the_part_stays_for_the_model_it_was_for(
    chosen: Thresholds, tmp_path: Path
) -> None:
    chosen.write(tmp_path / "now")
    given = {
        "now": str(tmp_path / "now"),
        "package": str(tmp_path / "package"),
        "nlu_model": "b" * 64,
        "costs": {},
        "endpoint": [],
        "wake": [],
    }
    fit(given | {"nlu": []}, lambda *_: None)
    kept = Thresholds.read(tmp_path / "package")
    assert (kept.nlu_model, kept.nlu) == (chosen.nlu_model, chosen.nlu)
    fit(given | {"nlu": overconfident(500)}, lambda *_: None)
    assert Thresholds.read(tmp_path / "package").nlu_model == "b" * 64


UNSURE = Interpretation(
    text="x",
    intent="",
    confidence=0.45,
    ranking=(IntentScore(name="stop", confidence=0.45), IntentScore(name="go", confidence=0.4)),
)


def test_a_fallback_decides_in_place_of_the_engine() -> None:
    bold = under(NluThresholds(offset=1.0), UNSURE)
    assert bold.intent == "stop"
    assert bold.confidence == pytest.approx(0.69, abs=0.01)
    shy = under(NluThresholds(offset=-1.0), replace(UNSURE, intent="stop"))
    assert shy.intent == ""
    assert shy.confidence == pytest.approx(0.23, abs=0.01)


class Always:
    async def interpret(self, text: str) -> Interpretation:
        return UNSURE

    async def healthy(self) -> bool:
        return True

    async def close(self) -> None:
        return None


async def test_thresholds_of_another_model_are_not_used(chosen: Thresholds) -> None:
    bold = replace(chosen, nlu=NluThresholds(offset=1.0))
    serving = ["a" * 64]
    interpreter = CalibratedInterpreter(Always(), lambda: serving[0])
    assert await interpreter.interpret("x") == UNSURE
    interpreter.use(bold)
    assert (await interpreter.interpret("x")).intent == "stop"
    serving[0] = "b" * 64
    assert await interpreter.interpret("x") == UNSURE
    serving[0] = "a" * 64
    interpreter.use(unchosen(Endpointing()))
    assert await interpreter.interpret("x") == UNSURE
