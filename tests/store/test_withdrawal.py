"""When an opt-out or a deletion has returned, nobody receives anything from before, ever again."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Iterator
from dataclasses import dataclass, field

import pytest

from tests.fixtures.store import (
    EVERYTHING_OFF,
    EVERYTHING_ON,
    SHOWN,
    a_review,
    consenting_account,
    opt_out,
    say,
    until,
)
from training_loop.consent.account_record import read_account
from training_loop.consent.policy import Purpose
from training_loop.errors import TrainingLoopError
from training_loop.loop import Loop
from training_loop.queue.lease import LeasedItem, LeaseLost
from training_loop.store import keys
from training_loop.vault.blobs import LocalBlobs

ROUNDS = 50
SPEAKERS = 4


@dataclass
class Witness:
    """Who received what, and when each consent ended, on one clock."""

    received: list[tuple[str, int, float]] = field(default_factory=list)
    withdrawn: dict[tuple[str, int], float] = field(default_factory=dict)

    @property
    def violations(self) -> int:
        return sum(
            at > self.withdrawn.get((account, epoch), at) for account, epoch, at in self.received
        )


async def _reviewer(loop: Loop, witness: Witness, over: asyncio.Event) -> None:
    while not over.is_set():
        lease = await loop.queue.lease("reviewer")
        if lease is None:
            await asyncio.sleep(0)
            continue
        with contextlib.suppress(LeaseLost):
            utterance = await loop.queue.read(lease)
            witness.received.append((utterance.account, lease.epoch, time.monotonic()))
            await loop.queue.ack(lease, a_review())


async def _trainer(loop: Loop, witness: Witness, over: asyncio.Event) -> None:
    while not over.is_set():
        async for item in loop.queue.reviewed():
            witness.received.append((item.account, item.epoch, time.monotonic()))
        await asyncio.sleep(0)


async def _speaker(loop: Loop, witness: Witness) -> None:
    account = await consenting_account(loop)
    for number in range(ROUNDS):
        await asyncio.gather(*(say(loop, account) for _ in range(2)))
        epoch = (await read_account(loop.store, account)).consent.epochs[Purpose.LEARNING]
        await opt_out(loop, account)
        witness.withdrawn[account, epoch] = time.monotonic()
        await loop.rights.change(account, EVERYTHING_ON, SHOWN, f"{account}-{number}")


async def test_opt_outs_under_load_are_final_when_they_return(loop: Loop) -> None:
    """Speakers opt out again and again while reviewers and a trainer read all they can get."""
    witness, over = Witness(), asyncio.Event()
    async with asyncio.TaskGroup() as group:
        for _ in range(2):
            group.create_task(_reviewer(loop, witness, over))
            group.create_task(_trainer(loop, witness, over))
        await asyncio.gather(*(_speaker(loop, witness) for _ in range(SPEAKERS)))
        over.set()
    assert len(witness.withdrawn) == SPEAKERS * ROUNDS
    assert len(witness.received) > ROUNDS
    assert witness.violations == 0


class _HeldBlobs(LocalBlobs):
    """Lets a read wait in the middle."""

    def hold(self) -> None:
        self.reading, self.go_on = asyncio.Event(), asyncio.Event()

    async def read(self, path: str) -> bytes:
        self.reading.set()
        await self.go_on.wait()
        return await super().read(path)


@pytest.fixture
def held_loop(loop: Loop, monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[Loop, _HeldBlobs]]:
    blobs = _HeldBlobs(loop.settings.blobs)
    blobs.hold()
    monkeypatch.setattr(loop.queue, "_blobs", blobs)
    monkeypatch.setattr(loop.reads, "grant_ms", 30_000)
    yield loop, blobs
    blobs.close()


async def _leased(loop: Loop) -> LeasedItem:
    await say(loop, await consenting_account(loop))
    lease = await loop.queue.lease("reviewer")
    assert lease
    return lease


async def test_an_opt_out_waits_for_a_read_in_flight(held_loop: tuple[Loop, _HeldBlobs]) -> None:
    loop, blobs = held_loop
    lease = await _leased(loop)
    order: list[str] = []
    read = asyncio.create_task(loop.queue.read(lease))
    read.add_done_callback(lambda _: order.append("read"))
    await blobs.reading.wait()
    out = asyncio.create_task(opt_out(loop, lease.account))
    out.add_done_callback(lambda _: order.append("opted out"))

    async def withdrawn() -> bool:
        return not (await loop.rights.settings(lease.account)).improve_models

    await until(withdrawn)
    assert not out.done()
    blobs.go_on.set()
    async with asyncio.timeout(loop.reads.grant_ms / 1000 / 2):
        await asyncio.gather(read, out)
    assert order == ["read", "opted out"]


async def test_a_repeated_opt_out_waits_as_well(held_loop: tuple[Loop, _HeldBlobs]) -> None:
    """The first attempt may have timed out at the client while it was waiting."""
    loop, blobs = held_loop
    lease = await _leased(loop)
    read = asyncio.create_task(loop.queue.read(lease))
    await blobs.reading.wait()
    change = loop.rights.change(lease.account, EVERYTHING_OFF, SHOWN, "the same request")
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(change, 0.2)
    again = asyncio.create_task(
        loop.rights.change(lease.account, EVERYTHING_OFF, SHOWN, "the same request")
    )
    _, waiting = await asyncio.wait([again], timeout=0.2)
    assert waiting
    blobs.go_on.set()
    await read
    settings = await again
    assert (settings.improve_models, settings.epoch) == (False, 2)


async def test_a_reader_that_hangs_is_fenced_and_gets_nothing(
    held_loop: tuple[Loop, _HeldBlobs], monkeypatch: pytest.MonkeyPatch
) -> None:
    loop, blobs = held_loop
    monkeypatch.setattr(loop.reads, "grant_ms", 300)
    lease = await _leased(loop)
    read = asyncio.create_task(loop.queue.read(lease))
    await blobs.reading.wait()
    await opt_out(loop, lease.account)
    assert not read.done()
    blobs.go_on.set()
    with pytest.raises(TrainingLoopError):
        await read


async def test_deleting_an_utterance_or_the_account_waits_too(
    held_loop: tuple[Loop, _HeldBlobs],
) -> None:
    loop, blobs = held_loop
    for delete in ("utterance", "account"):
        lease = await _leased(loop)
        blobs.hold()
        read = asyncio.create_task(loop.queue.read(lease))
        await blobs.reading.wait()
        deletion = asyncio.create_task(
            loop.rights.delete_utterance(lease.account, lease.item)
            if delete == "utterance"
            else loop.rights.delete_account(lease.account)
        )
        items = keys.learning_items(lease.account, lease.epoch)

        async def deleted(items: str = items) -> bool:
            return not await loop.store.hlen(items)

        await until(deleted)
        assert not deletion.done()
        blobs.go_on.set()
        assert (await read).utterance_id == lease.item
        assert (await deletion).queue_items == 1
