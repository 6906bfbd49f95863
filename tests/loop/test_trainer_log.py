"""After a training that failed there is something to read: where, why, and nothing anybody said."""

from __future__ import annotations

import asyncio
import shutil
import sys
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import psutil
import pytest

from tests.loop.trainer_work import SAID
from training_loop.datasets.gold import GoldItem, Group
from training_loop.datasets.item_ref import ItemRef
from training_loop.datasets.split import Split
from training_loop.training.engine import LOCAL_ENGINE
from training_loop.training.errors import OverLimit, TrainerKilled, TrainingFailed
from training_loop.training.limited_process import LimitedCommand, Limits, Program
from training_loop.training.logged_process import run_logged
from training_loop.training.nlu_trainer import NluTrainer
from training_loop.training.project import NluProject
from training_loop.training.rasa_command import RasaCommand
from training_loop.training.trainer import Prepared, TrainingProgress
from training_loop.training.trainer_log import TrainerLog, following
from training_loop.training.trainer_process import run_work

ROOT = Path(__file__).parents[2]


@pytest.fixture
def log(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[TrainerLog]:
    """Of this test; what is said in it was never written down."""
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    log = TrainerLog.begin(tmp_path / "logs", "nlu", seed=1)
    yield log
    text = log.path.read_text().lower()
    assert not {word for word in ("zip", "lips", "robot") if word in text}


async def work(name: str, room: Path, limits: Limits | None = None, **given: str) -> None:
    await run_work(f"tests.loop.trainer_work:{name}", given, workspace=room, seed=1, limits=limits)


async def test_a_trainer_that_raises_leaves_the_kind_and_the_places_and_no_message(
    log: TrainerLog, tmp_path: Path
) -> None:
    with pytest.raises(TrainingFailed), following(log):
        await work("gossip", tmp_path)
    text = log.path.read_text()
    assert "#1 tests.loop.trainer_work:gossip begins by LocalEngine; at most 8192 MiB" in text
    _, _, places = text.partition("ValueError, passed through\n")
    assert "training_loop/training/work.py:" in places
    assert "tests/loop/trainer_work.py:" in places
    assert " in gossip\n" in places
    assert "#1 ended: exit 1\n" in text
    assert "failed: TRAINING_FAILED\n" in text


async def test_progress_and_what_was_used_are_told(log: TrainerLog, tmp_path: Path) -> None:
    with following(log):
        await run_work("tests.loop.trainer_work:draw", {"number": 1}, workspace=tmp_path, seed=1)
    text = log.path.read_text()
    assert "#1 training counting 25%\n" in text
    assert "#1 training pruning 100%\n" in text
    assert "#1 ended: exit 0\n" in text
    assert "s of processor time, " in text.partition("#1 used ")[2]


@pytest.mark.parametrize(
    ("name", "limits", "says"),
    [
        (
            "devour",
            Limits(memory_bytes=1 << 30),
            "The trainer wanted more memory than it may have.",
        ),
        ("burn", Limits(cpu_s=1), "The trainer used more than 1 s of processor time."),
        ("burn", Limits(within_s=1.0), "The trainer took longer than 1 s."),
    ],
)
async def test_a_trainer_over_its_limit_leaves_which_and_where(
    name: str, limits: Limits, says: str, log: TrainerLog, tmp_path: Path
) -> None:
    with pytest.raises(OverLimit), following(log):
        await work(name, tmp_path, limits)
    text = log.path.read_text()
    assert f"failed: TRAINING_OVER_LIMIT {says}\n" in text
    assert f"at most {limits.memory_bytes >> 20} MiB of address space, {limits.cpu_s} s" in text
    if name == "devour":
        assert " in devour\n" in text.partition("MemoryError, passed through\n")[2]
    else:
        assert f"#1 ended: TRAINING_OVER_LIMIT {says}\n" in text


async def test_a_cancelled_training_leaves_how_far_it_was(log: TrainerLog, tmp_path: Path) -> None:
    half = asyncio.Event()

    async def train() -> None:
        with following(log):
            await run_work(
                "tests.loop.trainer_work:linger",
                {"pids": str(tmp_path / "pids")},
                workspace=tmp_path,
                seed=1,
                progress=lambda _: half.set(),
            )

    running = asyncio.create_task(train())
    async with asyncio.timeout(60):
        await half.wait()
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    text = log.path.read_text()
    assert "#1 training 50%\n" in text
    assert "#1 ended: stopped by CancelledError\n" in text
    assert text.endswith("cancelled\n")


_TALKATIVE = f"""
import json, sys
print("Starting to train component 'LinearUnderstanding'.")
print("Starting to train component 'robot'.")
print("2026 INFO rasa.engine - Finished training component 'LinearUnderstanding'.")
print("{SAID}")
print(json.dumps({{"stage": "{SAID}", "done": 0.5, "detail": "lips"}}))
print("ZipYourLipsError: {SAID}")
print("Traceback (most recent call last):")
print('  File "/zip/your/lips.py", line 3, in robot')
print("ZipError: {SAID}")
json.loads("{SAID}")
"""


async def test_of_what_rasa_prints_only_configured_components_and_places_are_kept(
    log: TrainerLog, tmp_path: Path
) -> None:
    (tmp_path / "talkative.py").write_text(_TALKATIVE)
    (tmp_path / "config.yml").write_text("pipeline:\n  - name: nlu.lean.LinearUnderstanding\n")
    command = LimitedCommand(
        program=Program(name="rasa", words=(sys.executable,)),
        arguments=(str(tmp_path / "talkative.py"), "--config", str(tmp_path / "config.yml")),
        workspace=tmp_path,
        environment={},
    )
    printed: list[str] = []
    with following(log):
        assert await run_logged(LOCAL_ENGINE, command, printed.append) == 1
    assert SAID in "".join(printed), "whoever runs it is shown everything"
    text = log.path.read_text()
    assert "#1 component LinearUnderstanding begins\n" in text
    assert "#1 component LinearUnderstanding ends\n" in text
    assert text.count("component ") == 2
    assert text.count("passed through") == 1
    _, _, places = text.partition("JSONDecodeError, passed through\n")
    assert "json/decoder.py:" in places
    assert " in raw_decode\n" in places


async def planted() -> AsyncIterator[GoldItem]:
    for number, text in enumerate((SAID, "robot zip it", "lips robot")):
        yield GoldItem(
            ref=ItemRef(item=f"i{number}", epoch=1),
            split=Split.TRAIN,
            speaker="s1",
            text=text,
            intent="stop",
            entities=(),
            heard=text,
            group=Group(noise="quiet"),
        )


async def prepared_with_gold(trainer: NluTrainer, room: Path) -> Prepared:
    prepared = await trainer.prepare(planted(), room, seed=1)
    written = b"".join(path.read_bytes() for path in (room / "nlu").rglob("*.yml"))
    assert SAID.encode() in written
    return prepared


def trainer_of(project: NluProject, limits: Limits | None = None) -> NluTrainer:
    return NluTrainer(project=project, rasa=RasaCommand.locate(), limits=limits)


async def test_rasa_over_its_memory_leaves_what_it_might_use_and_how_it_ended(
    log: TrainerLog, lap_project: NluProject, tmp_path: Path
) -> None:
    trainer = trainer_of(lap_project, Limits(memory_bytes=200 << 20))
    with pytest.raises(TrainingFailed), following(log):
        await trainer.train(await prepared_with_gold(trainer, tmp_path))
    text = log.path.read_text()
    assert "rasa 3.6.21, numpy " in text
    assert "#1 rasa: training begins by LocalEngine; at most 200 MiB of address space" in text
    assert "#1 ended: " in text
    assert "failed: TRAINING_" in text or "failed: TRAINER_KILLED" in text


async def test_rasa_that_refuses_its_project_leaves_with_which_exception(
    log: TrainerLog, lap_project: NluProject, tmp_path: Path
) -> None:
    root = shutil.copytree(lap_project.root, tmp_path / "project")
    config = root / "config.yml"
    config.write_text(config.read_text().replace("EntitySynonymMapper", "NoSuchComponent"))
    trainer = trainer_of(NluProject.at(root))
    room = tmp_path / "room"
    room.mkdir()
    with pytest.raises(TrainingFailed, match="with InvalidConfigException"), following(log):
        await trainer.train(await prepared_with_gold(trainer, room))
    text = log.path.read_text()
    assert "#1 ended: exit 1\n" in text
    assert "#1 refused with InvalidConfigException\n" in text


async def test_rasa_that_is_killed_leaves_the_component_it_was_in(
    log: TrainerLog, lap_project: NluProject, tmp_path: Path
) -> None:
    trainer = trainer_of(lap_project)

    def kill(told: TrainingProgress) -> None:
        if told.detail == "LinearUnderstanding":
            for child in psutil.Process().children(recursive=True):
                if "train" in child.cmdline():
                    child.kill()

    with pytest.raises(TrainerKilled), following(log):
        await trainer.train(await prepared_with_gold(trainer, tmp_path), progress=kill)
    text = log.path.read_text()
    assert "#1 component LinearUnderstanding begins\n" in text
    assert "#1 ended: TRAINER_KILLED The trainer was ended by SIGKILL.\n" in text
    assert "failed: TRAINER_KILLED The trainer was ended by SIGKILL.\n" in text
