"""Laps that something happens to. Where each kind of bad input is tried:

an empty data set, nobody left       tests/loop/test_lap.py, tests/loop/test_lap_erasure.py
one class alone                      tests/loop/test_trainers_nlu.py, in words
labels that contradict each other    tests/store/test_datasets.py, tests/loop/test_trainers_nlu.py
a trainer that is killed half way    tests/loop/test_trainers_process.py, tests/loop/test_lap.py
an opt-out in the middle             tests/loop/test_lap.py, while it trains and while it is judged
a changed data set or model          here; tests/store/test_registry_release.py
fast but wrong, right but slow       tests/loop/test_lap_speech.py, tests/unit/test_training_gate.py
a full disk                          here; tests/loop/test_trainers_process.py
the tracking server away             here; tests/store/test_registry_tracking.py
two laps at once                     here; tests/loop/test_lap.py
"""

from __future__ import annotations

import asyncio
import os
import resource
import signal
import socket
import sqlite3
import sys

import pytest

from tests.fixtures.datasets import HALVES, account_in, gold, reviewed
from tests.fixtures.lap import KNOWN_REQUESTS, SPEECH, one_model, speak, speaking
from training_loop.datasets.errors import DatasetTampered
from training_loop.datasets.split import Split
from training_loop.lap.lap import LapRunner
from training_loop.lap.opening import open_lap_runner
from training_loop.lap.outcome import Result
from training_loop.lap.stage import Stage, Step
from training_loop.loop import Loop
from training_loop.registry.errors import ModelTampered
from training_loop.registry.registry import ModelRegistry
from training_loop.registry.tracking.tracker import Tracker
from training_loop.settings import LoopSettings
from training_loop.training.errors import DiskFull, TrainingFailed
from training_loop.training.project import PROJECT_VARIABLE, NluProject
from training_loop.training.trainer import ModelKind
from training_loop.training.workspace import alone, sweep

KIND = ModelKind.LANGUAGE_MODEL


@pytest.fixture
async def before(speech_lap: LapRunner, loop: Loop, models: ModelRegistry) -> str:
    """The model that serves, where somebody teaches and somebody proves."""
    await speak(loop, await account_in(loop, Split.TRAIN), KNOWN_REQUESTS)
    await speaking(loop, Split.HOLD_OUT, HALVES, KNOWN_REQUESTS * 2)
    return (await models.serving(KIND)).model


async def nothing_changed(loop: Loop, models: ModelRegistry, before: str) -> None:
    assert (await models.pointer_of(KIND).read()).model == before
    assert [one.model for one in await models.summaries(kind=KIND)] == [before]
    assert list(loop.settings.workspaces.glob("run-*")) == []
    assert list((loop.settings.state / "registry").glob(".unfinished-*")) == []


async def test_a_model_in_service_that_was_changed_on_the_disk_is_no_measure_for_another(
    speech_lap: LapRunner, loop: Loop, models: ModelRegistry, before: str
) -> None:
    grammar = models.archive(before) / "graph" / "Gr.fst"
    written = grammar.read_bytes()
    grammar.chmod(0o600)
    grammar.write_bytes(written[:-1] + bytes([written[-1] ^ 1]))
    stages: list[Stage] = []
    done = await one_model(speech_lap, SPEECH, progress=lambda step: stages.append(step.stage))
    assert done.result is Result.FAILED
    assert isinstance(done.failure, ModelTampered)
    assert stages == [Stage.SNAPSHOT], "nothing was trained"
    assert (await models.pointer_of(KIND).read()).model == before


async def test_a_data_set_that_is_changed_while_it_is_used_makes_no_model(
    speech_lap: LapRunner, loop: Loop, models: ModelRegistry, before: str
) -> None:
    """Somebody moves the held-out items to those that train."""

    def change(step: Step) -> None:
        if step.stage is Stage.PREPARING:
            for manifest in loop.settings.data_sets.glob("*/manifest.json"):
                manifest.chmod(0o600)
                manifest.write_bytes(manifest.read_bytes().replace(b',"h",', b',"r",'))

    done = await one_model(speech_lap, SPEECH, progress=change)
    assert done.result is Result.FAILED
    assert isinstance(done.failure, DatasetTampered)
    await nothing_changed(loop, models, before)


async def test_a_disk_that_is_full_when_the_texts_are_written_is_told_and_nothing_lies_there(
    speech_lap: LapRunner, loop: Loop, models: ModelRegistry, before: str
) -> None:
    def fill(step: Step) -> None:
        if step.stage is Stage.PREPARING and not step.done:
            (run,) = loop.settings.workspaces.glob("run-*")
            texts = run / KIND.value / "lm" / "gold.jsonl"
            texts.parent.mkdir(exist_ok=True)
            if not texts.is_symlink():
                texts.symlink_to("/dev/full")

    done = await one_model(speech_lap, SPEECH, progress=fill)
    assert done.result is Result.FAILED
    assert isinstance(done.failure, DiskFull)
    await nothing_changed(loop, models, before)


