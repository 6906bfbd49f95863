"""On a cluster the loop keeps what it keeps on one server."""

from __future__ import annotations

import asyncio

import pytest
from redis.asyncio import Redis
from redis.exceptions import RedisClusterException

from benchmarks.stress.servers import LocalCluster
from tests.fixtures.store import (
    EVERYTHING_OFF,
    SHOWN,
    a_review,
    an_utterance,
    consenting_account,
    opt_out,
    say,
    try_to_say,
)
from training_loop.errors import StoreUnavailable
from training_loop.loop import Loop
from training_loop.queue.lease import LeaseLost
from training_loop.registry.pointer import Pointer, ServingPointer
from training_loop.store import keys
from training_loop.store.client import connect, store_errors
from training_loop.store.connections import first_key
from training_loop.store.log_rewrite import LogRewrite
from training_loop.store.servers import servers
from training_loop.utterance import CaptureContext


async def test_an_utterance_goes_its_whole_way(cluster_loop: Loop) -> None:
    loop = cluster_loop
    accounts = [await consenting_account(loop) for _ in range(6)]
    said = {(await say(loop, account)).utterance_id for account in accounts for _ in range(2)}
    assert len({keys.shard_of(account) for account in accounts}) > 1

    heard = set()
    while lease := await loop.queue.lease("worker"):
        heard.add((await loop.queue.read(lease)).utterance_id)
        lease = await loop.queue.renew(lease)
        await loop.queue.ack(lease, a_review())
    assert heard == said
    reviewed = [item async for item in loop.queue.reviewed()]
    assert {item.item for item in reviewed} == said
    assert await loop.queue.record_model_use("nlu-1", reviewed) == frozenset()
    statistics = await loop.queue.statistics()
    assert (statistics.reviewed, statistics.accounts) == (12, 6)
    assert len((await loop.queue.items()).items) == 12
    page = await loop.rights.history(accounts[0], 10)
    assert len(page.entries) == 2


async def test_after_an_opt_out_nothing_is_handed_out(cluster_loop: Loop) -> None:
    loop = cluster_loop
    account = await consenting_account(loop)
    await say(loop, account)
    lease = await loop.queue.lease("worker")
    assert lease
    await opt_out(loop, account)
    with pytest.raises(LeaseLost):
        await loop.queue.read(lease)
    assert await loop.queue.lease("worker") is None


async def test_a_deleted_account_leaves_nothing_on_any_server(
    cluster_loop: Loop, whole_cluster: LocalCluster
) -> None:
    loop = cluster_loop
    gone, other = await consenting_account(loop), await consenting_account(loop)
    for account in (gone, other):
        await say(loop, account, an_utterance(account))
    await loop.rights.delete_account(gone)
    await asyncio.to_thread(whole_cluster.until_whole)
    for server in whole_cluster.servers:
        files = (server.directory / "appendonlydir").iterdir()
        written = b"".join(file.read_bytes() for file in files)
        assert gone.encode() not in written
        assert gone not in str(server.ask("KEYS", "*"))
    assert (await loop.rights.counts(other))["queue"] == 1


async def test_a_sweep_works_on_every_server(cluster_loop: Loop) -> None:
    account = await consenting_account(cluster_loop)
    await say(cluster_loop, account)
    await opt_out(cluster_loop, account)
    await cluster_loop.rights.settled()
    await cluster_loop.sweep.once()
    due = [await cluster_loop.store.get(keys.log_rewrite_due(shard)) for shard in keys.all_shards()]
    assert not any(due)


async def test_servers_hear_of_a_new_model(cluster_loop: Loop) -> None:
    pointer = ServingPointer(cluster_loop.store)
    async with pointer.changes() as subscription:
        await pointer.change(Pointer(), model="nlu-1", fingerprint="f", previous="")
        async with asyncio.timeout(60):
            while not await subscription.get_message(timeout=1):
                pass
    assert (await pointer.read()).model == "nlu-1"
    assert await pointer.servers() == {}


async def test_scripts_that_a_new_master_lacks_are_loaded(
    cluster_loop: Loop, whole_cluster: LocalCluster
) -> None:
    account = await consenting_account(cluster_loop)
    await say(cluster_loop, account)
    for server in whole_cluster.servers:
        server.ask("SCRIPT", "FLUSH")
    assert await cluster_loop.queue.lease("worker")


async def test_a_cancellation_in_the_middle_of_a_command_is_never_lost(cluster_loop: Loop) -> None:
    async def ask_and_wait() -> None:
        await cluster_loop.store.hgetall("nothing")
        await asyncio.Event().wait()

    for steps in range(1, 25):
        task = asyncio.create_task(ask_and_wait())
        for _ in range(steps):
            await asyncio.sleep(0)
        task.cancel()
        done, _ = await asyncio.wait({task}, timeout=60)
        assert done, f"cancelled after {steps} steps, and went on"
        assert task.cancelled()


async def test_after_a_cancellation_answers_still_belong_to_their_questions(
    cluster_loop: Loop,
) -> None:
    async def ask(store: Redis) -> None:
        await store.get("number-1")

    store = cluster_loop.store
    for number in range(40):
        await store.set(f"number-{number}", number)
    for steps in range(1, 40):
        task = asyncio.create_task(ask(store))
        for _ in range(steps):
            await asyncio.sleep(0)
        task.cancel()
        found = await asyncio.gather(*(store.get(f"number-{number}") for number in range(40)))
        assert found == [str(number).encode() for number in range(40)]


