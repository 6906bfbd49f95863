"""Runs are recorded with MLflow, whether its server is there or not, and with their files."""

from __future__ import annotations

import asyncio
import socket
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from tests.fixtures.tracking import MlflowKnows, door
from training_loop.registry.tracking.run import Outcome, TrackedRun, TrackedStanding
from training_loop.registry.tracking.tracker import Recording, Tracker, told_in

PNG = b"\x89PNG\r\n\x1a\n" + b"0" * 20
PAGE = b"<!doctype html>\n<title>A lap</title>"
FILES = {"confusion.png": PNG, "report.json": b'{"gold": 500}', "report.html": PAGE}
BEGAN_S = 1_795_000_000.0


def run_of(model: str = "nlu-0a1b", *, kind: str = "nlu", **fields: Any) -> TrackedRun:
    return TrackedRun(
        kind=kind,
        model=model,
        began_at_s=BEGAN_S,
        ended_at_s=BEGAN_S + 60,
        parameters={"seed": 42, "data_set": "ds-0a1b"},
        metrics={"intent_accuracy": 0.93, "f1/set_timer": 0.9},
        series={"curve": (0.5, 0.8, 0.93)},
        artefacts=FILES,
        **fields,
    )


def standing(kind: str, after_s: float, **aliases: str) -> TrackedStanding:
    return TrackedStanding(kind=kind, aliases=aliases, at_s=BEGAN_S + after_s)


async def test_by_default_runs_are_in_a_database_in_the_state_directory(mlflow_home: Path) -> None:
    tracker = Tracker(mlflow_home)
    told = (run_of(), standing("nlu", 70, serving="nlu-0a1b"))
    assert await tracker.record_all(told) is Recording.RECORDED
    assert tracker.waiting() == ()
    with closing(sqlite3.connect(mlflow_home / "mlflow.db")) as database:

        def ask(query: str) -> list[Any]:
            return database.execute(query).fetchall()

        assert ask("SELECT name, status FROM runs") == [("nlu-0a1b", "FINISHED")]
        assert dict(ask("SELECT key, value FROM params")) == {"seed": "42", "data_set": "ds-0a1b"}
        curve = "SELECT value FROM metrics WHERE key = 'curve' ORDER BY step"
        assert [value for (value,) in ask(curve)] == [0.5, 0.8, 0.93]
        aliases = "SELECT name, alias FROM registered_model_aliases"
        assert ask(aliases) == [("earmark-nlu", "serving")]
    kept = {path.name: path.read_bytes() for path in (mlflow_home / "artefacts").rglob("*.*")}
    assert kept == FILES


@pytest.mark.timeout(600)  # it starts MLflow five times, which takes a busy machine minutes
async def test_a_server_that_wants_a_login_is_told_once_it_gets_the_right_one_and_keeps_the_files(
    mlflow_server: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Runs, aliases and files go over HTTP; what was not let in waits, and is recorded once."""
    failed = run_of("lm-failed", kind="lm", outcome=Outcome.FAILED)
    later = run_of("lm-tried", kind="lm")
    with door(mlflow_server, "earmark", "right") as at:
        tracker = Tracker(tmp_path, at.url)
        monkeypatch.setenv("MLFLOW_TRACKING_USERNAME", "earmark")
        monkeypatch.setenv("MLFLOW_TRACKING_PASSWORD", "wrong")
        assert await tracker.record(failed) is Recording.WAITING
        assert at.refused
        refused = len(at.refused)
        monkeypatch.setenv("MLFLOW_TRACKING_PASSWORD", "right")
        tried = standing("lm", 10, serving="lm-base", canary="lm-tried", shadow="lm-other")
        assert await tracker.record(tried) is Recording.RECORDED
        now = standing("lm", 20, serving="lm-tried", refused="lm-other")
        assert await tracker.record_all((failed, later, now)) is Recording.RECORDED
        assert len(at.refused) == refused
    assert tracker.waiting() == ()
    assert tracker.last_standing("lm") == now
    knows = MlflowKnows(mlflow_server)
    runs = knows.runs("earmark-lm")
    assert [(run.model, run.status) for run in runs] == [
        ("lm-base", "FINISHED"),
        ("lm-failed", "FAILED"),
        ("lm-other", "FINISHED"),
        ("lm-tried", "FINISHED"),
    ]
    assert [run.files for run in runs] == [{}, FILES, {}, FILES]
    assert runs[3].parameters["seed"] == "42", "the run that stood for it became its own"
    assert runs[3].metrics["intent_accuracy"] == 0.93
    assert knows.aliases("earmark-lm") == {"serving": "lm-tried", "refused": "lm-other"}


async def test_of_each_kind_only_the_newest_standing_waits(tmp_path: Path) -> None:
    tracker = Tracker(tmp_path, within_s=0)
    used = [tracker.in_use]
    for number in range(3):
        await tracker.record(standing("nlu", number, serving=f"nlu-{number}"))
    other = standing("lm", 0, serving="lm-0")
    await tracker.record(other)
    used.append(tracker.in_use)
    assert used == [False, True]
    assert len(tracker.waiting()) == 2
    assert tracker.last_standing("nlu") == standing("nlu", 2, serving="nlu-2")
    assert tracker.last_standing("lm") == other
    assert tracker.last_standing("thresholds") is None


async def test_another_server_was_told_nothing_yet_and_a_new_password_changes_nothing(
    tmp_path: Path,
) -> None:
    one = Tracker(tmp_path, "https://mlflow.example.org")
    told = standing("nlu", 0, serving="nlu-0")
    place = await one.keep(told)
    assert place
    at = told_in(tmp_path, "https://mlflow.example.org") / "nlu"
    at.parent.mkdir(parents=True)
    place.rename(at)
    assert one.last_standing("nlu") == told
    login = Tracker(tmp_path, "https://me:secret@mlflow.example.org")
    assert login.last_standing("nlu") == told
    assert Tracker(tmp_path, "https://mlflow.example.com").last_standing("nlu") is None


async def test_a_run_that_cannot_be_written_down_ends_nothing(tmp_path: Path) -> None:
    (tmp_path / "tracking").write_text("a file where the directory should be")
    assert await Tracker(tmp_path / "tracking").record(run_of()) is Recording.REFUSED


async def test_a_server_that_never_answers_holds_nobody_up(tmp_path: Path) -> None:
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        url = f"http://127.0.0.1:{silent.getsockname()[1]}"
        tracker = Tracker(tmp_path, url, within_s=0.5)
        async with asyncio.timeout(60):
            assert await tracker.record(run_of()) is Recording.WAITING
