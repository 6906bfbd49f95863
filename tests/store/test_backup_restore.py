"""A backup gives back what is still allowed, and nothing that was erased or withdrawn since."""

from __future__ import annotations

import asyncio
import json
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from typer.testing import CliRunner

from tests.fixtures.store import (
    a_review,
    an_utterance,
    consenting_account,
    opt_out,
    say,
    try_to_say,
)
from tests.store.clips_in_review import lent, offered, reviewed_by, settled, tasks_on
from training_loop.audit.entry import AuditEntry
from training_loop.backup.create import create
from training_loop.backup.errors import BackupRefused, StoreNotEmpty
from training_loop.backup.layout import Layout
from training_loop.backup.restore import Restored, restore
from training_loop.backup.signatures import INSTALLATION
from training_loop.cli import app
from training_loop.erasure.errors import TombstonesTorn
from training_loop.errors import AccountGone
from training_loop.loop import Loop, open_loop
from training_loop.receipts.receipt import read_receipt, verify_receipt
from training_loop.review.task import ClipReport, Opinion
from training_loop.rights import SettingsChange
from training_loop.store import keys
from training_loop.store.supervisor import EmbeddedStore


async def _lose_the_store(loop: Loop) -> None:
    await loop.store.flushall()
    for container in loop.settings.blobs.iterdir():
        for blob in container.iterdir():
            blob.unlink()


@asynccontextmanager
async def _restored(loop: Loop, backup: Path) -> AsyncIterator[tuple[Loop, Restored]]:
    """On a new loop, as after a restart."""
    async with open_loop(loop.settings) as again:
        yield again, await restore(again, Layout(directory=backup))


async def test_the_drill(own_loop: Loop, tmp_path: Path) -> None:
    """Backup; A deletes the account, B stops learning, C deletes one utterance, D all of them; the
    store is lost; the restore brings back what is left, and nothing else, in no byte."""
    a, b, c, d, e = [await consenting_account(own_loop) for _ in range(5)]
    said = {name: await say(own_loop, name) for name in (a, b, c, d, e)}
    of_c = await say(own_loop, c)
    for _ in range(4):
        lease = await own_loop.queue.lease("reviewer")
        assert lease
        await own_loop.queue.ack(lease, a_review())
    backup = tmp_path / "backup"
    await create(own_loop, backup)

    await own_loop.rights.delete_account(a)
    await opt_out(own_loop, b, SettingsChange(improve_models=False))
    report = await own_loop.rights.delete_utterance(c, of_c.utterance_id)
    assert report.pending == ("backup_expiry",)
    await own_loop.rights.delete_since(d, 0)
    await say(own_loop, e)
    await _lose_the_store(own_loop)

    async with _restored(own_loop, backup) as (again, found):
        assert (found.accounts, found.left_out, found.utterances_left_out) == (4, 1, 2)
        with pytest.raises(AccountGone):
            await again.rights.settings(a)
        assert await again.store.keys(f"*{a}*") == []
        settings = await again.rights.settings(b)
        assert (settings.improve_models, settings.human_review) == (False, False)
        assert settings.keep_history
        for account, left in ((b, 1), (c, 1), (d, 0), (e, 1)):
            assert len((await again.rights.history(account, 9)).entries) == left
        (entry,) = (await again.rights.history(e, 9)).entries
        assert entry.heard == said[e].heard
        learned = {item.account async for item in again.queue.reviewed()}
        leased = set()
        while lease := await again.queue.lease("reviewer"):
            leased.add(lease.account)
            assert (await again.queue.read(lease)).pcm == said[lease.account].pcm
            await again.queue.ack(lease, a_review())
        assert (learned | leased) <= {c, e}
        assert {item.account async for item in again.queue.reviewed()} == {c, e}
        await say(again, e)
        assert not (await try_to_say(again, an_utterance(a))).kept
        on_disk = b"\0".join(
            path.read_bytes()
            for path in own_loop.settings.store_directory.rglob("*")
            if path.is_file() and not path.is_socket()
        )
        assert a.encode() not in on_disk
        assert of_c.utterance_id.encode() not in on_disk


@pytest.mark.parametrize("by_report", [True, False])
async def test_what_nobody_meant_to_be_heard_comes_back_with_no_restore(
    own_loop: Loop, tmp_path: Path, *, by_report: bool
) -> None:
    tasks = tasks_on(own_loop)
    account = await consenting_account(own_loop)
    await offered(own_loop, tasks, account)
    await create(own_loop, tmp_path / "backup")
    if by_report:
        await tasks.report("anna", (await lent(tasks, "anna")).name, ClipReport.CHILD_VOICE)
    else:
        for staff in ("anna", "bert"):
            await reviewed_by(tasks, staff, Opinion(wake=False))
        assert await settled(tasks) == 1
    await _lose_the_store(own_loop)

    async with _restored(own_loop, tmp_path / "backup") as (again, found):
        assert (found.accounts, found.utterances_left_out) == (1, 1)
        assert [entry async for entry in again.tasks.waiting()] == []
        assert (await again.rights.history(account, 9)).entries == ()


