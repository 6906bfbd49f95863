"""An item is lent to one reviewer at a time, reviewed once, and seen by its account holder."""

from __future__ import annotations

import asyncio
import random
from collections import Counter
from dataclasses import replace

import pytest

from tests.fixtures.store import (
    a_review,
    an_utterance,
    consenting_account,
    opt_out,
    say,
)
from training_loop.errors import InvalidArgument
from training_loop.loop import Loop
from training_loop.queue.lease import ItemState, LeasedItem, LeaseLost, QueuedItem, QueueStatistics
from training_loop.queue.queue import LEASES_PER_ACCOUNT, LearningQueue
from training_loop.rights import SettingsChange
from training_loop.utterance import Utterance

LEARNING_ONLY = SettingsChange(improve_models=True)


async def _lease(loop: Loop, worker: str = "reviewer") -> LeasedItem:
    lease = await loop.queue.lease(worker)
    assert lease
    return lease


async def test_a_machine_reads_what_was_said_and_nobody_has_listened(loop: Loop) -> None:
    account = await consenting_account(loop)
    said = await say(loop, account)
    lease = await _lease(loop, "anna@example.org")
    assert (lease.item, lease.account, lease.epoch) == (said.utterance_id, account, 1)
    assert await loop.queue.read(lease) == said
    assert await loop.rights.listens(account) == ()


async def test_machine_only_items_are_never_lent(loop: Loop) -> None:
    account = await consenting_account(loop, LEARNING_ONLY)
    await say(loop, account)
    assert await loop.queue.lease("reviewer") is None
    assert await loop.queue.lease("reviewer", oldest=True) is None
    assert (await loop.queue.statistics()).held == 1


async def test_no_item_is_lent_twice(loop: Loop) -> None:
    for _ in range(3):
        account = await consenting_account(loop)
        for _ in range(4):
            await say(loop, account)
    lent = await asyncio.gather(*(loop.queue.lease(f"reviewer {n}") for n in range(20)))
    items = [lease.item for lease in lent if lease]
    assert len(items) == len(set(items)) == 12


async def test_the_oldest_comes_first_when_asked_for(loop: Loop) -> None:
    accounts = [await consenting_account(loop) for _ in range(3)]
    order = [(await say(loop, account)).utterance_id for account in accounts * 2]
    lent = [await loop.queue.lease("reviewer", oldest=True) for _ in order]
    assert [lease.item for lease in lent if lease] == order


async def test_every_account_is_as_likely_however_much_it_said(loop: Loop) -> None:
    queue = LearningQueue(loop.store, loop.vault, loop.blobs, loop.reads, chance=random.Random(7))
    talkative, quiet = [await consenting_account(loop) for _ in range(2)]
    for _ in range(12):
        await say(loop, talkative, an_utterance(talkative, pcm=b""))
    await say(loop, quiet, an_utterance(quiet, pcm=b""))
    drawn: Counter[str] = Counter()
    for _ in range(60):
        lease = await queue.lease("reviewer")
        assert lease
        drawn[lease.account] += 1
        await queue.release(lease)
    assert drawn[quiet] >= 15, "a draw over items would give 5"


async def test_a_released_item_can_be_lent_again(loop: Loop) -> None:
    account = await consenting_account(loop)
    await say(loop, account)
    lease = await _lease(loop)
    assert await loop.queue.lease("other") is None
    await loop.queue.release(lease)
    await loop.queue.release(lease)
    with pytest.raises(LeaseLost):
        await loop.queue.read(lease)
    assert (await _lease(loop, "other")).item == lease.item


async def test_a_lease_that_ran_out_goes_to_somebody_else(loop: Loop) -> None:
    brief = LearningQueue(loop.store, loop.vault, loop.blobs, loop.reads, lease_ms=1)
    account = await consenting_account(loop)
    await say(loop, account)
    lease = await brief.lease("slow")
    assert lease
    again = None
    async with asyncio.timeout(60):
        while again is None:
            again = await loop.queue.lease("quick")
    assert again.item == lease.item
    for use in (
        loop.queue.read(lease),
        loop.queue.renew(lease),
        loop.queue.ack(lease, a_review()),
        loop.queue.discard(lease),
    ):
        with pytest.raises(LeaseLost):
            await use
    await loop.queue.release(lease)
    assert await loop.queue.read(again)


async def test_a_renewed_lease_lasts_longer(loop: Loop) -> None:
    account = await consenting_account(loop)
    await say(loop, account)
    short = LearningQueue(loop.store, loop.vault, loop.blobs, loop.reads, lease_ms=5000)
    lease = await short.lease("reviewer")
    assert lease
    assert (await loop.queue.renew(lease)).expires_at_s > lease.expires_at_s + 60


