"""Nobody learns from an older data set because the newest one was changed: it is said."""

from __future__ import annotations

import asyncio
import shutil
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from tests.fixtures.datasets import gold, reviewed
from tests.fixtures.store import consenting_account
from training_loop.cli import app
from training_loop.datasets.errors import DatasetUnknown, LatestTampered
from training_loop.datasets.manifest import DatasetManifest
from training_loop.datasets.split import Shares
from training_loop.errors import InvalidArgument
from training_loop.loop import Loop

ALL_TRAIN = Shares(test=0.0, hold_out=0.0)


async def two_data_sets(loop: Loop) -> tuple[DatasetManifest, DatasetManifest]:
    account = await consenting_account(loop)
    made = []
    for text in ("one", "two"):
        await reviewed(loop, account, gold(text))
        made.append(await loop.datasets.create(shares=ALL_TRAIN))
    older, newer = made
    return older, newer


def change(loop: Loop, manifest: DatasetManifest) -> Path:
    """What it says of its age included."""
    file = loop.settings.data_sets / manifest.name / "manifest.json"
    file.write_bytes(file.read_bytes().replace(b'"created_at_s":', b'"created_at_s":0'))
    return file


async def audited(loop: Loop, action: str) -> list[str]:
    found = []
    for shard in await loop.audit.heads():
        found += [line async for line in loop.audit.lines(shard) if f" {action} " in line]
    return found


async def test_a_changed_newest_data_set_is_told_and_no_older_one_takes_its_place(
    loop: Loop,
) -> None:
    older, newer = await two_data_sets(loop)
    assert await loop.datasets.latest() == newer
    change(loop, newer)
    for _ in range(2):
        with pytest.raises(LatestTampered, match=newer.name) as told:
            await loop.datasets.latest()
        assert told.value.code == "DATA_SET_TAMPERED"
        assert "set-aside" in told.value.hint
    with pytest.raises(LatestTampered):
        await loop.datasets.create(shares=ALL_TRAIN)
    (line,) = await audited(loop, "data_set_tampered")
    assert f" machine {newer.name} " in line, "once, however often it is asked for"

    assert await loop.datasets.set_aside(newer.name, by="operator") == older
    assert await loop.datasets.names() == (older.name,)
    (line,) = await audited(loop, "data_set_set_aside")
    assert f" operator {newer.name} " in line
    (kept,) = loop.settings.data_sets.glob(f".aside-{newer.name}*")
    assert (kept / "manifest.json").exists(), "whoever looks into it finds what is there"
    assert (await loop.datasets.create(shares=ALL_TRAIN)).items == newer.items


async def test_a_newest_data_set_that_is_gone_is_told(loop: Loop) -> None:
    older, newer = await two_data_sets(loop)
    shutil.rmtree(loop.settings.data_sets / newer.name)
    with pytest.raises(LatestTampered, match="is gone"):
        await loop.datasets.latest()
    assert await loop.datasets.set_aside(newer.name, by="operator") == older
    assert await loop.datasets.latest() == older


async def test_a_changed_older_data_set_stops_nobody_and_is_logged(
    loop: Loop, caplog: pytest.LogCaptureFixture
) -> None:
    older, newer = await two_data_sets(loop)
    change(loop, older)
    assert await loop.datasets.latest() == newer
    assert older.name in caplog.text


async def test_where_nothing_says_which_is_the_latest_any_changed_one_may_be(loop: Loop) -> None:
    """A directory from before this was noted, or a note that was changed as well."""
    older, newer = await two_data_sets(loop)
    note = loop.settings.data_sets / "latest.json"
    note.write_text(note.read_text().replace(newer.name, older.name))
    assert await loop.datasets.latest() == newer
    change(loop, older)
    with pytest.raises(LatestTampered, match=older.name):
        await loop.datasets.latest()
    note.unlink()
    with pytest.raises(LatestTampered, match=older.name):
        await loop.datasets.latest()
    assert await loop.datasets.set_aside(older.name, by="operator") == newer


async def test_a_sound_data_set_and_an_unknown_one_are_not_set_aside(loop: Loop) -> None:
    older, newer = await two_data_sets(loop)
    for sound in (older, newer):
        with pytest.raises(InvalidArgument):
            await loop.datasets.set_aside(sound.name, by="operator")
    for unknown in ("ds-nothing", "../keys", ""):
        with pytest.raises(DatasetUnknown):
            await loop.datasets.set_aside(unknown, by="operator")
    assert await audited(loop, "data_set_set_aside") == []
    assert await loop.datasets.latest() == newer


async def test_sweeps_and_new_data_sets_fail_until_it_is_set_aside(own_loop: Loop) -> None:
    _, newer = await two_data_sets(own_loop)
    change(own_loop, newer)
    for words in (("sweep", "nlu"), ("dataset", "create")):
        failed = await _ran(own_loop, *words)
        assert (failed.exit_code, "DATA_SET_TAMPERED" in failed.output) == (1, True)
        assert f"{newer.name} is not what was signed" in failed.output
        assert "training-loop dataset set-aside" in failed.output
    done = await _ran(own_loop, "dataset", "set-aside", newer.name)
    assert done.exit_code == 0, done.output
    made = await _ran(own_loop, "dataset", "create", "--test", "0", "--hold-out", "0")
    assert made.exit_code == 0, made.output


async def _ran(loop: Loop, *words: str) -> Result:
    runner = CliRunner(env={"COLUMNS": "200"})
    arguments = [*words, "--state", str(loop.settings.state)]
    return await asyncio.to_thread(lambda: runner.invoke(app, arguments))
