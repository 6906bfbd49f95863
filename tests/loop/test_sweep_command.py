"""`training-loop sweep` on a data set of a running store."""

from __future__ import annotations

import asyncio
import json
import shutil
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from tests.fixtures.datasets import account_in, gold, reviewed
from training_loop.cli import app
from training_loop.datasets.split import Shares, Split
from training_loop.loop import Loop
from training_loop.training.project import PROJECT_VARIABLE, NluProject
from training_loop.training.sweep.result import kept_settings
from training_loop.training.trainer import ModelKind

SHARES = Shares(test=0.4, hold_out=0.1)


async def swept(loop: Loop, *arguments: str) -> Result:
    words = ["sweep", *arguments, "--state", str(loop.settings.state)]
    runner = CliRunner(env={"COLUMNS": "200"})
    return await asyncio.to_thread(lambda: runner.invoke(app, words))


async def test_settings_are_tried_on_the_test_split_shown_and_kept(
    own_loop: Loop, lap_project: NluProject, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(PROJECT_VARIABLE, str(lap_project.root))
    empty = await swept(own_loop, "nlu")
    assert (empty.exit_code, "DATA_SET_UNKNOWN" in empty.output) == (1, True)
    for split, text, intent in (
        (Split.TRAIN, "zip your lips", "stop"),
        (Split.TEST, "zip your lips now", "stop"),
    ):
        account = await account_in(own_loop, split, SHARES)
        await reviewed(own_loop, account, gold(text, intent))
    made = await own_loop.datasets.create(shares=SHARES)
    strange = await swept(own_loop, "nlu", "--data-set", "ds-of-nobody")
    assert (strange.exit_code, "No data set begins so" in strange.output) == (1, True)
    shortened = made.name[:10]
    done = await swept(own_loop, "nlu", "--data-set", shortened, "--trials", "2", "--seed", "5")
    assert done.exit_code == 0, done.output
    assert made.name in done.output
    assert "as it is" in done.output
    assert "nobody can tell with fewer than 5" in " ".join(done.output.split())
    assert "lips" not in done.output
    (kept,) = (own_loop.settings.state / "sweeps").iterdir()
    assert kept.name in done.output.replace("\n", "")
    content = json.loads(kept.read_bytes())
    assert [len(one["settings"]) for one in content["trials"]].count(0) == 1
    assert not any(one["failed"] for one in content["trials"])
    assert content["honest"] is None
    assert not any("by_account" in one for one in content["trials"])
    assert kept_settings(kept) == (ModelKind.NLU, content["settings"])
    assert not list(own_loop.settings.workspaces.glob("run-*"))
    (log,) = own_loop.settings.training_logs.iterdir()
    told = log.read_text()
    assert [f"trial {number}" in told for number in range(3)] == [True, True, False]
    assert "component LinearUnderstanding ends" in told
    assert "lips" not in told


async def test_a_sweep_of_which_nothing_worked_names_its_log(
    own_loop: Loop, lap_project: NluProject, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    root = shutil.copytree(lap_project.root, tmp_path / "project")
    config = (root / "config.yml").read_text()
    (root / "config.yml").write_text(config.replace("EntitySynonymMapper", "NoSuchComponent"))
    monkeypatch.setenv(PROJECT_VARIABLE, str(root))
    for split in (Split.TRAIN, Split.TEST):
        account = await account_in(own_loop, split, SHARES)
        await reviewed(own_loop, account, gold("zip your lips", "stop"))
    await own_loop.datasets.create(shares=SHARES)
    done = await swept(own_loop, "nlu", "--trials", "1")
    assert done.exit_code == 1
    (log,) = own_loop.settings.training_logs.iterdir()
    assert log.name in done.output.replace("\n", "")
    told = log.read_text()
    assert "refused with InvalidConfigException" in told
    assert "failed: TRAINING_FAILED" in told
    assert "lips" not in told
