"""`training-loop dataset` on a running store."""

from __future__ import annotations

import asyncio
import io
import json
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest
from rich.console import Console
from typer.testing import CliRunner, Result

from tests.fixtures.datasets import agree, gold, reviewed
from tests.fixtures.store import consenting_account, opt_out
from training_loop.cli import app
from training_loop.errors import Unauthenticated
from training_loop.loop import Loop

Command = Callable[..., Awaitable[Result]]
ALL_TRAIN = ("--test", "0", "--hold-out", "0")


@pytest.fixture
def dataset(own_loop: Loop) -> Command:
    """Runs a command against the store of `own_loop`, as another process would."""

    async def run(*arguments: str | Path) -> Result:
        words = ["dataset", *map(str, arguments), "--state", str(own_loop.settings.state)]
        runner = CliRunner(env={"COLUMNS": "200"})
        return await asyncio.to_thread(lambda: runner.invoke(app, words))

    return run


def _token_in(output: str) -> str:
    (line,) = [line for line in output.splitlines() if line.startswith("earmark-recipient.")]
    return line


async def test_a_data_set_is_made_shown_compared_and_verified(
    own_loop: Loop, dataset: Command
) -> None:
    empty = await dataset("create")
    assert (empty.exit_code, "DATA_SET_EMPTY" in empty.output) == (1, True)
    account = await consenting_account(own_loop)
    first = await reviewed(own_loop, account, gold("stop it", "stop"))
    made = await dataset("create", *ALL_TRAIN)
    assert made.exit_code == 0, made.output
    assert "1 of 1 that were reviewed" in made.output
    (before,) = await own_loop.datasets.names()
    await reviewed(own_loop, account, gold("go on", "resume"))
    assert (await dataset("create", *ALL_TRAIN)).exit_code == 0
    before, after = await own_loop.datasets.names()
    listed = await dataset("list")
    assert before in listed.output
    assert after in listed.output
    shown = await dataset("show", before[:12])
    assert "stop" in shown.output
    assert not any(word in shown.output for word in (account, first, "stop it"))
    compared = await dataset("diff", before, after)
    assert "resume" in compared.output
    verified = await dataset("verify", before)
    assert (verified.exit_code, "1 items can be read" in verified.output) == (0, True)
    await agree(own_loop, account, first, gold("stop it", "cancel"))
    assert (await dataset("verify", before)).exit_code == 1
    manifest = own_loop.settings.data_sets / after / "manifest.json"
    manifest.write_bytes(manifest.read_bytes().replace(b'"seed":42', b'"seed":41'))
    refused = await dataset("verify", after)
    assert (refused.exit_code, "DATA_SET_TAMPERED" in refused.output) == (1, True)
    assert "tampered with" in (await dataset("list")).output
    assert (await dataset("show", "ds-nothing")).exit_code == 1


async def test_reading_much_shows_how_far_it_is_of_how_much(
    own_loop: Loop, dataset: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Items that an export leaves out are dealt with as well."""
    screen = io.StringIO()
    terminal = Console(file=screen, force_terminal=True, width=200)
    monkeypatch.setattr("training_loop.commands.dataset_names.err", terminal)
    account = await consenting_account(own_loop)
    for words in ("stop it", "go on"):
        await reviewed(own_loop, account, gold(words, "stop"))
    terms = ("--recipient", "acme", "--purpose", "a test", "--format", "rasa", "--days", "30")
    assert (await dataset("create", *ALL_TRAIN)).exit_code == 0
    (name,) = await own_loop.datasets.names()
    for command in (("verify", name), ("export", name, tmp_path / "export", *terms)):
        assert (await dataset(*command)).exit_code == 0
    for what in ("reading what was reviewed", "comparing labels", "writing"):
        lines = [line for line in screen.getvalue().splitlines() if what in line]
        assert "2/2" in lines[-1], lines


async def test_an_export_is_delivered_called_back_by_file_and_confirmed(
    own_loop: Loop, dataset: Command, tmp_path: Path
) -> None:
    account = await consenting_account(own_loop)
    await reviewed(own_loop, account, gold("stop it", "stop"))
    await dataset("create", *ALL_TRAIN)
    (name,) = await own_loop.datasets.names()
    terms = ("--recipient", "acme", "--purpose", "a test", "--format", "rasa", "--days", "30")
    target = tmp_path / "export"
    made = await dataset("export", name, target, *terms)
    assert made.exit_code == 0, made.output
    assert (target / "data" / "nlu.yml").is_file()
    again = await dataset("export", name, target, *terms)
    assert again.exit_code == 1, "what was there would have been written over"
    (record,) = await own_loop.exports.ledger.records()
    token = _token_in(made.output)
    assert (await own_loop.exports.recipients.verify(token))[0] == record.export
    renewed = await dataset("recipient-token", record.export)
    assert (await own_loop.exports.recipients.verify(_token_in(renewed.output)))[0]
    with pytest.raises(Unauthenticated):
        await own_loop.exports.recipients.verify(token)
    await opt_out(own_loop, account)
    feed, chosen = tmp_path / "feed.jsonl", ("--export", record.export)
    told = await dataset("tombstones", *chosen, "--write", feed)
    assert told.exit_code == 0, told.output
    (line,) = map(json.loads, feed.read_text().splitlines())
    assert line["item"] in (target / "data" / "nlu.yml").read_text()
    assert (await dataset("tombstones", "--overdue")).exit_code == 0
    confirmed = await dataset("tombstones", *chosen, "--acknowledge", feed)
    assert "1 deletions confirmed" in confirmed.output
    assert await own_loop.exports.ledger.tombstones(record.export) == ()
    assert (await dataset("tombstones", "--write", feed)).exit_code == 2


async def test_overdue_confirmations_fail_the_command(
    own_loop: Loop, dataset: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    account = await consenting_account(own_loop)
    await reviewed(own_loop, account, gold("stop it", "stop"))
    await dataset("create", *ALL_TRAIN)
    (name,) = await own_loop.datasets.names()
    terms = ("--recipient", "acme", "--purpose", "a test", "--format", "rasa", "--days", "30")
    await dataset("export", name, tmp_path / "export", *terms)
    await opt_out(own_loop, account)
    monkeypatch.setattr("training_loop.datasets.exports.ledger.ACKNOWLEDGE_WITHIN_S", -60)
    found = await dataset("tombstones", "--overdue")
    assert found.exit_code == 1
    assert "acme" in found.output
