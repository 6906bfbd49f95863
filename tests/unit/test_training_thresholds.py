"""Thresholds cost least on what reviewers found, and a changed package is refused."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TypeVar

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.hearing.endpointer import Endpointing
from assistant.nlu.interpreter import IntentScore, Interpretation
from assistant.nlu.thresholds import CalibratedInterpreter, under
from assistant.thresholds import ending_after, unchosen
from assistant.wake.verifier import WakeDetector
from training_loop.training.thresholds import (
    Costs,
    NluThresholds,
    Thresholds,
    ThresholdsRefused,
    logit,
)
from training_loop.training.thresholds_choice import (
    LEAST_ACCOUNTS,
    LEAST_OUTCOMES,
    nearest_as_good,
)
from training_loop.training.thresholds_fit import (
    LEAST_FALSE_WAKES,
    choose_silence,
    choose_wake,
    fit,
)
from training_loop.training.thresholds_nlu import NluOutcome, calibrated, choose_nlu
from training_loop.training.thresholds_trainer import defaults

Outcome = TypeVar("Outcome")


def by_account(outcomes: Sequence[Outcome], accounts: int = 10) -> list[Sequence[Outcome]]:
    """Dealt out one after the other."""
    return [outcomes[number::accounts] for number in range(accounts)]


def overconfident(number: int) -> list[NluOutcome]:
    """Says 0.95 and is right in 6 of 10, says 0.99 and is right in 9 of 10."""
    chance = np.random.default_rng(5)
    return [
        (sure, bool(chance.random() < right), True)
        for sure, right in ((0.95, 0.6), (0.99, 0.9))
        for _ in range(number)
    ]


def believed(number: int, *, odds: float, seed: int) -> list[NluOutcome]:
    """Of a model whose log-odds are too high by `odds`: 0 is one that says what is so."""
    chance = np.random.default_rng(seed)
    true_odds = chance.normal(2.0, 2.0, number)
    right = chance.random(number) < 1 / (1 + np.exp(-true_odds))
    said = 1 / (1 + np.exp(-(true_odds + odds)))
    return [(float(one), bool(hit), bool(one >= 0.5)) for one, hit in zip(said, right, strict=True)]


def acted_rightly(thresholds: NluThresholds | None, outcomes: Sequence[NluOutcome]) -> float:
    """The share that is acted upon where it was understood, and asked back where it was not."""
    return sum(
        (acts if thresholds is None else thresholds.calibrated(sure) >= thresholds.fallback)
        == right
        for sure, right, acts in outcomes
    ) / len(outcomes)


def test_calibration_brings_confidences_to_how_often_they_are_right() -> None:
    outcomes = overconfident(2500)
    scores = np.array([logit(sure) for sure, _, _ in outcomes])
    right = np.array([one for _, one, _ in outcomes])
    slope, offset = calibrated(scores, right, NluThresholds())
    chosen = NluThresholds(slope=slope, offset=offset)
    assert chosen.calibrated(0.95) == pytest.approx(0.6, abs=0.05)
    assert chosen.calibrated(0.99) == pytest.approx(0.9, abs=0.05)


def test_the_fewer_the_outcomes_the_nearer_the_calibration_stays_to_the_present_one() -> None:
    present, ways = NluThresholds(slope=0.8, offset=0.3), []
    for number in (0, 10, 100, 1000):
        outcomes = overconfident(number)
        scores = np.array([logit(sure) for sure, _, _ in outcomes])
        right = np.array([one for _, one, _ in outcomes], dtype=bool)
        slope, offset = calibrated(scores, right, present)
        ways.append(abs(slope - present.slope) + abs(offset - present.offset))
    assert ways[0] == pytest.approx(0.0)
    assert ways == sorted(ways)


def test_the_dearer_a_wrong_action_the_higher_the_fallback() -> None:
    outcomes = by_account(overconfident(500))
    assert choose_nlu(outcomes, NluThresholds(), Costs()) is None, "acting is right as it is"
    strict = choose_nlu(outcomes, NluThresholds(), Costs(acted_wrongly=5.0))
    assert strict is not None
    assert strict.calibrated(0.95) < strict.fallback <= strict.calibrated(0.99)


def test_a_model_that_says_what_is_so_is_nearly_always_left_as_it_is() -> None:
    unseen = believed(20_000, odds=0.0, seed=1)
    own = acted_rightly(None, unseen)
    lost = []
    for seed in range(100):
        chosen = choose_nlu(
            by_account(believed(60, odds=0.0, seed=seed + 2)), NluThresholds(), Costs()
        )
        lost.append(own - acted_rightly(chosen, unseen))
    assert sum(one > 0 for one in lost) <= 15
    assert np.mean(lost) < 0.001


def test_a_model_that_believes_itself_too_little_is_believed_more() -> None:
    unseen = believed(20_000, odds=-2.0, seed=1)
    own = acted_rightly(None, unseen)
    for number in (60, 600, 2000):
        seen = by_account(believed(number, odds=-2.0, seed=7), accounts=20)
        chosen = choose_nlu(seen, NluThresholds(), Costs())
        assert chosen is not None
        assert acted_rightly(chosen, unseen) > own + 0.05


def test_with_few_outcomes_or_few_accounts_everything_stays_as_it_was() -> None:
    before = NluThresholds(slope=2.0, offset=0.5, fallback=0.6)
    shy = believed(600, odds=-3.0, seed=1)
    assert choose_nlu(by_account(shy), before, Costs()) is not None
    for few in (
        by_account(shy[: LEAST_OUTCOMES - 1]),
        by_account(shy, accounts=LEAST_ACCOUNTS - 1),
    ):
        assert choose_nlu(few, before, Costs()) is None
    slow = [(80.0, False)] * 120 + [(600.0, True)] * 80
    woken = [(0.9, True)] * 60 + [(0.75, False)] * 60
    for outcomes, accounts in ((slow, 4), (slow[:40], 10)):
        assert choose_silence(by_account(outcomes, accounts), 710, Costs()) == 710
    for outcomes, accounts in ((woken, 4), (woken[40:80], 10)):
        assert choose_wake(by_account(outcomes, accounts), 0.66, Costs()) == 0.66


def test_what_a_single_account_does_decides_for_nobody_else() -> None:
    """The same outcomes of one account, or of ten."""
    accounts = np.repeat(np.arange(10), 10)
    cheaper_for_one = [np.where(accounts == 0, 1.0, 0.0), np.zeros(100)]
    cheaper_for_all = [np.where(np.arange(100) % 10 == 0, 1.0, 0.0), np.zeros(100)]
    assert nearest_as_good(cheaper_for_one, accounts) == 0
    assert nearest_as_good(cheaper_for_all, accounts) == 1


def test_the_nearest_of_those_that_are_as_good_is_chosen() -> None:
    accounts = np.arange(100) % 10
    some = (np.arange(100) % 2).astype(float)
    one_more = some + (np.arange(100) == 7)
    assert nearest_as_good([some + 1, one_more, some, some], accounts) == 1


def test_words_that_were_meant_alone_move_no_wake_score() -> None:
    meant = [(0.75, True)] * 10 + [(0.95, True)] * 90
    assert choose_wake(by_account(meant), 0.9, Costs()) == 0.9
    few_false = [[(0.71, False)]] * (LEAST_FALSE_WAKES - 1)
    assert choose_wake([*by_account(meant), *few_false], 0.9, Costs()) == 0.9
    assert choose_wake([*by_account(meant), *few_false, *few_false], 0.9, Costs()) < 0.9


def test_confidences_that_say_nothing_are_left_alone() -> None:
    misleading = [(0.9, False, True), (0.2, True, False)] * 1000
    assert choose_nlu(by_account(misleading, 9), NluThresholds(), Costs()) is None


@given(st.floats(0.01, 5), st.floats(-3, 3), st.floats(0, 1), st.floats(0, 1))
def test_calibration_never_changes_which_intent_is_likelier(
    slope: float, offset: float, one: float, other: float
) -> None:
    thresholds = NluThresholds(slope=slope, offset=offset)
    low, high = sorted((one, other))
    assert 0 <= thresholds.calibrated(low) <= thresholds.calibrated(high) <= 1


def test_people_who_pause_get_a_longer_silence_and_quick_ones_a_shorter() -> None:
    quick = choose_silence(by_account([(80.0, False)] * 200), 700, Costs())
    paused = [(80.0, False)] * 120 + [(600.0, True)] * 80
    slow = choose_silence(by_account(paused), 700, Costs())
    assert quick < 700 < slow


def test_the_wake_score_lies_between_what_was_said_and_what_was_not() -> None:
    outcomes = [(0.9, True)] * 60 + [(0.75, False)] * 60
    assert 0.75 < choose_wake(by_account(outcomes), 0.7, Costs()) <= 0.9


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
    fit(given | {"nlu": by_account(believed(900, odds=-2.0, seed=1))}, lambda *_: None)
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
