"""A trainer's process is limited, tells nothing that was said, and ends as a whole."""

from __future__ import annotations

import asyncio
import multiprocessing
import os
import signal
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest

from tests.loop.trainer_work import SAID
from training_loop.training import limited_process
from training_loop.training.errors import (
    DiskFull,
    OverLimit,
    TrainerKilled,
    TrainingFailed,
    TrainingUnderWay,
)
from training_loop.training.limited_process import Limits
from training_loop.training.trainer import TrainingProgress
from training_loop.training.trainer_process import run_work
from training_loop.training.workspace import alone, workspace

ROOT = Path(__file__).parents[2]


@pytest.fixture(autouse=True)
def _importable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONPATH", str(ROOT))


def work(name: str) -> str:
    return f"tests.loop.trainer_work:{name}"


async def test_progress_and_result_come_back_and_what_is_printed_does_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("EARMARK_MASTER_KEY", "secret")
    told: list[TrainingProgress] = []
    outcomes = [
        await run_work(
            work("draw"), {"number": 21}, workspace=tmp_path, seed=seed, progress=told.append
        )
        for seed in (7, 7, 8)
    ]
    first = outcomes[0].result
    assert (first["doubled"], first["master_key"]) == (42, "")
    assert first["nice"] >= Limits().nice
    assert Path(first["temporary"]).is_relative_to(tmp_path)
    drawn = [outcome.result["drawn"] for outcome in outcomes]
    assert drawn[0] == drawn[1] != drawn[2]
    assert [(one.done, one.detail) for one in told[:2]] == [(0.25, "counting"), (1.0, "pruning")]
    assert outcomes[0].cost.peak_bytes > 1 << 20
    assert SAID not in "".join(capfd.readouterr())


async def test_neither_progress_nor_a_failure_can_carry_a_text(tmp_path: Path) -> None:
    told: list[TrainingProgress] = []
    with pytest.raises(TrainingFailed) as failure:
        await run_work(work("gossip"), {}, workspace=tmp_path, seed=1, progress=told.append)
    assert told == []
    assert str(failure.value).startswith("The trainer failed with ValueError at trainer_work.py:")
    assert SAID not in repr(failure.value)


@pytest.mark.parametrize(
    ("name", "limits", "says"),
    [
        ("devour", Limits(memory_bytes=1 << 30), "more memory"),
        ("burn", Limits(cpu_s=1), "more than 1 s of processor time"),
        ("burn", Limits(within_s=1.0), "longer than 1 s"),
    ],
)
async def test_a_trainer_over_its_limit_is_stopped_and_told(
    name: str, limits: Limits, says: str, tmp_path: Path
) -> None:
    with pytest.raises(OverLimit, match=says):
        await run_work(work(name), {}, workspace=tmp_path, seed=1, limits=limits)


async def test_a_full_disk_is_told_as_one(tmp_path: Path) -> None:
    with pytest.raises(DiskFull, match="The disk is full") as failure:
        await run_work(work("fill"), {}, workspace=tmp_path, seed=1)
    assert "Make room" in failure.value.hint


async def test_work_that_does_not_exist_is_a_failure(tmp_path: Path) -> None:
    with pytest.raises(TrainingFailed, match="AttributeError"):
        await run_work(work("nowhere"), {}, workspace=tmp_path, seed=1)


def gone(pid: int) -> bool:
    try:
        return psutil.Process(pid).status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return True


async def until_half(directory: Path, pids: Path, then: Callable[[], None]) -> None:
    """Runs work that stays half done; `then` is called when it is."""

    def tell(told: TrainingProgress) -> None:
        if told.done == 0.5:
            then()

    await run_work(work("linger"), {"pids": str(pids)}, workspace=directory, seed=1, progress=tell)


async def test_cancelling_ends_the_whole_group_before_it_returns(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limited_process, "STOP_WITHIN_S", 0.2)
    pids, half = tmp_path / "pids", asyncio.Event()
    with workspace(tmp_path / "work") as directory:
        running = asyncio.create_task(until_half(directory, pids, half.set))
        async with asyncio.timeout(60):
            await half.wait()
        running.cancel()
        with pytest.raises(asyncio.CancelledError):
            await running
        assert all(gone(int(pid)) for pid in pids.read_text().split())


async def test_a_trainer_that_is_killed_half_way_leaves_nothing_running_or_lying(
    tmp_path: Path,
) -> None:
    pids = tmp_path / "pids"

    def kill() -> None:
        os.kill(int(pids.read_text().split()[0]), signal.SIGKILL)

    with workspace(tmp_path / "work") as directory:
        with pytest.raises(TrainerKilled, match="SIGKILL"):
            await until_half(directory, pids, kill)
        assert (directory / "half").exists()
    assert not directory.exists()
    assert all(gone(int(pid)) for pid in pids.read_text().split())


def _killed_half_way(root: Path, pids: Path) -> None:
    with workspace(root) as directory:
        asyncio.run(until_half(directory, pids, lambda: os.kill(os.getpid(), signal.SIGKILL)))


async def test_a_killed_lap_takes_its_trainer_with_it_and_the_next_one_cleans_up(
    tmp_path: Path,
) -> None:
    root, pids = tmp_path / "work", tmp_path / "pids"
    lap = multiprocessing.get_context("spawn").Process(target=_killed_half_way, args=(root, pids))
    lap.start()
    await asyncio.to_thread(lap.join, 60)
    assert lap.exitcode == -signal.SIGKILL
    (left,) = root.glob("run-*")
    assert (left / "half").read_text() == SAID
    trainer, of_its_own = map(int, pids.read_text().split())
    psutil.wait_procs([psutil.Process(trainer)] if psutil.pid_exists(trainer) else [], timeout=10)
    assert gone(trainer)
    os.kill(of_its_own, signal.SIGKILL)  # nobody was left to end it
    with workspace(root):
        assert not left.exists()


def test_two_laps_at_once_are_one_too_many(tmp_path: Path) -> None:
    with alone(tmp_path), pytest.raises(TrainingUnderWay), alone(tmp_path):
        pass
    with alone(tmp_path):
        pass
