"""The auditor on a cluster: every master's keys, from where it stopped, through a failover."""

from __future__ import annotations

import asyncio
from collections import Counter
from typing import Any

from benchmarks.stress.servers import LocalCluster, ServerProcess
from tests.fixtures.auditor import Household, a_household, auditor_of, days_ago_ms, found_by
from training_loop.auditor.finding import RoundReport
from training_loop.auditor.key_pages import Place, key_pages
from training_loop.consent.policy import Purpose
from training_loop.loop import Loop
from training_loop.store import keys

_MASTERS = 3
_AT_ONCE = 50


async def _on_every_master(loop: Loop) -> list[Household]:
    """A household on each of the three."""
    store: Any = loop.store
    found: dict[str, Household] = {}
    while len(found) < _MASTERS:
        home = await a_household(loop)
        slot = store.keyslot(home.hash)
        found.setdefault(store.nodes_manager.get_node_from_slot(slot).name, home)
    return list(found.values())


async def _fill(loop: Loop, number: int) -> set[str]:
    names = [f"{keys.shard_tag(at % keys.SHARDS)}:aur:{at}" for at in range(number)]
    for first in range(0, number, _AT_ONCE):
        batch = names[first : first + _AT_ONCE]
        await asyncio.gather(*(loop.store.set(name, "") for name in batch))
    return set(names)


def _serves(server: ServerProcess, slot: int) -> bool:
    port = next(part[2][1] for part in server.ask("CLUSTER", "SLOTS") if part[0] <= slot <= part[1])
    return bool(port == server.port)


async def test_mismatches_on_every_master_are_found_and_set_aside(cluster_loop: Loop) -> None:
    homes = await _on_every_master(cluster_loop)
    assert not (await auditor_of(cluster_loop).once()).findings
    for home in homes:
        await cluster_loop.store.zadd(home.key("hx"), {home.items[0]: days_ago_ms(600)})
        await cluster_loop.store.hset(home.key("h"), "utt_hidden", b"|5|sealed")
        await cluster_loop.store.hset(home.hash, "improve_models", "0")
        (home.container(Purpose.HISTORY) / ("f" * 32)).write_bytes(b"sealed")
        wrong = keys.shard_tag((int(keys.shard_of(home.account)[2:4]) + 1) % keys.SHARDS)
        await cluster_loop.store.hset(f"{wrong}:l:{home.account}", "milk", "sealed")
    found = found_by(await auditor_of(cluster_loop).once())
    for what, items in {
        ("hx", "beyond_retention"): 3,
        ("h", "not_indexed"): 3,
        ("i", "switched_off"): 9,
        ("a", "switched_off"): 3,
        ("blob", "unreferenced_blob"): 3,
        ("l", "misplaced"): 3,
    }.items():
        assert found[what] >= items, found
    assert set(found_by(await auditor_of(cluster_loop).once())) == {("l", "misplaced")}


async def test_a_round_goes_on_with_the_master_and_the_page_where_it_stopped(
    cluster_loop: Loop,
) -> None:
    await _on_every_master(cluster_loop)
    await _fill(cluster_loop, 3000)
    whole = await auditor_of(cluster_loop).once()
    reports = []
    for pages in (3, 4, 6, 5, None):  # each time another process
        report = RoundReport()
        reports.append(report)
        steps = auditor_of(cluster_loop).round(report, resume=True)
        taken = 0
        async for _ in steps:
            taken += 1
            if taken == pages:
                break
        await steps.aclose()  # type: ignore[attr-defined]
    assert reports[-1].items < whole.items
    total: Counter[str] = sum((report.checked for report in reports), Counter())
    assert total == +whole.checked, "nothing twice, nothing left out"


async def test_a_walk_survives_a_failover_and_misses_nothing(
    cluster_loop: Loop, whole_cluster: LocalCluster
) -> None:
    """The new master gives other cursors: its part is walked again, and only its part."""
    there = await _fill(cluster_loop, 2000)
    seen: Counter[str] = Counter()
    place = Place()
    pages = key_pages(cluster_loop.store, place)
    for _ in range(2):
        place, found = await anext(pages)
        seen.update(found)
    await pages.aclose()  # type: ignore[attr-defined]
    assert place.cursor
    first = next(one for one in whole_cluster.masters() if _serves(one, 0))
    whole_cluster.replica_of(first).ask("CLUSTER", "FAILOVER")
    await asyncio.to_thread(whole_cluster.until_whole)
    async for _, found in key_pages(cluster_loop.store, place):
        seen.update(found)
    assert there <= set(seen)
    assert max(seen.values()) == 2, "what was seen before the failover was seen again"
