"""What a cluster promises while its masters fail, stand still and come back."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from benchmarks.stress.faults import replaced
from benchmarks.stress.servers import LocalCluster, ServerProcess, until
from tests.fixtures.store import an_utterance, consenting_account, opt_out, say, try_to_say
from training_loop.errors import StoreUnavailable
from training_loop.loop import Loop, open_loop
from training_loop.queue.lease import LeasedItem, LeaseLost
from training_loop.rights import HistoryPage
from training_loop.settings import LoopSettings
from training_loop.store import keys


def master_of(loop: Loop, cluster: LocalCluster, account: str) -> ServerProcess:
    node = loop.store.get_node_from_key(keys.account(account))  # type: ignore[attr-defined]
    return next(server for server in cluster.servers if server.port == node.port)


async def wait_until(holds: Callable[[], bool], what: str) -> None:
    await asyncio.to_thread(until, holds, what)


async def leased(loop: Loop) -> tuple[str, LeasedItem]:
    account = await consenting_account(loop)
    await say(loop, account)
    lease = await loop.queue.lease("worker")
    assert lease
    assert lease.account == account
    return account, lease


async def test_a_master_that_comes_back_from_standing_still_hands_out_nothing(
    cluster_loop: Loop, whole_cluster: LocalCluster, tmp_path: Path
) -> None:
    """Its clients asked before the opt-out; it answers after it, from what it still has."""
    account, lease = await leased(cluster_loop)
    await say(cluster_loop, account)
    old = master_of(cluster_loop, whole_cluster, account)
    url = f"{whole_cluster.url}?socket_timeout=30"
    async with open_loop(LoopSettings(state=tmp_path / "state", store_url=url)) as patient:
        await patient.rights.counts(account)
        old.freeze()
        try:
            asked: list[asyncio.Task[object]] = [
                asyncio.create_task(patient.queue.read(lease)),
                asyncio.create_task(patient.rights.history(account, 10)),
            ]
            await wait_until(lambda: replaced(whole_cluster, old), "a replica took over")
            with pytest.raises(StoreUnavailable):  # nobody confirms it: it has to be repeated
                await opt_out(cluster_loop, account)
        finally:
            old.thaw()
        late = await asyncio.gather(*asked, return_exceptions=True)
    # What the old master says before it knows of its end is confirmed by nobody; then it sends
    # its clients to the new one.
    read, page = late
    assert isinstance(read, LeaseLost | StoreUnavailable)
    assert isinstance(page, StoreUnavailable) or (
        isinstance(page, HistoryPage) and not page.entries
    )
    await asyncio.to_thread(whole_cluster.until_whole)
    await opt_out(cluster_loop, account)
    with pytest.raises(LeaseLost):
        await cluster_loop.queue.read(lease)


async def test_what_was_acknowledged_survives_the_death_of_a_master(
    cluster_loop: Loop, whole_cluster: LocalCluster
) -> None:
    account = await consenting_account(cluster_loop)
    gone = await consenting_account(cluster_loop)
    killed = master_of(cluster_loop, whole_cluster, account)
    said: list[str] = []

    async def speak() -> None:
        while True:
            utterance = an_utterance(account, pcm=b"")
            if (await try_to_say(cluster_loop, utterance)).queued:
                said.append(utterance.utterance_id)

    speaking = [asyncio.create_task(speak()) for _ in range(8)]
    while len(said) < 50:  # noqa: ASYNC110 - counts what other tasks do
        await asyncio.sleep(0.001)
    killed.kill()
    try:
        await wait_until(lambda: replaced(whole_cluster, killed), "a replica took over")
    finally:
        killed.start()
    await asyncio.to_thread(whole_cluster.until_whole)
    before = len(said)
    while len(said) < before + 20:  # noqa: ASYNC110 - counts what other tasks do
        await asyncio.sleep(0.001)
    for task in speaking:
        task.cancel()
    await asyncio.gather(*speaking, return_exceptions=True)
    kept = {item.item for item in (await cluster_loop.queue.items(500)).items}
    assert set(said) <= kept
    await opt_out(cluster_loop, gone)
    assert not (await try_to_say(cluster_loop, an_utterance(gone))).queued


async def test_an_opt_out_during_a_failover_fails_clearly_or_holds(
    cluster_loop: Loop, whole_cluster: LocalCluster
) -> None:
    """The caller repeats it, with the same request id, until it is OK; soon after the failover."""
    account, lease = await leased(cluster_loop)
    old = master_of(cluster_loop, whole_cluster, account)
    whole_cluster.replica_of(old).ask("CLUSTER", "FAILOVER")
    deadline = time.monotonic() + 60
    while True:
        try:
            await opt_out(cluster_loop, account)
        except StoreUnavailable:
            assert time.monotonic() < deadline
        else:
            break
    with pytest.raises(LeaseLost):
        await cluster_loop.queue.read(lease)
    assert (await cluster_loop.rights.counts(account))["queue"] == 0
