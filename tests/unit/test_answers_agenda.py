"""What was set goes off, once acknowledged never again, and leaves with its account."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import Any

import pytest

from assistant.answers.agenda import MOST_ENTRIES, Agenda, AgendaFull
from assistant.answers.agenda_entry import AgendaEntry
from assistant.answers.ports import SkillPorts
from assistant.answers.skill import RingKind
from training_loop.errors import AccountGone
from training_loop.loop import Loop
from training_loop.store import keys


@pytest.fixture
def agenda(skill_ports: SkillPorts) -> Agenda:
    return skill_ports.agenda


def entry(device: str = "dev_kitchen", *, due_at_s: float = 100.0, label: str = "") -> AgendaEntry:
    return AgendaEntry(
        entry_id=AgendaEntry.new_id(device),
        kind=RingKind.TIMER,
        label=label,
        due_at_s=due_at_s,
        length_s=60,
    )


async def test_an_entry_is_due_until_it_is_acknowledged(agenda: Agenda, account: str) -> None:
    pasta = entry(label="pasta")
    await agenda.add(account, pasta)
    assert await agenda.due(account, "dev_kitchen", 99.9) == ()
    for _ in range(2):
        assert await agenda.due(account, "dev_kitchen", 100.0) == (pasta,)
    assert await agenda.due(account, "dev_bedroom", 100.0) == ()
    for _ in range(2):
        await agenda.acknowledge(account, "dev_kitchen", pasta.entry_id)
        assert await agenda.due(account, "dev_kitchen", 100.0) == ()
    assert await agenda.rang_last(account, "dev_kitchen") == pasta


async def test_another_server_knows_the_same_entries(
    agenda: Agenda, account: str, loop: Loop
) -> None:
    """So does this one after a restart: nothing is held in memory."""
    pasta = entry(label="pasta")
    await agenda.add(account, pasta)
    other = Agenda(loop.store, loop.sealer)
    assert await other.due(account, "dev_kitchen", 200) == (pasta,)
    assert await other.next_due_s(account, "dev_kitchen", 0) == 100.0
    assert await other.next_due_s(account, "dev_kitchen", 100.0) is None


async def test_no_device_acknowledges_for_another(agenda: Agenda, account: str) -> None:
    pasta = entry()
    await agenda.add(account, pasta)
    await agenda.acknowledge(account, "dev_bedroom", pasta.entry_id)
    assert await agenda.due(account, "dev_kitchen", 100.0) == (pasta,)


async def test_a_paused_entry_is_not_due_and_comes_back(agenda: Agenda, account: str) -> None:
    pasta = entry()
    await agenda.add(account, pasta)
    await agenda.change(account, pasta.entry_id, lambda e: replace(e, paused_left_s=30.0))
    assert await agenda.due(account, "dev_kitchen", 1_000) == ()
    assert len(await agenda.entries(account)) == 1
    running = await agenda.change(
        account, pasta.entry_id, lambda e: replace(e, paused_left_s=None, due_at_s=500.0)
    )
    assert await agenda.due(account, "dev_kitchen", 1_000) == (running,)


async def test_concurrent_changes_are_all_kept(agenda: Agenda, account: str) -> None:
    pasta = entry()
    await agenda.add(account, pasta)

    async def extend() -> None:
        await agenda.change(account, pasta.entry_id, lambda e: replace(e, due_at_s=e.due_at_s + 10))

    await asyncio.gather(*(extend() for _ in range(4)))
    assert (await agenda.entries(account))[0].due_at_s == 140.0


async def test_changing_what_was_cancelled_does_not_bring_it_back(
    agenda: Agenda, account: str
) -> None:
    pasta = entry()
    await agenda.add(account, pasta)

    async def cancel_meanwhile() -> None:
        await agenda.remove(account, pasta.entry_id)

    assert await agenda.remove(account, pasta.entry_id) == 1
    assert await agenda.change(account, pasta.entry_id, lambda e: e) is None
    assert await agenda.entries(account) == ()
    assert await agenda.due(account, "dev_kitchen", 1_000) == ()


async def test_who_waits_is_told_of_a_change(agenda: Agenda, account: str) -> None:
    waiting = asyncio.create_task(agenda.changed(account, "dev_kitchen", 600))
    await asyncio.sleep(0)
    async with asyncio.timeout(60):
        await agenda.add(account, entry())
        await waiting
        await agenda.add(account, entry())
        await agenda.changed(account, "dev_kitchen", 600)


async def test_nobody_waits_longer_than_asked(agenda: Agenda, account: str) -> None:
    async with asyncio.timeout(60):
        await agenda.changed(account, "dev_kitchen", 0.01)


async def test_an_agenda_has_an_end(agenda: Agenda, account: str) -> None:
    for _ in range(MOST_ENTRIES):
        await agenda.add(account, entry())
    with pytest.raises(AgendaFull):
        await agenda.add(account, entry())


async def test_nothing_is_stored_in_the_clear(agenda: Agenda, account: str, loop: Loop) -> None:
    await agenda.add(account, entry(label="call the doctor"))
    stored: Any = await loop.store.hgetall(keys.agenda(account))
    assert stored
    assert b"doctor" not in b"".join([*stored, *stored.values()])


async def test_a_deleted_account_leaves_no_entry_and_gets_none(
    agenda: Agenda, account: str, loop: Loop
) -> None:
    rung = entry(label="rung")
    await agenda.add(account, rung)
    await agenda.acknowledge(account, "dev_kitchen", rung.entry_id)
    await agenda.add(account, entry(label="waiting"))
    assert list(await agenda.export(account))
    await loop.rights.delete_account(account)
    left = [key async for key in loop.store.scan_iter(match=f"*{account}*")]
    assert not [key for key in left if keys.kind_of(key.decode()) in agenda.key_kinds]
    with pytest.raises(AccountGone):
        await agenda.add(account, entry())


async def test_an_account_in_deletion_gets_no_entry(
    agenda: Agenda, account: str, loop: Loop
) -> None:
    """Even when its key was read before: the script looks again."""
    marker: Any = loop.store.hset(keys.account(account), "state", "erasing")
    await marker
    with pytest.raises(AccountGone):
        await agenda.add(account, entry())
    assert not await loop.store.exists(
        keys.agenda(account), keys.agenda_due(account, "dev_kitchen")
    )


async def test_an_unpaired_device_takes_its_entries_along(agenda: Agenda, account: str) -> None:
    await agenda.add(account, entry("dev_kitchen"))
    await agenda.add(account, entry("dev_bedroom"))
    assert await agenda.forget_device(account, "dev_kitchen") == 1
    assert [left.device for left in await agenda.entries(account)] == ["dev_bedroom"]
