"""The audit log when the store dies, the disk fills and files are torn."""

from __future__ import annotations

import asyncio
import os
import signal
from pathlib import Path

import pytest

from tests.fixtures.audit import some_evidence
from tests.fixtures.store import EVERYTHING_OFF, EVERYTHING_ON, SHOWN, back
from training_loop.audit.notary import Notary
from training_loop.audit.sources import StoreSource
from training_loop.audit.transparency import TransparencyLog
from training_loop.audit.verify import verify_audit
from training_loop.errors import StoreUnavailable
from training_loop.loop import Loop
from training_loop.receipts.receipt import build_receipt, verify_receipt
from training_loop.store.client import store_errors
from training_loop.store.supervisor import EmbeddedStore


async def change(loop: Loop, account: str, number: int) -> None:
    """The opposite of the change before, repeated until it is acknowledged."""
    wanted = EVERYTHING_OFF if number % 2 else EVERYTHING_ON
    while True:
        try:
            await loop.rights.change(account, wanted, SHOWN, f"change-{number}")
        except StoreUnavailable:
            await back(loop)
        else:
            return


async def test_a_store_killed_while_it_records_has_one_entry_for_each_change(
    own_loop: Loop, own_store: EmbeddedStore
) -> None:
    account = (await own_loop.accounts.create()).account
    for number in range(12):
        changing = asyncio.create_task(change(own_loop, account, number))
        if number % 4 == 1:
            await own_loop.audit_sealer.seal()
            assert own_store.process_id
            os.kill(own_store.process_id, signal.SIGKILL)
        await changing
        await back(own_loop)
    entries = [entry async for entry in own_loop.audit.of_account(account)]
    assert [entry.action for entry in entries] == [
        "account_created",
        *(["consent_changed", "consent_withdrawn"] * 6),
    ]
    await own_loop.audit_sealer.seal()
    source = StoreSource(own_loop.audit, own_loop.notary.log)
    report = await verify_audit(source, own_loop.notary.public_key())
    assert report.holds, report.breaks


async def test_a_store_that_lost_a_script_before_running_it_is_away_for_now(loop: Loop) -> None:
    """As when it is killed between taking the script and running it."""
    with pytest.raises(StoreUnavailable), store_errors():
        await loop.store.evalsha("0" * 40, 0)


def test_a_receipt_that_a_full_disk_refused_is_issued_later(
    notary: Notary, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing half-written stays: the log and every receipt before hold."""
    first = build_receipt(some_evidence(erasure="era_1"), notary)
    real = os.fsync

    def full(descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    for failing_call in range(2):
        calls = 0

        def sometimes(descriptor: int, at: int = failing_call) -> None:
            nonlocal calls
            calls += 1
            if calls > at:
                full(descriptor)
            real(descriptor)

        monkeypatch.setattr(os, "fsync", sometimes)
        with pytest.raises(OSError, match="No space"):
            build_receipt(some_evidence(erasure="era_2"), notary)
        monkeypatch.setattr(os, "fsync", real)
        restarted = Notary(
            TransparencyLog(tmp_path / "transparency"), tmp_path / "keys" / "signing.key"
        )
        verify_receipt(first.content, restarted.public_key())
        assert restarted.log.leaves()
    second = build_receipt(some_evidence(erasure="era_2"), notary)
    verify_receipt(second.content, notary.public_key())
    assert second.inclusion.index == 1
