"""`training-loop audit` and `training-loop receipt`, on a running store and on files alone."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from tests.fixtures.audit import A_MODEL_PENDING, some_evidence
from training_loop.audit.notary import Notary
from training_loop.cli import app
from training_loop.commands.public_key import BROKEN
from training_loop.loop import Loop
from training_loop.receipts.receipt import build_receipt
from training_loop.store import keys

Command = Callable[..., Awaitable[Result]]


@pytest.fixture
def command(own_loop: Loop) -> Command:
    """Runs a command against the store of `own_loop`, as another process would."""

    async def run(*arguments: str | Path) -> Result:
        state = ["--state", str(own_loop.settings.state)]
        words = [*map(str, arguments), *state]
        runner = CliRunner(env={"COLUMNS": "200"})
        return await asyncio.to_thread(lambda: runner.invoke(app, words))

    return run


async def test_the_log_is_verified_shown_exported_and_found_broken(
    own_loop: Loop, command: Command, tmp_path: Path
) -> None:
    refused = await command("audit", "verify")
    assert refused.exit_code == 1, "nothing was signed yet"
    account = (await own_loop.accounts.create()).account
    await own_loop.audit.record("holder", "export_made", account=account, detail={"files": 3})
    kept, exported, key = tmp_path / "head", tmp_path / "audit.jsonl", tmp_path / "key.pem"
    assert (await command("audit", "head", "-o", kept)).exit_code == 0
    assert (await command("audit", "key", "-o", key)).exit_code == 0
    assert (await command("audit", "export", "-o", exported)).exit_code == 0
    held = await command("audit", "verify", "--since", kept)
    assert held.exit_code == 0, held.output
    assert "HOLDS" in held.output
    assert "2 entries" in held.output
    shown = await command("audit", "show", "--action", "export_made")
    assert "files=3" in shown.output
    assert "account_created" not in shown.output
    assert account not in shown.output

    shard = keys.shard_of(account)
    await own_loop.store.lset(keys.audit_entries(shard), 1, "2 1 nobody - export_made - - 00")
    broken = await command("audit", "verify")
    assert broken.exit_code == BROKEN
    assert f"Entry 2 of shard {shard.strip('{}')}" in broken.output
    offline = await command("audit", "verify", "--file", exported, "--public-key", key)
    assert offline.exit_code == 0, offline.output
    exported.write_bytes(exported.read_bytes().replace(b"files=3", b"files=2"))
    offline = await command("audit", "verify", "--file", exported, "--public-key", key)
    assert offline.exit_code == BROKEN


def test_a_receipt_is_verified_and_explained_without_a_store(
    notary: Notary, tmp_path: Path
) -> None:
    receipt = build_receipt(some_evidence(pending=(A_MODEL_PENDING,)), notary)
    file, page, key = (tmp_path / name for name in ("receipt.json", "page.html", "key.pem"))
    file.write_bytes(receipt.content)
    key.write_bytes(notary.public_key().pem)

    def run(*arguments: str | Path) -> Result:
        words = ["receipt", *map(str, arguments), "--public-key", str(key)]
        return CliRunner(env={"COLUMNS": "200"}).invoke(app, words)

    genuine = run("verify", file)
    assert genuine.exit_code == 0, genuine.output
    for part in ("GENUINE", "Your account", "15 records", "nlu-7c11", "utterances"):
        assert part in genuine.output
    assert run("explain", file, "-o", page).exit_code == 0
    assert "Receipt of a deletion" in page.read_text()

    file.write_bytes(receipt.content.replace(b'"records_removed":12', b'"records_removed":11'))
    page.unlink()
    forged = run("verify", file)
    assert forged.exit_code == BROKEN
    assert "NOT GENUINE" in forged.output
    assert run("explain", file, "-o", page).exit_code == BROKEN
    assert not page.exists(), "no page explains what is not genuine"
    key.write_text("no key")
    assert run("verify", file).exit_code == 1
