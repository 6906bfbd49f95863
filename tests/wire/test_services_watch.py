"""Timers, alarms and reminders reach their device, over the wire."""

from __future__ import annotations

import asyncio
from typing import Any

import grpc
import pytest

from assistant.v1 import devices_pb2, directive_pb2
from tests.fixtures.services import Desk, bearer, due_entry, refusal
from training_loop.consent.accounts import NewAccount
from training_loop.store import keys


@pytest.fixture
async def account(desk: Desk) -> NewAccount:
    return await desk.accounts.create()


async def watch(desk: Desk, device: Any) -> Any:
    """An open watch."""
    watching = desk.devices.WatchDirectives(
        devices_pb2.WatchDirectivesRequest(), metadata=bearer(device.device_token)
    )
    await watching.initial_metadata()
    return watching


async def read(watching: Any) -> Any:
    return await asyncio.wait_for(watching.read(), 5)


async def ended(watching: Any) -> tuple[grpc.StatusCode, str]:
    """How a watch was ended, without another directive."""
    with pytest.raises(grpc.aio.AioRpcError) as caught:
        await read(watching)
    return refusal(caught.value)[:2]


async def acknowledge(desk: Desk, device: Any, directive: str) -> None:
    await desk.devices.AcknowledgeDirective(
        devices_pb2.AcknowledgeDirectiveRequest(id=directive),
        metadata=bearer(device.device_token),
    )


async def test_a_directive_is_delivered_when_it_becomes_due(
    desk: Desk, account: NewAccount
) -> None:
    device = await desk.new_device(account)
    watching = await watch(desk, device)
    entry = due_entry(device.device, in_s=0.2, label="pasta")
    await desk.agenda.add(account.account, entry)
    directive = await read(watching)
    assert directive.id == entry.entry_id
    assert directive.ring.kind == directive_pb2.Ring.TIMER
    assert directive.ring.label == "pasta"
    due = directive.ring.due_time
    assert due.seconds + due.nanos / 1e9 == pytest.approx(entry.due_at_s, abs=0.002)
    watching.cancel()


async def test_a_directive_comes_again_on_each_connection_until_it_is_acknowledged(
    desk: Desk, account: NewAccount
) -> None:
    device = await desk.new_device(account)
    first, second = due_entry(device.device, in_s=-2), due_entry(device.device, in_s=-1)
    for entry in (second, first):
        await desk.agenda.add(account.account, entry)
    for _ in range(2):
        watching = await watch(desk, device)
        assert [(await read(watching)).id for _ in range(2)] == [first.entry_id, second.entry_id]
        watching.cancel()
    await acknowledge(desk, device, first.entry_id)
    await acknowledge(desk, device, first.entry_id)
    watching = await watch(desk, device)
    assert (await read(watching)).id == second.entry_id
    later = due_entry(device.device)
    await desk.agenda.add(account.account, later)
    assert (await read(watching)).id == later.entry_id, "and each only once on a connection"
    watching.cancel()


async def test_a_device_gets_and_acknowledges_its_own_directives_alone(
    desk: Desk, account: NewAccount
) -> None:
    one, other = [await desk.new_device(account) for _ in range(2)]
    stranger = await desk.new_device(await desk.accounts.create())
    entry = due_entry(one.device)
    await desk.agenda.add(account.account, entry)
    for device in (other, stranger):
        await acknowledge(desk, device, entry.entry_id)
    own = due_entry(other.device)
    await desk.agenda.add(account.account, own)
    watching = await watch(desk, other)
    assert (await read(watching)).id == own.entry_id
    watching.cancel()
    watching = await watch(desk, one)
    assert (await read(watching)).id == entry.entry_id
    watching.cancel()


async def test_unpairing_ends_the_open_watches_of_that_device_and_forgets_its_timers(
    desk: Desk, account: NewAccount
) -> None:
    gone, stays = [await desk.new_device(account) for _ in range(2)]
    watches = [await watch(desk, gone), await watch(desk, gone), await watch(desk, stays)]
    await desk.agenda.add(account.account, due_entry(gone.device, in_s=3600))
    await desk.devices.UnpairDevice(
        devices_pb2.UnpairDeviceRequest(device=gone.device), metadata=bearer(account.token)
    )
    for watching in watches[:2]:
        assert await ended(watching) == (
            grpc.StatusCode.UNAUTHENTICATED,
            "CREDENTIAL_REFUSED",
        )
    assert await desk.agenda.entries(account.account) == ()
    entry = due_entry(stays.device)
    await desk.agenda.add(account.account, entry)
    assert (await read(watches[2])).id == entry.entry_id
    watches[2].cancel()


async def test_an_erasure_ends_the_open_watches_of_the_account(
    desk: Desk, account: NewAccount
) -> None:
    device = await desk.new_device(account)
    await desk.agenda.add(account.account, due_entry(device.device))
    watching = await watch(desk, device)
    assert await read(watching), "so it waits for its end by now"
    await desk.register.erase(account.account)
    assert (await ended(watching))[1] == "CREDENTIAL_REFUSED"


@pytest.mark.parametrize("desk", [0.05], indirect=True)
async def test_an_unpairing_by_another_process_is_seen_by_asking_the_store(
    desk: Desk, account: NewAccount
) -> None:
    device = await desk.new_device(account)
    watching = await watch(desk, device)
    await desk.client.hdel(keys.devices(account.account), device.device)
    assert (await ended(watching))[1] == "CREDENTIAL_REFUSED"


@pytest.mark.parametrize("desk", [0.05], indirect=True)
async def test_a_deletion_begun_by_another_process_is_seen_too(
    desk: Desk, account: NewAccount
) -> None:
    watching = await watch(desk, await desk.new_device(account))
    await desk.client.hset(keys.account(account.account), "state", "erasing")
    assert (await ended(watching))[1] == "CREDENTIAL_REFUSED"


async def test_the_watches_of_a_device_are_bounded_and_end_with_their_connection(
    desk: Desk, account: NewAccount
) -> None:
    device = await desk.new_device(account)
    entry = due_entry(device.device)
    await desk.agenda.add(account.account, entry)
    watches = [await watch(desk, device) for _ in range(4)]
    for watching in watches:
        assert (await read(watching)).id == entry.entry_id
    assert await ended(await watch(desk, device)) == (
        grpc.StatusCode.RESOURCE_EXHAUSTED,
        "TOO_MANY_WATCHES",
    )
    for watching in watches:
        watching.cancel()
    async with asyncio.timeout(60):
        while not await _is_admitted(desk, device):
            pass


async def _is_admitted(desk: Desk, device: Any) -> bool:
    """Whether a further watch of a device with something due gets it."""
    watching = await watch(desk, device)
    try:
        await watching.read()
    except grpc.aio.AioRpcError as error:
        return refusal(error).reason != "TOO_MANY_WATCHES"
    watching.cancel()
    return True


@pytest.mark.parametrize("directive", ["", "x" * 129])
async def test_an_id_that_cannot_be_one_is_refused(
    desk: Desk, account: NewAccount, directive: str
) -> None:
    device = await desk.new_device(account)
    with pytest.raises(grpc.aio.AioRpcError) as caught:
        await acknowledge(desk, device, directive)
    assert refusal(caught.value).reason == "INVALID_FIELD"