async def test_a_forged_lease_opens_nothing(loop: Loop) -> None:
    account = await consenting_account(loop)
    await say(loop, account)
    lease = await _lease(loop)
    for forged in (
        replace(lease, token="0" * 32),
        replace(lease, epoch=lease.epoch + 1),
        replace(lease, review_epoch=lease.review_epoch + 1),
        replace(lease, account=await consenting_account(loop)),
    ):
        with pytest.raises(LeaseLost):
            await loop.queue.read(forged)


async def _reviewed(loop: Loop) -> list[tuple[str, Utterance]]:
    return [(one.review.text, one.utterance) async for one in loop.queue.reviewed()]


async def test_a_review_is_stored_once_and_comes_with_its_utterance(loop: Loop) -> None:
    account = await consenting_account(loop)
    said = await say(loop, account)
    lease = await _lease(loop)
    await loop.queue.ack(lease, a_review("first"))
    await loop.queue.ack(lease, a_review("a retry of the same request"))
    assert await _reviewed(loop) == [("first", said)]
    assert await loop.queue.lease("reviewer") is None
    assert await loop.queue.statistics() == QueueStatistics(reviewed=1, accounts=1)


async def test_reviews_of_those_who_opted_out_are_never_handed_on(loop: Loop) -> None:
    stays, goes = [await consenting_account(loop) for _ in range(2)]
    said = [await say(loop, account) for account in (stays, goes)]
    for _ in said:
        await loop.queue.ack(await _lease(loop), a_review())
    handed = [item async for item in loop.queue.reviewed()]
    await opt_out(loop, goes, SettingsChange(improve_models=False))
    assert [utterance for _, utterance in await _reviewed(loop)] == [said[0]]
    refused = await loop.queue.record_model_use("model 1", handed)
    assert refused == {said[1].utterance_id}
    assert (await loop.rights.counts(stays))["models"] == 1
    assert (await loop.rights.counts(goes))["models"] == 0


async def test_more_reviews_than_fit_one_read_all_come(loop: Loop) -> None:
    account = await consenting_account(loop)
    said = [await say(loop, account, an_utterance(account, pcm=b"")) for _ in range(40)]
    for _ in said:
        await loop.queue.ack(await _lease(loop), a_review())
    assert sorted(one.utterance_id for _, one in await _reviewed(loop)) == [
        one.utterance_id for one in said
    ]


async def test_a_flagged_item_and_its_audio_are_deleted(loop: Loop) -> None:
    account = await consenting_account(loop, replace(LEARNING_ONLY, human_review=True))
    await say(loop, account)
    lease = await _lease(loop)
    await loop.queue.discard(lease)
    assert await loop.queue.statistics() == QueueStatistics()
    assert not [path for path in loop.settings.blobs.rglob("*") if path.is_file()]
    with pytest.raises(LeaseLost):
        await loop.queue.ack(lease, a_review())


async def test_an_operator_sees_states_and_neither_words_nor_accounts(loop: Loop) -> None:
    accounts = [await consenting_account(loop) for _ in range(3)]
    said = [(await say(loop, account)).utterance_id for account in accounts * 3]
    reviewed, leased = await _lease(loop), await _lease(loop)
    await loop.queue.ack(reviewed, a_review())
    seen: list[QueuedItem] = []
    token = ""
    while True:
        page = await loop.queue.items(4, token)
        assert len(page.items) <= 4
        seen += page.items
        token = page.next_page_token
        assert not any(account in token + repr(page.items) for account in accounts)
        if not token:
            break
    states = {one.item: one.state for one in seen}
    assert sorted(states) == sorted(said)
    assert len(seen) == len(said)
    assert states[reviewed.item] is ItemState.REVIEWED
    assert states[leased.item] is ItemState.LEASED
    assert list(states.values()).count(ItemState.READY) == 7


async def test_a_page_token_that_is_none_is_refused(loop: Loop) -> None:
    for token in ("x", "A" * 64):
        with pytest.raises(InvalidArgument):
            await loop.queue.items(10, token)
    with pytest.raises(InvalidArgument):
        await loop.queue.items(0)


async def test_an_account_with_all_its_leases_out_does_not_hold_up_others(loop: Loop) -> None:
    busy, other = await consenting_account(loop), await consenting_account(loop)
    for _ in range(LEASES_PER_ACCOUNT + 1):
        await say(loop, busy, an_utterance(busy, pcm=b""))
    lent = [await loop.queue.lease("reviewer", oldest=True) for _ in range(LEASES_PER_ACCOUNT)]
    said = await say(loop, other)
    for oldest in (True, False):
        lease = await loop.queue.lease("reviewer", oldest=oldest)
        assert lease
        assert lease.item == said.utterance_id
        await loop.queue.release(lease)
    assert lent[0]
    await loop.queue.ack(lent[0], a_review())
    lease = await loop.queue.lease("reviewer", oldest=True)
    assert lease
    assert lease.account == busy
