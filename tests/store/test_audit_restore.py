"""The audit log after the store was lost and a backup brought back."""

from __future__ import annotations

import asyncio
from pathlib import Path

from tests.fixtures.store import consenting_account, opt_out
from training_loop.audit.sources import StoreSource
from training_loop.audit.verify import verify_audit
from training_loop.backup.create import create
from training_loop.backup.layout import Layout
from training_loop.backup.restore import restore
from training_loop.loop import Loop, open_loop


async def test_after_a_restore_the_log_goes_on_and_says_what_is_lost(
    own_loop: Loop, tmp_path: Path
) -> None:
    account = await consenting_account(own_loop)
    making = asyncio.create_task(create(own_loop, tmp_path / "backup"))
    while not making.done():
        await own_loop.audit.record("holder", "export_made", account=account)
    await making
    await own_loop.audit.record("holder", "export_made", account=account)
    await opt_out(own_loop, account)
    await own_loop.audit_sealer.seal()
    before = [entry async for entry in own_loop.audit.of_account(account)]
    await own_loop.store.flushall()

    async with open_loop(own_loop.settings) as again:
        await restore(again, Layout(directory=tmp_path / "backup"))
        await again.audit.record("operator", "drill_held", account=account)
        await again.audit_sealer.seal()
        source = StoreSource(again.audit, again.notary.log)
        report = await verify_audit(source, again.notary.public_key())
        assert report.holds, report.breaks
        assert report.unsealed == 0
        (loss,) = report.losses
        assert loss.last == before[-1].number
        after = [entry async for entry in again.audit.of_account(account)]
    kept = [entry for entry in before if entry.number < loss.first]
    assert after[: len(kept)] == kept, "the account has the pseudonym that it had"
    assert after[-1].action == "drill_held"