async def test_a_model_that_cannot_be_registered_is_not_there_and_fails_no_lap(
    speech_lap: LapRunner, loop: Loop, models: ModelRegistry, before: str
) -> None:
    """It was trained and judged; then no file may be written any more."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)

    def stop_writing(step: Step) -> None:
        if step.stage is Stage.EVALUATING and step.done == 1.0:
            resource.setrlimit(resource.RLIMIT_FSIZE, (200, hard))

    try:
        outcome = await speech_lap.run(SPEECH, progress=stop_writing)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    (done,) = outcome.models
    assert done.result is Result.FAILED
    assert isinstance(done.failure, TrainingFailed)
    assert outcome.report is None
    await nothing_changed(loop, models, before)


async def test_without_its_tracking_server_a_lap_goes_on_and_the_server_is_told_later(
    loop: Loop, models: ModelRegistry, before: str, lap_project: NluProject
) -> None:
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))  # bound and not listening: refused at once
        away = Tracker(loop.settings.tracking, f"http://127.0.0.1:{nobody.getsockname()[1]}")
        lap = open_lap_runner(loop, project=lap_project, tracker=away)
        done = await one_model(lap, SPEECH)
    assert done.result is Result.RELEASED, done.reasons
    assert len(away.waiting()) == 2
    back = Tracker(loop.settings.tracking)
    assert await back.deliver() == 0
    with sqlite3.connect(loop.settings.tracking / "mlflow.db") as mlflow:
        (run,) = mlflow.execute("SELECT name, status FROM runs").fetchall()
        (named,) = mlflow.execute("SELECT name, alias FROM registered_model_aliases").fetchall()
    mlflow.close()
    assert run == (done.model, "FINISHED")
    assert named == ("earmark-lm", "serving")


@pytest.fixture
def command_environment(loop_settings: LoopSettings, lap_project: NluProject) -> dict[str, str]:
    return {
        **os.environ,
        "EARMARK_STORE_URL": loop_settings.store_url,
        "EARMARK_STATE": str(loop_settings.state),
        "EARMARK_MLFLOW_URL": "http://127.0.0.1:1",
        PROJECT_VARIABLE: str(lap_project.root),
    }


async def _command(
    environment: dict[str, str], *words: str, within: tuple[str, ...] = ()
) -> asyncio.subprocess.Process:
    return await asyncio.create_subprocess_exec(
        *(*within, sys.executable, "-m", "training_loop.cli", *words),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
        env=environment,
    )


async def test_a_second_process_with_a_lap_is_refused_and_a_killed_one_is_in_nobodys_way(
    before: str, loop: Loop, models: ModelRegistry, command_environment: dict[str, str]
) -> None:
    rooms = loop.settings.workspaces
    first = await _command(command_environment, "lap", "--kind", "lm")

    async with asyncio.timeout(60):
        while not any(rooms.glob("run-*/*")):  # noqa: ASYNC110 - another process tells us nothing
            await asyncio.sleep(0.01)
    first.send_signal(signal.SIGSTOP)  # so that it is still there, however slow this machine is
    second = await _command(command_environment, "lap", "--kind", "lm")
    told, _ = await second.communicate()
    assert second.returncode == 1, told.decode()
    assert "TRAINING_UNDER_WAY" in told.decode()
    first.kill()
    await first.communicate()
    with alone(rooms):
        assert sweep(rooms) == 1
    await nothing_changed(loop, models, before)


@pytest.mark.parametrize("full", ["training", "registry/data_sets"])
async def test_on_a_disk_that_is_really_full_a_lap_says_so_and_leaves_nothing(
    full: str, before: str, loop: Loop, models: ModelRegistry, command_environment: dict[str, str]
) -> None:
    """A disk of one page is mounted there, for the command alone."""
    teaching = await account_in(loop, Split.TRAIN)
    for number in range(40):
        await reviewed(loop, teaching, gold(f"stop number {number}", "stop"))
    place = loop.settings.state / full
    place.mkdir(parents=True, exist_ok=True)
    script = 'mount -t tmpfs -o size=4k,mode=700 tmpfs "$0" && exec "$@"'
    within = ("unshare", "--map-root-user", "--mount", "sh", "-c", script, str(place))
    lap = await _command(command_environment, "lap", "--kind", "lm", within=within)
    told, _ = await lap.communicate()
    if b"unshare:" in told or b"mount:" in told:
        pytest.skip("nothing may be mounted on this machine")
    assert lap.returncode == 1, told.decode()
    assert "DISK_FULL" in told.decode()
    await nothing_changed(loop, models, before)