async def test_no_copy_of_a_backup_opens_what_was_erased_since(
    own_loop: Loop, tmp_path: Path
) -> None:
    a, b = [await consenting_account(own_loop) for _ in range(2)]
    for account in (a, b):
        await say(own_loop, account)
    fields = await own_loop.store.hgetall(keys.account(a))
    made = await create(own_loop, tmp_path / "backup")
    written = (tmp_path / "backup" / "store.jsonl").read_bytes()
    stored = [
        line for line in map(json.loads, written.splitlines()) if line["key"] == keys.account(a)
    ]
    assert bytes(fields[b"data_key"]).hex() not in json.dumps(stored)  # type: ignore[arg-type]
    opening = own_loop.backups.key_file(made.backup)
    assert sorted(map(len, opening.read().values())) == [3, 3]
    await own_loop.rights.delete_account(a)
    await opt_out(own_loop, b, SettingsChange(improve_models=False))
    assert [sorted(held) for held in opening.read().values()] == [["data_key", "history_key"]]


async def test_an_erasure_while_a_backup_is_made_reaches_it(
    own_loop: Loop, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    account = await consenting_account(own_loop)
    await say(own_loop, account)
    read = own_loop.blobs.read

    async def erase_meanwhile(path: str) -> bytes:
        sealed = await read(path)
        if await own_loop.accounts.exists(account):
            await own_loop.rights.delete_account(account)
        return sealed

    monkeypatch.setattr(own_loop.blobs, "read", erase_meanwhile)
    made = await create(own_loop, tmp_path / "backup")
    assert set(own_loop.backups.key_file(made.backup).read()) <= {INSTALLATION}
    await _lose_the_store(own_loop)
    async with _restored(own_loop, tmp_path / "backup") as (_, found):
        assert (found.accounts, found.left_out) == (0, 1)


async def test_a_second_receipt_follows_when_the_backups_have_expired(
    own_loop: Loop, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    account = await consenting_account(own_loop)
    said = await say(own_loop, account)
    made = await create(own_loop, tmp_path / "backup", keep_days=1)
    report = await own_loop.rights.delete_utterance(account, said.utterance_id)
    first = read_receipt(report.receipt.encode())
    (pending,) = first.evidence.pending
    assert (pending.reference, report.pending) == (made.backup, ("backup_expiry",))
    await own_loop.sweep.once()
    assert not (await own_loop.erasures.progress(report.erasure)).final_receipt
    monkeypatch.setattr(own_loop.backups, "_clock", lambda: time.time() + 2 * 24 * 3600)
    await own_loop.sweep.once()
    progress = await own_loop.erasures.progress(report.erasure)
    second = verify_receipt(progress.final_receipt.encode(), own_loop.notary.public_key())
    assert await own_loop.erasures.settle() == 0
    shard = keys.shard_of(account).strip("{}")
    entries = [AuditEntry.read(shard, line) async for line in own_loop.audit.lines(shard)]
    settled = [one.action for one in entries if one.subject == report.erasure]
    assert settled[-1] == "erasure_settled"
    assert settled.count("erasure_settled") == 1
    assert (second.evidence.pending, second.evidence.earlier_receipt) == ((), first.receipt)
    assert not (tmp_path / "backup").exists()
    await own_loop.store.flushall()
    with pytest.raises(BackupRefused):
        await restore(own_loop, Layout(directory=tmp_path / "backup"))


async def test_a_backup_that_is_incomplete_or_changed_is_refused(
    own_loop: Loop, tmp_path: Path
) -> None:
    await consenting_account(own_loop)
    backup = tmp_path / "backup"
    await create(own_loop, backup)
    with pytest.raises(BackupRefused):
        await create(own_loop, backup)
    with pytest.raises(StoreNotEmpty):
        await restore(own_loop, Layout(directory=backup))
    await own_loop.store.flushall()
    with (backup / "store.jsonl").open("a") as lines:
        lines.write("\n")
    with pytest.raises(BackupRefused):
        await restore(own_loop, Layout(directory=backup))
    with pytest.raises(BackupRefused):
        await restore(own_loop, Layout(directory=tmp_path))


@pytest.mark.parametrize("damage", ["lost", "changed"])
async def test_without_its_tombstones_nothing_is_restored(
    own_loop: Loop, tmp_path: Path, damage: str
) -> None:
    account = await consenting_account(own_loop)
    await opt_out(own_loop, account, SettingsChange(improve_models=False))
    await create(own_loop, tmp_path / "backup")
    await opt_out(own_loop, account, SettingsChange(keep_history=False))
    await own_loop.store.flushall()
    log = own_loop.settings.state / "tombstones" / "log"
    if damage == "lost":
        log.unlink()
    else:
        log.write_bytes(log.read_bytes().replace(b"keep_history", b"keep_whatever"))
    with pytest.raises(TombstonesTorn):
        await restore(own_loop, Layout(directory=tmp_path / "backup"))
    assert await own_loop.store.keys("*:a:*") == []


async def test_the_commands_make_list_and_restore_a_backup(
    own_loop: Loop, own_store: EmbeddedStore, tmp_path: Path
) -> None:
    account = await consenting_account(own_loop)
    await say(own_loop, account)
    backup, state = str(tmp_path / "backup"), str(own_loop.settings.state)

    def command(*arguments: str) -> str:
        result = CliRunner().invoke(app, ["backup", *arguments, "--state", state])
        assert result.exit_code == 0, result.output
        return result.output

    assert "1 accounts" in await asyncio.to_thread(command, "create", backup)
    assert "bak_" in await asyncio.to_thread(command, "list")
    await own_store.stop()
    (own_loop.settings.store_directory / "appendonlydir").rename(tmp_path / "lost")
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "training_loop.cli", "backup", "restore", backup, "--state", state),
        stdout=asyncio.subprocess.PIPE,
    )
    output, _ = await process.communicate()
    assert "1 accounts restored" in output.decode()
    await own_store.start()
    async with open_loop(own_loop.settings) as again:
        assert len((await again.rights.history(account, 9)).entries) == 1
