"""On a cluster each shard's chain lies with its accounts, and one verification covers all."""

from __future__ import annotations

import asyncio

from tests.fixtures.store import consenting_account
from training_loop.audit.sources import StoreSource
from training_loop.audit.verify import verify_audit
from training_loop.loop import Loop
from training_loop.store import keys


async def test_chains_on_three_masters_are_sealed_and_verified_together(
    cluster_loop: Loop,
) -> None:
    loop = cluster_loop
    accounts = [await consenting_account(loop) for _ in range(8)]
    await asyncio.gather(
        *(loop.audit.record("holder", "export_made", account=account) for account in accounts * 3)
    )
    assert await loop.audit_sealer.seal() == 8 * 5
    source, key = StoreSource(loop.audit, loop.notary.log), loop.notary.public_key()
    report = await verify_audit(source, key)
    assert report.holds, report.breaks
    assert (report.entries, report.unsealed) == (40, 0)
    await loop.store.rpop(keys.audit_entries(keys.shard_of(accounts[0])))
    (found,) = (await verify_audit(source, key)).breaks
    assert f"{{{found.shard}}}" == keys.shard_of(accounts[0])
    await loop.audit_sealer.restored()
    report = await verify_audit(source, key)
    assert report.holds
    assert len(report.losses) == 1
