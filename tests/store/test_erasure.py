"""What is deleted is nowhere: not in the store, its file, the blobs, nor as a key to any of it."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import Mapping
from pathlib import Path

import pytest

from tests.fixtures.store import (
    a_review,
    an_utterance,
    back,
    consenting_account,
    opt_out,
    say,
)
from training_loop.consent.account_record import read_account
from training_loop.errors import AccountGone, EarmarkError, StoreUnavailable
from training_loop.loop import Loop, open_loop
from training_loop.store import keys
from training_loop.store.supervisor import EmbeddedStore

CANARY = "xylophone quokka"
TONE = bytes(range(200)) * 8


def _bytes_on_disk(state: Path) -> bytes:
    files = [path for path in state.rglob("*") if path.is_file() and not path.is_socket()]
    return b"\0".join(path.read_bytes() for path in files)


async def _everything_of(loop: Loop) -> tuple[str, list[bytes]]:
    """An account that used everything, and what must not be found after its deletion."""
    account = await consenting_account(loop)
    for _ in range(3):
        await say(loop, account, an_utterance(account, heard=CANARY, pcm=TONE))
    for _ in range(2):
        lease = await loop.queue.lease("reviewer")
        assert lease
        await loop.queue.read(lease)
        if lease.item.endswith("1"):
            continue
        await loop.queue.ack(lease, a_review(CANARY))
    await loop.queue.record_model_use("model", [one async for one in loop.queue.reviewed()])
    fields = await loop.store.hgetall(keys.account(account))
    names = (b"data_key", b"history_key", b"learning_key", b"digest")
    secrets = [bytes(fields[name]) for name in names]  # type: ignore[arg-type]
    containers = (await read_account(loop.store, account)).containers
    records = [
        value
        for purpose, kind in (("history", keys.history_items), ("learning", keys.learning_items))
        for value in await loop.store.hvals(
            kind(account, next(c.epoch for p, c in containers.items() if p.value == purpose))
        )
    ]
    return account, [*secrets, *(bytes(record)[-64:] for record in records)]  # type: ignore[arg-type]


async def test_after_deleting_an_account_no_byte_of_it_is_on_disk(own_loop: Loop) -> None:
    other = await consenting_account(own_loop)
    await say(own_loop, other, an_utterance(other, heard="stays"))
    account, traces = await _everything_of(own_loop)
    before = _bytes_on_disk(own_loop.settings.state)
    assert all(trace in before for trace in traces), "the scan finds what is there"
    report = await own_loop.rights.delete_account(account)
    assert report.log_rewritten
    assert (report.history_records, report.queue_items, report.audio_blobs) == (3, 3, 6)
    after = _bytes_on_disk(own_loop.settings.state)
    for trace in [*traces, account.encode(), CANARY.encode(), TONE[:64]]:
        assert trace not in after
    assert await own_loop.store.keys(f"*{account}*") == []
    assert (await own_loop.rights.history(other, 1)).entries[0].heard == "stays"


async def test_after_deleting_utterances_their_records_are_not_on_disk(own_loop: Loop) -> None:
    account, traces = await _everything_of(own_loop)
    records = traces[4:]
    await own_loop.rights.delete_since(account, 0)
    after = _bytes_on_disk(own_loop.settings.state)
    assert not any(record in after for record in records)


async def test_after_an_opt_out_and_a_sweep_its_keys_are_not_on_disk(own_loop: Loop) -> None:
    account, traces = await _everything_of(own_loop)
    await opt_out(own_loop, account)
    await own_loop.rights.settled()
    await own_loop.sweep.once()
    after = _bytes_on_disk(own_loop.settings.state)
    assert not any(trace in after for trace in [*traces[1:3], *traces[4:]])
    assert not list(own_loop.settings.blobs.iterdir())


async def test_nothing_said_is_on_disk_in_the_open_at_any_time(own_loop: Loop) -> None:
    await _everything_of(own_loop)
    stored = _bytes_on_disk(own_loop.settings.state)
    for word in (CANARY.encode(), b"quokka", b"dev_kitchen", TONE[:32]):
        assert word not in stored


class _Interrupted(Exception):
    """Stands for a process that ends."""


class _Interrupting:
    """A personal store at which the first deletion ends half-way."""

    name = "interrupting"
    key_kinds = frozenset({"test"})
    interrupt = True

    async def export(self, account: str) -> Mapping[str, object]:
        return {}

    async def erase(self, account: str) -> int:
        if self.interrupt:
            raise _Interrupted
        return 0


async def test_an_interrupted_deletion_is_final_at_once_and_ends_later(own_loop: Loop) -> None:
    interrupting = _Interrupting()
    own_loop.personal_stores.register(interrupting)
    account, traces = await _everything_of(own_loop)
    with pytest.raises(_Interrupted):
        await own_loop.rights.delete_account(account)
    with pytest.raises(AccountGone):
        await own_loop.rights.settings(account)
    assert await own_loop.queue.lease("reviewer") is None
    interrupting.interrupt = False
    async with open_loop(own_loop.settings) as restarted:
        await restarted.sweep.once()
        after = _bytes_on_disk(own_loop.settings.state)
        assert await restarted.store.keys(f"*{account}*") == []
    assert not any(trace in after for trace in [*traces, account.encode()])


async def test_two_deletions_at_once_both_end(own_loop: Loop) -> None:
    account, _ = await _everything_of(own_loop)
    outcomes = await asyncio.gather(
        *(own_loop.rights.delete_account(account) for _ in range(2)), return_exceptions=True
    )
    assert any(not isinstance(outcome, BaseException) for outcome in outcomes)
    assert all(isinstance(one, AccountGone) for one in outcomes if isinstance(one, BaseException))
    assert await own_loop.store.keys(f"*{account}*") == []


async def test_deletions_at_once_share_a_rewrite_of_the_log(own_loop: Loop) -> None:
    accounts = [await consenting_account(own_loop) for _ in range(8)]
    said = [await say(own_loop, account) for account in accounts]
    before = (await own_loop.store.info("persistence"))["aof_rewrites"]
    await asyncio.gather(
        *(own_loop.rights.delete_utterance(one.account, one.utterance_id) for one in said)
    )
    rewrites = (await own_loop.store.info("persistence"))["aof_rewrites"] - before
    assert 1 <= rewrites <= 3


async def test_a_deletion_while_the_store_dies_is_repeated_or_resumed(
    own_loop: Loop, own_store: EmbeddedStore
) -> None:
    for pause in (0.0, 0.005, 0.02, 0.05):
        account, _ = await _everything_of(own_loop)
        deletion = asyncio.create_task(own_loop.rights.delete_account(account))
        await asyncio.wait([deletion], timeout=pause)
        assert own_store.process_id
        os.kill(own_store.process_id, signal.SIGKILL)
        try:
            await deletion
        except EarmarkError as error:
            assert isinstance(error, StoreUnavailable)
            await _delete_again(own_loop, account)
        await back(own_loop)
        assert await own_loop.store.keys(f"*{account}*") == []


async def _delete_again(loop: Loop, account: str) -> None:
    async with asyncio.timeout(60):
        while True:
            try:
                await loop.rights.delete_account(account)
            except AccountGone:
                return
            except StoreUnavailable:
                continue
            return
