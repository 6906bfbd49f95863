"""Each model of a lap leaves a log that anybody may read; one that failed names its own."""

from __future__ import annotations

import asyncio
import re
import stat
from io import StringIO
from pathlib import Path

import psutil
import pytest
from rich.console import Console

from tests.fixtures.datasets import HALVES, account_in
from tests.fixtures.lap import (
    NEW_REQUESTS,
    NEW_WORDS,
    SPEECH,
    lap_of,
    one_model,
    speak,
    speaking,
)
from tests.fixtures.store import consenting_account
from tests.loop.test_lap import NLU, TAUGHT, teach
from training_loop.datasets.split import Split
from training_loop.lap.lap import LapRunner
from training_loop.lap.outcome import LapOutcome, Result
from training_loop.lap.stage import Stage, Step
from training_loop.lap.summary import summary
from training_loop.loop import Loop
from training_loop.registry.registry import ModelRegistry
from training_loop.training.project import NluProject


@pytest.fixture
async def lap(
    loop: Loop, models: ModelRegistry, lap_project: NluProject, lap_model: Path
) -> LapRunner:
    """A lap over the small project, whose base model serves."""
    await models.ensure_base(lap_model)
    await teach(loop, [(await consenting_account(loop), *TAUGHT)])
    return lap_of(loop, lap_project)


def logs(loop: Loop) -> list[Path]:
    return sorted(loop.settings.training_logs.iterdir())


def nothing_said_in(text: str) -> bool:
    return not set(re.findall(r"[a-z]+", text.lower())) & {"zip", "lips", "robot", *NEW_WORDS}


async def test_a_model_that_was_made_leaves_a_log_of_stages_components_counts_and_use(
    lap: LapRunner, loop: Loop
) -> None:
    outcome = await lap.run(NLU)
    (model,) = outcome.models
    assert model.result is Result.RELEASED, model.reasons
    assert logs(loop) == [model.log]
    assert model.log
    assert stat.S_IMODE(model.log.stat().st_mode) == 0o600
    text = model.log.read_text()
    for part in (
        *("nlu seed=42", "rasa 3.6.21", "stage: preparing", "stage: training"),
        *("prepared items=1 ", "gold=1 ", "component LinearUnderstanding begins"),
        *("component LinearUnderstanding ends", "ended: exit 0", "rasa: parsing begins"),
        *("stage: asking the hold-out", f"result: released model={model.model}"),
    ):
        assert part in text, part
    assert nothing_said_in(text)
    assert outcome.report
    assert f"<code>logs/training/{model.log.name}</code>" in outcome.report.read_text()


async def test_a_model_that_failed_names_its_log_which_says_where_and_why(
    lap: LapRunner, loop: Loop
) -> None:
    def kill(step: Step) -> None:
        if step.stage is Stage.TRAINING and step.detail == "LinearUnderstanding":
            for child in psutil.Process().children(recursive=True):
                if "train" in child.cmdline():
                    child.kill()

    outcome = await lap.run(NLU, progress=kill)
    (model,) = outcome.models
    assert model.result is Result.FAILED
    assert model.log
    text = model.log.read_text()
    assert "component LinearUnderstanding begins" in text
    assert "failed: TRAINER_KILLED The trainer was ended by SIGKILL.\n" in text
    assert "training_loop/training/limited_process.py:" in text
    assert nothing_said_in(text)
    assert f"log  {model.log}" in printed(outcome)


async def test_a_lap_that_is_cancelled_leaves_a_log_that_says_so(
    lap: LapRunner, loop: Loop
) -> None:
    training = asyncio.Event()

    def progress(step: Step) -> None:
        if step.stage is Stage.TRAINING and step.detail:
            training.set()

    running = asyncio.create_task(lap.run(NLU, progress=progress))
    async with asyncio.timeout(60):
        await training.wait()
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    (log,) = logs(loop)
    text = log.read_text()
    assert "stage: training" in text
    assert text.endswith("cancelled\n")
    assert nothing_said_in(text)


async def test_nothing_that_was_said_and_heard_is_in_the_log_of_a_language_model(
    speech_lap: LapRunner, loop: Loop
) -> None:
    await speak(loop, await account_in(loop, Split.TRAIN), NEW_REQUESTS)
    await speaking(loop, Split.HOLD_OUT, HALVES, NEW_REQUESTS * 2)
    model = await one_model(speech_lap, SPEECH)
    assert model.log
    text = model.log.read_text()
    assert "training_loop.training.language_model.work:train begins" in text
    assert "training pruning 60%" in text
    assert nothing_said_in(text)


def printed(outcome: LapOutcome) -> str:
    said = StringIO()
    Console(file=said, width=400).print(summary(outcome))
    return said.getvalue()
