"""Receipts and the transparency log after the state directory was lost and a backup came back."""

from __future__ import annotations

import json
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.fixtures.store import consenting_account, say
from training_loop.audit.errors import SigningKeyRefused
from training_loop.audit.merkle import verify_consistency
from training_loop.audit.signing import PublicKey
from training_loop.audit.sources import StoreSource
from training_loop.audit.transparency import TransparencyLog, TreeHead
from training_loop.audit.verify import verify_audit
from training_loop.backup.create import create
from training_loop.backup.errors import BackupRefused
from training_loop.backup.layout import Layout
from training_loop.backup.restore import restore
from training_loop.loop import Loop, open_loop
from training_loop.receipts.receipt import verify_receipt


@dataclass(frozen=True, slots=True, kw_only=True)
class Before:
    """What somebody kept elsewhere before the disk was lost, and the backup."""

    loop: Loop
    account: str
    receipt: bytes
    head: TreeHead
    key: PublicKey
    backup: Path

    def lose(self, *, transparency: bool = True, key: bool = True) -> None:
        settings = self.loop.settings
        if transparency:
            shutil.rmtree(settings.transparency)
        if key:
            settings.signing_key.unlink()
            settings.signing_key.with_suffix(".pub").unlink()

    @asynccontextmanager
    async def restored(self) -> AsyncIterator[Loop]:
        await self.loop.store.flushall()
        async with open_loop(self.loop.settings) as again:
            await restore(again, Layout(directory=self.backup))
            yield again


@pytest.fixture
async def before(own_loop: Loop, tmp_path: Path) -> Before:
    account, gone = [await consenting_account(own_loop) for _ in range(2)]
    await say(own_loop, account)
    report = await own_loop.rights.delete_account(gone)
    await own_loop.audit_sealer.seal()
    head = own_loop.notary.log.head()
    assert head
    backup = tmp_path / "backup"
    await create(own_loop, backup)
    return Before(
        loop=own_loop,
        account=account,
        receipt=report.receipt.encode(),
        head=head,
        key=own_loop.notary.public_key(),
        backup=backup,
    )


async def test_old_receipts_verify_and_the_tree_goes_on_from_where_it_was(before: Before) -> None:
    before.lose()
    async with before.restored() as again:
        assert again.notary.public_key() == before.key
        verify_receipt(before.receipt, again.notary.public_key())
        report = await again.rights.delete_account(before.account)
        verify_receipt(report.receipt.encode(), before.key)
        await again.audit_sealer.seal()
        log = again.notary.log
        later = log.head()
        assert later
        assert later.size > before.head.size
        verify_consistency(
            before.head.size,
            bytes.fromhex(before.head.root),
            later.size,
            bytes.fromhex(later.root),
            log.consistency(before.head, later),
        )
        source = StoreSource(again.audit, log)
        audited = await verify_audit(source, before.key, since=before.head)
        assert audited.holds, audited.breaks


async def test_what_was_signed_since_the_backup_stays_where_it_was_not_lost(
    before: Before,
) -> None:
    account = await consenting_account(before.loop)
    report = await before.loop.rights.delete_account(account)
    size = len(before.loop.notary.log.leaves())
    before.lose(transparency=False)
    async with before.restored() as again:
        assert len(again.notary.log.leaves()) > size
        verify_receipt(report.receipt.encode(), again.notary.public_key())
        audited = await verify_audit(StoreSource(again.audit, again.notary.log), before.key)
        assert audited.holds, audited.breaks


async def test_a_copy_of_the_backup_alone_signs_nothing(before: Before) -> None:
    written = b"".join(path.read_bytes() for path in before.backup.rglob("*") if path.is_file())
    pem = before.loop.settings.signing_key.read_bytes()
    assert b"PRIVATE KEY" not in written
    assert pem.splitlines()[1] not in written
    key_files = list((before.loop.settings.state / "keys" / "backups").glob("*.json"))
    assert len(key_files) == 1
    opening = json.loads(key_files[0].read_bytes())
    assert len(opening.pop("installation")["signing_key"]) == 64
    key_files[0].write_text(json.dumps(opening))
    before.lose()
    with pytest.raises(BackupRefused):
        async with before.restored():
            pass


@pytest.mark.parametrize("harm", ["leaf", "shorter", "missing", "key"])
async def test_a_changed_copy_is_refused_before_anything_is_restored(
    before: Before, harm: str
) -> None:
    layout = Layout(directory=before.backup)
    log = layout.transparency / "log"
    match harm:
        case "leaf":
            log.write_bytes(log.read_bytes().replace(b"sealed", b"sEaled"))
        case "shorter":
            log.write_bytes(log.read_bytes().splitlines(keepends=True)[0])
        case "missing":
            shutil.rmtree(layout.transparency)
        case _:
            sealed = layout.signing_key.read_bytes()
            layout.signing_key.write_bytes(sealed[:-1] + bytes([sealed[-1] ^ 1]))
    before.lose()
    with pytest.raises(BackupRefused):
        async with before.restored():
            pass
    assert not before.loop.settings.signing_key.exists()
    assert await before.loop.store.keys("*:a:*") == []


async def test_another_key_or_another_log_is_not_written_over(before: Before) -> None:
    settings = before.loop.settings
    before.lose()
    async with open_loop(settings) as other:
        await other.store.flushall()
        await consenting_account(other)
        await other.audit_sealer.seal()
        theirs = settings.signing_key.read_bytes()
        await other.store.flushall()
    with pytest.raises(SigningKeyRefused):
        async with before.restored():
            pass
    assert settings.signing_key.read_bytes() == theirs
    leaves = TransparencyLog(settings.transparency).leaves()
    assert len(leaves) == 1
