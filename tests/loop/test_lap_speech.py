"""Laps of the language model, on a real Vosk model and real audio of consenting accounts, and of
the thresholds."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from tests.fixtures.datasets import HALVES, account_in, gold, reviewed
from tests.fixtures.hearing import request
from tests.fixtures.language_model import heard
from tests.fixtures.lap import (
    KNOWN_REQUESTS,
    NEW_REQUESTS,
    NEW_WORDS,
    SPEECH,
    VOICES,
    lap_of,
    one_model,
    speak,
    speaking,
    with_base,
)
from training_loop.datasets.gold import UNKNOWN
from training_loop.datasets.split import Shares, Split
from training_loop.lap.lap import LapRunner
from training_loop.lap.outcome import Result
from training_loop.lap.plan import RULES, LapPlan
from training_loop.loop import Loop
from training_loop.registry.errors import ModelRefused
from training_loop.registry.registry import ModelRegistry
from training_loop.training.project import NluProject
from training_loop.training.thresholds import Thresholds
from training_loop.training.thresholds_choice import LEAST_OUTCOMES
from training_loop.training.thresholds_trainer import defaults
from training_loop.training.trainer import ModelKind

KIND = ModelKind.LANGUAGE_MODEL
SOUND_ALIKE = (("bear", "bare"), ("rain", "reign"), ("bell", "belle"))


async def test_new_words_that_two_accounts_said_are_heard_by_the_model_that_serves_then(
    speech_lap: LapRunner, loop: Loop, models: ModelRegistry
) -> None:
    for _ in range(2):
        await speaking(loop, Split.TRAIN, HALVES, (*NEW_REQUESTS, *KNOWN_REQUESTS))
    await speaking(loop, Split.HOLD_OUT, HALVES, (*NEW_REQUESTS, *KNOWN_REQUESTS))
    before = await models.serving(KIND)

    done = await one_model(speech_lap, replace(SPEECH, curve=True))

    assert done.result is Result.RELEASED, done.reasons
    for one in (*done.before, *done.after):
        assert UNKNOWN not in (one.group.noise, one.group.pitch), "the gate tells them apart"
    serving = await models.serving(KIND)
    assert (serving.model, done.parent) == (done.model, before.model)
    assert serving.generation > before.generation
    errors_before, errors_after = done.figures["word_error_rate"]
    assert errors_after < errors_before
    assert models.manifest(done.model).figures["word_error_rate"] == errors_after
    clips_of_curve = [point.clips for point in done.curve]
    assert clips_of_curve == sorted(clips_of_curve)
    assert (clips_of_curve[0], clips_of_curve[-1]) == (0, done.items)
    assert len(done.curve) >= 3
    wrong = [point.word_error_rate for point in done.curve]
    assert (wrong[0], wrong[-1]) == (errors_before, errors_after)
    clips = [request(text, voice=voice) for text in NEW_REQUESTS for voice in VOICES]
    assert not any(word in text for text in heard(before.path, clips) for word in NEW_WORDS)
    now = heard(serving.path, clips)
    wanted = [text for text in NEW_REQUESTS for _ in VOICES]
    assert sum(map(str.__eq__, now, wanted)) >= len(clips) - 1, now


async def test_a_model_that_hears_worse_is_refused_with_its_reason(
    speech_lap: LapRunner, loop: Loop, models: ModelRegistry
) -> None:
    """Reviewers who write the wrong one of two words that sound alike, all of them."""
    for _ in range(2):
        account = await account_in(loop, Split.TRAIN)
        for said, written in SOUND_ALIKE:
            for frame in ("stop the {}", "stop the {} please", "robot stop the {}"):
                phrase, wrong = frame.format(said), frame.format(written)
                await speak(loop, account, [phrase], reviewed_as=wrong)
    said_alone = [f"stop the {said}" for said, _ in SOUND_ALIKE] * 2
    await speaking(loop, Split.HOLD_OUT, HALVES, said_alone)
    before = await models.serving(KIND)

    done = await one_model(speech_lap, SPEECH)

    assert done.result is Result.REFUSED
    (reason,) = done.reasons
    assert reason == "Word errors rose from 0.00% to 33.33% on 6 clips."
    assert (await models.serving(KIND)).model == before.model
    with pytest.raises(ModelRefused):
        await models.promote(done.model, await models.consented())


async def test_without_anybody_held_out_nobody_can_tell_and_nothing_is_released(
    speech_lap: LapRunner, loop: Loop, models: ModelRegistry
) -> None:
    for _ in range(2):
        await speaking(loop, Split.TRAIN, HALVES, NEW_REQUESTS[:2])
    before = await models.serving(KIND)

    alone = replace(SPEECH, shares=Shares(test=0.0, hold_out=0.0))
    done = await one_model(speech_lap, alone)

    assert done.result is Result.REFUSED
    (reason,) = done.reasons
    assert reason.startswith("Nobody can tell from 0 held-out examples whether it is better")
    assert done.figures == {}
    assert (await models.serving(KIND)).model == before.model


async def test_right_but_slow_and_right_but_big_are_refused(
    speech_lap: LapRunner, loop: Loop, models: ModelRegistry
) -> None:
    for _ in range(2):
        await speaking(loop, Split.TRAIN, HALVES, NEW_REQUESTS[:2])
    await speaking(loop, Split.HOLD_OUT, HALVES, ["what time is it"] * 6)
    before = await models.serving(KIND)
    hurried = replace(SPEECH.rules[KIND], slower_by=0.001, size_bytes=1_000_000)

    done = await one_model(speech_lap, replace(SPEECH, rules={KIND: hurried}))

    assert done.result is Result.REFUSED
    assert done.figures["word_error_rate"] == (0.0, 0.0)
    slow, big = done.reasons
    assert "0.001 times that is allowed" in slow
    assert big.startswith("It is too big: 7 MB, 1 MB are allowed.")
    assert (await models.serving(KIND)).model == before.model


async def test_thresholds_are_chosen_for_the_language_understanding_of_the_same_lap(
    loop: Loop, models: ModelRegistry, lap_project: NluProject, lap_model: Path, tmp_path: Path
) -> None:
    nlu = await with_base(models, ModelKind.NLU, lap_model)
    defaults("").write(tmp_path / "thresholds.json")
    base = await with_base(models, ModelKind.THRESHOLDS, tmp_path / "thresholds.json")
    shares = Shares(test=0.5, hold_out=0.0)
    teaching = await account_in(loop, Split.TRAIN, shares)
    for text in ("zip your lips robot", "zip your lips now"):
        await reviewed(loop, teaching, gold(text, "stop"))
    trying = [await account_in(loop, Split.TEST, shares) for _ in range(10)]
    for number in range(LEAST_OUTCOMES):
        asked = number >= len(trying)
        text, intent = ("what time is it", "ask_time") if asked else ("clock", "set_timer")
        await reviewed(loop, trying[number % len(trying)], gold(text, intent))
    both = (ModelKind.NLU, ModelKind.THRESHOLDS)
    lenient = {kind: replace(RULES[kind], overall_margin=0.2) for kind in both}

    outcome = await lap_of(loop, lap_project).run(LapPlan(kinds=both, shares=shares, rules=lenient))

    understanding, chosen = outcome.models
    assert understanding.result is chosen.result is Result.RELEASED, chosen.reasons
    assert (understanding.parent, chosen.parent) == (nlu, base)
    assert (understanding.items, chosen.items) == (2, LEAST_OUTCOMES)
    package = Thresholds.read((await models.serving(ModelKind.THRESHOLDS)).path)
    assert package.nlu_model == (await models.serving(ModelKind.NLU)).fingerprint
    assert package.outcomes["nlu"] == LEAST_OUTCOMES
    assert package.nlu.calibrated(0.45) < package.nlu.fallback, (
        "everybody's clock was taken wrongly"
    )
    learned = {item.ref for item in outcome.data_set.items if item.split is Split.TEST}
    assert set(models.manifest(chosen.model).items) == learned