async def test_without_a_replica_nothing_is_answered(
    cluster_loop: Loop, whole_cluster: LocalCluster
) -> None:
    """No keep, no opt-out, no lease, no read that nobody else would know of."""
    loop = cluster_loop
    account = await consenting_account(loop)
    await say(loop, account)
    lease = await loop.queue.lease("worker")
    assert lease
    context = CaptureContext(account=account, device="dev_kitchen")
    consent = await loop.sink.begin(context)
    owner = loop.store.get_node_from_key(keys.account(account))  # type: ignore[attr-defined]
    master = next(one for one in whole_cluster.servers if one.port == owner.port)
    replica = whole_cluster.replica_of(master)
    replica.freeze()
    try:
        with pytest.raises(StoreUnavailable):
            await loop.queue.read(lease)
        with pytest.raises(StoreUnavailable):
            await loop.rights.change(account, EVERYTHING_OFF, SHOWN, "off")
        fate = await loop.sink.keep(an_utterance(account), consent)
        assert (fate.kept, fate.queued, fate.reason) == (False, False, "storage_unavailable")
        with pytest.raises(StoreUnavailable):
            await loop.queue.lease("worker")
        with pytest.raises(StoreUnavailable):
            await loop.rights.settings(account)
    finally:
        replica.thaw()
    await asyncio.to_thread(whole_cluster.until_whole)
    after = await loop.rights.change(account, EVERYTHING_OFF, SHOWN, "off")
    assert not after.improve_models
    assert not (await try_to_say(loop, an_utterance(account))).queued


async def test_an_erasure_waits_for_a_server_that_is_away(
    cluster_loop: Loop, whole_cluster: LocalCluster
) -> None:
    """Its disk still holds what is erased."""
    away = whole_cluster.replica_of(whole_cluster.masters()[0])
    away.kill()

    async def told() -> bool:
        try:
            await servers(cluster_loop.store)
        except StoreUnavailable:
            return True
        return False

    try:
        async with asyncio.timeout(60):
            while not await told():  # noqa: ASYNC110 - another process has no event of ours
                await asyncio.sleep(0.05)
        with pytest.raises(StoreUnavailable):
            await LogRewrite(cluster_loop.store).run()
    finally:
        away.start()
    await asyncio.to_thread(whole_cluster.until_whole)
    await LogRewrite(cluster_loop.store).run()


@pytest.mark.parametrize(
    ("command", "key"),
    [
        (("EVALSHA", "digest", 2, "{s01}:a:x", "{s01}:b", "x"), "{s01}:a:x"),
        (("EVALSHA", "digest", 0), ""),
        (("HGETALL", b"{s01}:a:x"), "{s01}:a:x"),
        (("CLUSTER SLOTS",), ""),
        (("SCAN", "0", "MATCH", "*"), ""),
        (("SUBSCRIBE", "channel"), ""),
    ],
)
def test_the_key_of_a_command_is_known(command: tuple[object, ...], key: str) -> None:
    assert first_key(command) == key


def test_a_fence_lies_in_the_slot_of_its_key() -> None:
    assert keys.fence("{s07}:a:acc") == "{s07}:f"
    assert keys.fence("models:nlu") == "{models:nlu}:f"


async def test_a_transaction_is_one_step_and_follows_its_slot(
    cluster_loop: Loop, whole_cluster: LocalCluster
) -> None:
    store = cluster_loop.store
    for shard in keys.all_shards()[:8]:
        async with store.pipeline(transaction=True) as pipeline:
            pipeline.incr(f"{shard}:lr")
            pipeline.hset(f"{shard}:x", "field", "value")
            assert await pipeline.execute() == [1, 1]
    whole_cluster.replica_of(whole_cluster.masters()[0]).ask("CLUSTER", "FAILOVER")
    await asyncio.to_thread(whole_cluster.until_whole)
    for shard in keys.all_shards()[:8]:
        async with store.pipeline(transaction=True) as pipeline:
            pipeline.incr(f"{shard}:lr")
            assert await pipeline.execute() == [2]


async def test_many_first_commands_at_once_all_find_their_server(
    whole_cluster: LocalCluster,
) -> None:
    """Whoever does not know the servers yet asks for them first, and cuts nobody off."""
    store = connect(whole_cluster.url)
    try:
        written = await asyncio.gather(
            *(store.set(f"number-{number % 7}", number) for number in range(200))
        )
    finally:
        await store.aclose()
    assert all(written)
    moved = [server.ask("INFO", "errorstats") for server in whole_cluster.servers]
    assert not any("errorstat_MOVED" in one for one in moved)


async def test_a_mistake_is_not_taken_for_a_store_that_is_away(cluster_loop: Loop) -> None:
    with pytest.raises(RedisClusterException), store_errors():
        await cluster_loop.store.evalsha("digest", 2, "{s01}:a", "{s02}:a")


async def test_a_cluster_that_is_away_is_said_to_be_away() -> None:
    store = connect("redis+cluster://127.0.0.1:1,127.0.0.1:2")
    with pytest.raises(StoreUnavailable), store_errors():
        await store.get("number")
    await store.aclose()
