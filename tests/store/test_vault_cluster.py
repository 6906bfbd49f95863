"""On a cluster a rotation reaches the accounts of every master."""

from __future__ import annotations

from tests.fixtures.store import consenting_account, opt_out, say
from training_loop.loop import Loop
from training_loop.store import keys


async def test_a_rotation_reaches_the_accounts_of_every_master(cluster_loop: Loop) -> None:
    accounts = [await consenting_account(cluster_loop) for _ in range(12)]
    assert len({keys.shard_of(account) for account in accounts}) > 3
    for account in accounts:
        await say(cluster_loop, account)
    await opt_out(cluster_loop, accounts[0])
    report = await cluster_loop.rotation.run()
    assert (report.version, report.rewrapped) == (2, 12 * 3 - 2)
    assert (await cluster_loop.rotation.status()).wrapped_by == {2: 34}
    for account in accounts[1:]:
        assert len((await cluster_loop.rights.history(account, 10)).entries) == 1
