"""Whatever puts another model into service leaves its trace in the audit log, once."""

from __future__ import annotations

import asyncio
from collections.abc import Set
from pathlib import Path

import pytest
from redis.asyncio import Redis

from tests.fixtures.training import manifest_for, rasa_archive
from training_loop.audit.entry import AuditEntry
from training_loop.audit.log import AuditLog, all_shard_names
from training_loop.datasets.item_ref import ItemRef
from training_loop.registry.errors import ReleaseFailed
from training_loop.registry.pointer import InService, ServingPointer, TakenOut
from training_loop.registry.pointer_change import ACTION, OPERATOR, Cause
from training_loop.registry.registry import ModelRegistry
from training_loop.registry.release import release, roll_back


async def nobody() -> Set[ItemRef]:
    return frozenset()


def candidate(registry: ModelRegistry, archives: Path, name: str, parent: str) -> str:
    archive = rasa_archive(archives / f"{name}.tar.gz", name.encode())
    return registry.register(archive, manifest_for(archive, parent))


@pytest.fixture
async def base(registry: ModelRegistry, archives: Path) -> str:
    return (await registry.ensure_base(rasa_archive(archives / "base.tar.gz", b"base"))).model


async def trace(store: Redis) -> list[tuple[str, str, str]]:
    """Who did it, about which model, and how it is put; in the order of the changes."""
    log, found = AuditLog(store), []
    for shard in all_shard_names():
        async for line in log.lines(shard):
            entry = AuditEntry.read(shard, line)
            if entry.action == ACTION:
                found.append((entry.actor, entry.subject, entry.detail))
    return sorted(found, key=lambda one: int(one[2].rpartition("=")[2]))


def said(before: str, after: str, cause: Cause, generation: int) -> str:
    words = f"from={before},to={after},because={cause.value},generation={generation}"
    return f"kind=nlu,{words}"


async def test_the_base_a_release_and_a_roll_back_say_what_came_after_what_by_whom_and_why(
    registry: ModelRegistry, registry_client: Redis, base: str, archives: Path
) -> None:
    one = candidate(registry, archives, "one", base)
    await release(registry, one, nobody)
    two = candidate(registry, archives, "two", one)
    await release(registry, two, nobody, by=OPERATOR)
    await roll_back(registry, nobody, by=OPERATOR)
    await roll_back(registry, nobody, cause=Cause.WITHDRAWN)
    assert await trace(registry_client) == [
        ("machine", base, said("none", base, Cause.INSTALLED, 1)),
        ("machine", one, said(base, one, Cause.RELEASED, 2)),
        ("operator", two, said(one, two, Cause.RELEASED, 3)),
        ("operator", one, said(two, one, Cause.ROLLED_BACK, 4)),
        ("machine", base, said(one, base, Cause.WITHDRAWN, 5)),
    ]


async def test_a_model_with_which_people_fared_worse_leaves_its_trace(
    registry: ModelRegistry, registry_client: Redis, base: str, archives: Path
) -> None:
    worse = candidate(registry, archives, "worse", base)
    await release(registry, worse, nobody)
    noted = TakenOut(model=worse, reasons=("Slow.",), figures={"slow": "0.1_to_0.4"})
    await registry.take_out(await registry.pointer.read(), registry.manifest(base), noted)
    assert (await trace(registry_client))[-1] == (
        *("machine", base),
        said(worse, base, Cause.WORSE, 3),
    )


async def test_a_release_that_a_server_cannot_follow_leaves_both_changes(
    registry: ModelRegistry, registry_client: Redis, base: str, archives: Path
) -> None:
    await registry.pointer.acknowledge("ill", InService(generation=2, failure="NO_MEMORY"))
    broken = candidate(registry, archives, "broken", base)
    with pytest.raises(ReleaseFailed):
        await release(registry, broken, nobody)
    assert [detail for _, _, detail in (await trace(registry_client))[1:]] == [
        said(base, broken, Cause.RELEASED, 2),
        said(broken, base, Cause.NOT_FOLLOWED, 3),
    ]


class _Killed(ServingPointer):
    """Of a process that ends between the change and its way into the log."""

    async def audited(self) -> None:
        raise asyncio.CancelledError


async def test_a_trace_that_a_process_died_over_is_left_for_whoever_looks_next(
    registry: ModelRegistry, registry_client: Redis, base: str, archives: Path
) -> None:
    one = candidate(registry, archives, "one", base)
    fingerprint = registry.manifest(one).fingerprint
    seen = await registry.pointer.read()
    with pytest.raises(asyncio.CancelledError):
        await _Killed(registry_client).change(
            seen, model=one, fingerprint=fingerprint, previous=base
        )
    assert (await registry.serving()).model == one
    assert len(await trace(registry_client)) == 1
    await registry.pointer.audited()
    await registry.pointer.audited()
    assert [detail for _, _, detail in await trace(registry_client)] == [
        said("none", base, Cause.INSTALLED, 1),
        said(base, one, Cause.RELEASED, 2),
    ]
