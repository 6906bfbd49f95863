"""Runs are recorded with MLflow, whether its server is there or not."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from training_loop.registry.tracking.run import Outcome, TrackedAlias, TrackedRun
from training_loop.registry.tracking.tracker import Recording, Tracker, environment

PNG = b"\x89PNG\r\n\x1a\n" + b"0" * 20

_ASK = """
import json, sys
from mlflow.tracking import MlflowClient
client = MlflowClient(tracking_uri=sys.argv[1], registry_uri=sys.argv[1])
runs = []
experiment = client.get_experiment_by_name(sys.argv[2])
for run in client.search_runs([experiment.experiment_id]):
    name = run.info.run_id
    runs.append({
        "status": run.info.status,
        "parameters": run.data.params, "metrics": run.data.metrics,
        "model": run.data.tags["earmark.model"],
        "curve": [one.value for one in client.get_metric_history(name, "curve")],
        "files": sorted(one.path for one in client.list_artifacts(name)),
    })
aliases = {}
for model in client.search_registered_models():
    for alias, version in client.get_registered_model(model.name).aliases.items():
        found = client.get_model_version(model.name, version)
        aliases[f"{model.name}@{alias}"] = found.tags["earmark.model"]
print(json.dumps({"runs": runs, "aliases": aliases}))
"""


def _run(model: str = "nlu-0a1b", *, kind: str = "nlu", **fields: Any) -> TrackedRun:
    return TrackedRun(
        kind=kind,
        model=model,
        began_at_s=1_795_000_000.0,
        ended_at_s=1_795_000_060.0,
        parameters={"seed": 42, "data_set": "ds-0a1b"},
        metrics={"intent_accuracy": 0.93, "f1/set_timer": 0.9},
        series={"curve": (0.5, 0.8, 0.93)},
        artefacts={"confusion.png": PNG, "report.json": b'{"gold": 500}'},
        **fields,
    )


async def _known(url: str, experiment: str) -> Any:
    """What MLflow itself says, asked in a process of its own."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", _ASK, url, experiment),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
        env=environment(url),
    )
    answer, _ = await process.communicate()
    return json.loads(answer)


@pytest.fixture(scope="module")
def tracking(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """MLflow takes seconds to make a database, so there is one."""
    return tmp_path_factory.mktemp("mlflow") / "tracking"


@pytest.fixture(scope="module")
def mlflow_server(tracking: Path) -> Iterator[str]:
    """A real one, over the database that runs are recorded in by default."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    server = subprocess.Popen(
        [
            *(sys.executable, "-m", "mlflow", "server", "--workers", "1"),
            *("--host", "127.0.0.1", "--port", str(port)),
            *("--backend-store-uri", f"sqlite:///{tracking}/mlflow.db"),
            *("--artifacts-destination", str(tracking / "files")),
        ],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        env={**environment(""), "MLFLOW_SERVER_ENABLE_JOB_EXECUTION": "false"},
        start_new_session=True,
    )
    url = f"http://127.0.0.1:{port}"
    try:
        deadline = time.monotonic() + 150
        while not _answers(url):
            assert server.poll() is None
            assert time.monotonic() < deadline
            time.sleep(0.2)
        yield url
    finally:
        with suppress(ProcessLookupError):
            os.killpg(server.pid, signal.SIGKILL)
        server.wait()


def _answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(f"{url}/health", timeout=2) as answer:
            return bool(answer.status == 200)
    except OSError:
        return False


async def test_by_default_runs_are_in_a_database_in_the_state_directory(tracking: Path) -> None:
    tracker = Tracker(tracking)
    assert await tracker.record(_run()) is Recording.RECORDED
    serving = TrackedAlias(kind="nlu", model="nlu-0a1b", alias="serving", at_s=1_795_000_070.0)
    assert await tracker.alias(serving) is Recording.RECORDED
    assert tracker.waiting() == ()
    known = await _known(tracker.url, "earmark-nlu")
    assert known["aliases"] == {"earmark-nlu@serving": "nlu-0a1b"}
    (run,) = known["runs"]
    assert (run["status"], run["model"]) == ("FINISHED", "nlu-0a1b")
    assert run["parameters"] == {"seed": "42", "data_set": "ds-0a1b"}
    assert run["metrics"]["intent_accuracy"] == 0.93
    assert sorted(run["curve"]) == [0.5, 0.8, 0.93]
    assert run["files"] == ["confusion.png", "report.json"]
    assert list((tracking / "artefacts").rglob("report.json"))


async def test_a_run_waits_for_a_server_that_is_away_and_is_recorded_once(
    mlflow_server: str, tmp_path: Path
) -> None:
    """The server is started over the database that the test before made, if it ran."""
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))  # bound and not listening: refused at once
        away = Tracker(tmp_path, f"http://127.0.0.1:{nobody.getsockname()[1]}")
        waits = _run("lm-waits", kind="lm", outcome=Outcome.FAILED)
        assert await away.record(waits) is Recording.WAITING
        assert len(away.waiting()) == 1
    back = Tracker(tmp_path, mlflow_server)
    assert await back.record(_run("lm-next", kind="lm")) is Recording.RECORDED
    assert await back.record(waits) is Recording.RECORDED
    candidate = TrackedAlias(kind="lm", model="lm-other", alias="candidate", at_s=2e9)
    assert await back.alias(candidate) is Recording.RECORDED
    assert back.waiting() == ()
    known = await _known(mlflow_server, "earmark-lm")
    assert sorted((run["model"], run["status"]) for run in known["runs"]) == [
        *(("lm-next", "FINISHED"), ("lm-other", "FINISHED"), ("lm-waits", "FAILED")),
    ]
    assert known["aliases"]["earmark-lm@candidate"] == "lm-other"


async def test_a_run_that_cannot_be_written_down_ends_nothing(tmp_path: Path) -> None:
    (tmp_path / "tracking").write_text("a file where the directory should be")
    assert await Tracker(tmp_path / "tracking").record(_run()) is Recording.REFUSED


async def test_a_server_that_never_answers_holds_nobody_up(tmp_path: Path) -> None:
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        url = f"http://127.0.0.1:{silent.getsockname()[1]}"
        tracker = Tracker(tmp_path, url, within_s=0.5)
        async with asyncio.timeout(60):
            assert await tracker.record(_run()) is Recording.WAITING
