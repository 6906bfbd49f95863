"""What is switched on was asked for; what is switched off is gone when the call returns."""

from __future__ import annotations

import asyncio
import json
from dataclasses import replace

import pytest

from tests.fixtures.store import EVERYTHING_ON, SHOWN, consenting_account, opt_out, say
from training_loop.consent.choices import ConsentTextOutdated, ReviewNeedsLearning
from training_loop.errors import AccountGone, InvalidArgument
from training_loop.loop import Loop
from training_loop.queue.lease import LeaseLost
from training_loop.rights import PrivacySettings, SettingsChange
from training_loop.store import keys

Change = SettingsChange


async def _log(loop: Loop, account: str) -> list[dict[str, object]]:
    entries = await loop.store.lrange(keys.consent_log(account), 0, -1)
    return [json.loads(bytes(entry).split(b" ", 1)[1]) for entry in map(_bytes, entries)]


def _bytes(value: bytes | str) -> bytes:
    return value if isinstance(value, bytes) else value.encode()


async def test_each_change_raises_the_epoch_and_is_recorded_with_what_was_shown(
    loop: Loop,
) -> None:
    account = (await loop.accounts.create()).account
    first = await loop.rights.change(account, Change(keep_history=True), SHOWN, "1")
    second = await loop.rights.change(account, Change(retention_days=7), SHOWN, "2")
    assert first == PrivacySettings(keep_history=True, epoch=1)
    assert second == PrivacySettings(keep_history=True, retention_days=7, epoch=2)
    assert await _log(loop, account) == [
        {
            "epoch": 2,
            "change": {"retention_days": 7},
            "text_version": SHOWN.text_version,
            "channel": "api",
        },
        {
            "epoch": 1,
            "change": {"keep_history": True},
            "text_version": SHOWN.text_version,
            "channel": "api",
        },
    ]


async def test_repeating_a_request_changes_nothing_twice(loop: Loop) -> None:
    account = (await loop.accounts.create()).account
    on, off = Change(improve_models=True), Change(improve_models=False)
    first = await loop.rights.change(account, on, SHOWN, "on")
    await loop.rights.change(account, off, SHOWN, "off")
    assert await loop.rights.change(account, on, SHOWN, "on") == first
    assert (await loop.rights.settings(account)) == PrivacySettings(epoch=2)
    assert len(await _log(loop, account)) == 2


async def test_changes_at_the_same_time_all_take_effect(loop: Loop) -> None:
    account = (await loop.accounts.create()).account
    changes = [Change(keep_history=True), Change(improve_models=True), Change(retention_days=3)]
    await asyncio.gather(
        *(
            loop.rights.change(account, change, SHOWN, f"request {number}")
            for number, change in enumerate(changes)
        )
    )
    assert await loop.rights.settings(account) == PrivacySettings(
        keep_history=True, improve_models=True, retention_days=3, epoch=3
    )


async def test_listening_needs_learning_and_ends_with_it(loop: Loop) -> None:
    account = (await loop.accounts.create()).account
    with pytest.raises(ReviewNeedsLearning):
        await loop.rights.change(account, Change(human_review=True), SHOWN, "1")
    await loop.rights.change(account, EVERYTHING_ON, SHOWN, "2")
    after = await loop.rights.change(account, Change(improve_models=False), SHOWN, "3")
    assert (after.improve_models, after.human_review) == (False, False)


async def test_an_old_explanation_switches_nothing_on_and_everything_off(loop: Loop) -> None:
    account = await consenting_account(loop)
    old = replace(SHOWN, text_version="2019-01")
    with pytest.raises(ConsentTextOutdated):
        await loop.rights.change(account, Change(keep_history=True), old, "1")
    after = await loop.rights.change(account, Change(keep_history=False), old, "2")
    assert not after.keep_history


@pytest.mark.parametrize("days", [0, -1, 541, 10**9])
async def test_retention_is_1_to_540_days(loop: Loop, days: int) -> None:
    account = (await loop.accounts.create()).account
    with pytest.raises(InvalidArgument):
        await loop.rights.change(account, Change(retention_days=days), SHOWN, "1")


