"""Deletions that Earmark 0.1 had begun when it was stopped are ended, with a receipt."""

from __future__ import annotations

from typing import Any

import pytest

from tests.fixtures.store import consenting_account, say
from training_loop.consent.account_record import read_account
from training_loop.erasure.ledger import ErasureLedger
from training_loop.errors import AccountGone, Unauthenticated
from training_loop.loop import Loop
from training_loop.receipts.receipt import verify_receipt
from training_loop.store import keys


async def _begun(loop: Loop, *, steps: int) -> tuple[str, str]:
    """An account as 0.1 left it after its first script, or after some of the steps that followed:
    blobs, then the stores of lists and devices."""
    created = await loop.accounts.create()
    account = created.account
    consenting = await consenting_account(loop)  # its audio is what is left of the other
    await say(loop, consenting)
    record = await read_account(loop.store, consenting)
    containers: dict[Any, Any] = {
        f"{p.value}_container": c.name for p, c in record.containers.items()
    }
    for container in containers.values():
        if steps:
            await loop.blobs.remove(f"{container}/")
    shard = keys.shard_of(account)
    for key in [key async for key in loop.store.scan_iter(match=f"*{consenting}*")]:
        await loop.store.unlink(key)
    await loop.store.srem(keys.consenting_accounts(keys.shard_of(consenting)), consenting)
    await loop.store.zrem(keys.queue_accounts(keys.shard_of(consenting)), consenting)
    await loop.store.delete(keys.account(account))
    await loop.store.hset(keys.account(account), mapping={"state": "erasing", **containers})
    await loop.store.sadd(f"{shard}:e", account)
    if steps < 2:
        await loop.store.hset(keys.lists(account), "shopping", "sealed")
        await loop.store.hset(keys.devices(account), "dev_0123456789abcdef", "sealed")
    return account, created.token


@pytest.mark.parametrize("steps", [0, 1, 2])
async def test_an_interrupted_deletion_of_0_1_ends_with_the_first_sweep(
    loop: Loop, steps: int
) -> None:
    account, token = await _begun(loop, steps=steps)
    with pytest.raises(Unauthenticated):
        await loop.accounts.verify(token)
    await loop.sweep.once()
    with pytest.raises(AccountGone):
        await loop.rights.settings(account)
    assert [key async for key in loop.store.scan_iter(match=f"*{account}*")] == []
    assert not [path for path in loop.settings.blobs.rglob("*") if path.is_file()]
    assert not await loop.store.exists(keys.begun_deletions(keys.shard_of(account)))
    (erasure,) = [
        str(key, "ascii").rpartition(":")[2] async for key in loop.store.scan_iter(match="*:er:*")
    ]
    progress = await loop.erasures.progress(erasure)
    assert progress.done
    verify_receipt(progress.receipt.encode(), loop.notary.public_key())


async def test_it_is_adopted_once_by_any_number_of_processes(loop: Loop) -> None:
    account, _ = await _begun(loop, steps=0)
    ledger = ErasureLedger(loop.store, loop.vault)
    assert await loop.deletion.adopt() == 1
    await loop.store.sadd(keys.begun_deletions(keys.shard_of(account)), account)
    assert await loop.deletion.adopt() == 0
    assert len(await ledger.open()) == 1


async def test_one_that_had_ended_leaves_no_name_behind(loop: Loop) -> None:
    gone = "acc_" + "a" * 24
    await loop.store.sadd(keys.begun_deletions(keys.shard_of(gone)), gone)
    assert await loop.deletion.adopt() == 0
    assert await loop.store.keys("*:e") == []