@pytest.mark.parametrize("request_id", ["", "x" * 65])
async def test_a_request_id_has_1_to_64_characters(loop: Loop, request_id: str) -> None:
    account = (await loop.accounts.create()).account
    with pytest.raises(InvalidArgument):
        await loop.rights.change(account, Change(keep_history=True), SHOWN, request_id)


async def test_an_unknown_account_has_no_rights_to_act_on(loop: Loop) -> None:
    with pytest.raises(AccountGone):
        await loop.rights.change("acc_x", Change(keep_history=True), SHOWN, "1")
    with pytest.raises(AccountGone):
        await loop.rights.settings("acc_x")
    with pytest.raises(AccountGone):
        await loop.rights.history("acc_x", 10)
    with pytest.raises(AccountGone):
        await loop.rights.delete_since("acc_x", 0)
    with pytest.raises(AccountGone):
        await loop.rights.counts("acc_x")
    with pytest.raises(AccountGone):
        await loop.rights.listens("acc_x")
    assert await loop.store.keys("*acc_x*") == []


async def test_an_opt_out_leaves_no_item_no_key_and_no_blob(loop: Loop) -> None:
    account = await consenting_account(loop)
    for _ in range(3):
        await say(loop, account)
    lease = await loop.queue.lease("reviewer")
    assert lease
    await opt_out(loop, account)
    assert await loop.queue.lease("reviewer") is None
    with pytest.raises(LeaseLost):
        await loop.queue.read(lease)
    assert await loop.rights.counts(account) == {"history": 0, "queue": 0, "models": 0}
    fields = await loop.store.hkeys(keys.account(account))
    assert {b"history_key", b"learning_key"}.isdisjoint(fields)
    await loop.rights.settled()
    assert not [path for path in loop.settings.blobs.rglob("*") if path.is_file()]


async def test_opting_in_again_brings_nothing_back(loop: Loop) -> None:
    account = await consenting_account(loop)
    await say(loop, account)
    lease = await loop.queue.lease("reviewer")
    assert lease
    await opt_out(loop, account)
    await loop.rights.change(account, EVERYTHING_ON, SHOWN, "again")
    assert await loop.queue.lease("reviewer") is None
    with pytest.raises(LeaseLost):
        await loop.queue.read(lease)
    assert (await loop.rights.history(account, 10)).entries == ()
    assert (await loop.queue.statistics()).accounts == 0


async def test_withdrawing_one_purpose_leaves_the_other_whole(loop: Loop) -> None:
    account = await consenting_account(loop)
    said = await say(loop, account)
    await opt_out(loop, account, Change(keep_history=False))
    await loop.rights.settled()
    lease = await loop.queue.lease("reviewer")
    assert lease
    assert await loop.queue.read(lease) == said
    page = await loop.rights.history(account, 10)
    assert [(one.in_history, one.in_learning_queue) for one in page.entries] == [(False, True)]


async def test_without_human_review_machines_may_learn_and_nobody_may_listen(loop: Loop) -> None:
    account = await consenting_account(loop)
    await say(loop, account)
    lease = await loop.queue.lease("reviewer")
    assert lease
    await opt_out(loop, account, Change(human_review=False))
    with pytest.raises(LeaseLost):
        await loop.queue.read(lease)
    await say(loop, account)
    assert await loop.queue.lease("reviewer") is None
    statistics = await loop.queue.statistics()
    assert (statistics.held, statistics.ready, statistics.leased) == (2, 0, 0)
    await loop.rights.change(account, Change(human_review=True), SHOWN, "again")
    assert await loop.queue.lease("reviewer") is None, "said while nobody was to listen"


async def test_an_opt_out_under_an_id_that_was_used_before_takes_effect(loop: Loop) -> None:
    account = (await loop.accounts.create()).account
    await loop.rights.change(account, EVERYTHING_ON, SHOWN, "always the same")
    after = await loop.rights.change(
        account, Change(improve_models=False), SHOWN, "always the same"
    )
    assert not after.improve_models
