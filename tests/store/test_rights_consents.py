"""Consents on record, texts that change, pauses, and how long an item may wait."""

from __future__ import annotations

import asyncio
import time
from typing import Any

import pytest

from tests.fixtures.store import (
    EVERYTHING_ON,
    SHOWN,
    a_review,
    an_utterance,
    consenting_account,
    opt_out,
    say,
    try_to_say,
    until,
)
from training_loop.errors import AccountGone, InvalidArgument
from training_loop.loop import Loop
from training_loop.queue.lease import LeaseLost
from training_loop.rights import (
    CONSENT_TEXT_VERSION,
    LEARNING_DAYS,
    ConsentRecord,
    PrivacySettings,
    SettingsChange,
)
from training_loop.store import keys
from training_loop.utterance import CaptureContext

Change = SettingsChange
DAY_S = 24 * 3600


async def _under_an_earlier_text(loop: Loop, account: str, *purposes: str) -> None:
    """As an account stands whose holder agreed before the text was changed."""
    fields: dict[Any, Any] = {f"{purpose}_text": "2020-01" for purpose in purposes}
    await loop.store.hset(keys.account(account), mapping=fields)


async def _pause_ends(loop: Loop, account: str) -> None:
    """The server's clock cannot be turned forward, so the pause's end is turned back."""
    past = int(time.time() * 1000) - 1
    await loop.store.hset(keys.account(account), "paused_until_ms", past)


async def test_every_choice_is_on_record_newest_first_in_pages(loop: Loop) -> None:
    account = await consenting_account(loop, Change(keep_history=True, retention_days=30))
    await loop.rights.pause_learning(account, 3600, "voice", "pause")
    await loop.rights.change(account, Change(keep_history=False), SHOWN, "off")
    found: list[ConsentRecord] = []
    token, pages = "", 0
    while True:
        page = await loop.rights.consents(account, 2, token)
        found += page.records
        pages += 1
        token = page.next_page_token
        if not token:
            break
        if pages == 1:  # a choice made meanwhile moves nothing
            await loop.rights.change(account, Change(retention_days=7), SHOWN, "shorter")
    assert pages == 2
    assert [(dict(one.change), one.channel, one.epoch) for one in found] == [
        ({"keep_history": False}, "api", 2),
        ({"pause_s": 3600}, "voice", 1),
        ({"keep_history": True, "retention_days": 30}, "api", 1),
    ]
    assert found[2].text_version == CONSENT_TEXT_VERSION
    assert abs(found[2].at_s - time.time()) < 60


async def test_the_record_of_one_account_is_nobody_elses(loop: Loop) -> None:
    mine, other = await consenting_account(loop), await consenting_account(loop)
    await loop.rights.change(other, Change(retention_days=9), SHOWN, "nine")
    token = (await loop.rights.consents(other, 1)).next_page_token
    assert token
    with pytest.raises(InvalidArgument):
        await loop.rights.consents(mine, 1, token)
    with pytest.raises(AccountGone):
        await loop.rights.consents("acc_x", 1)


async def test_a_changed_text_stops_what_is_new_and_leaves_what_is_there(loop: Loop) -> None:
    account = await consenting_account(loop)
    before = await say(loop, account)
    await _under_an_earlier_text(loop, account, "history", "learning", "review")
    settings = await loop.rights.settings(account)
    assert settings.needs_confirmation == ("keep_history", "improve_models", "human_review")
    fate = await try_to_say(loop, an_utterance(account))
    assert (fate.kept, fate.queued, fate.reason) == (False, False, "text_changed")
    page = await loop.rights.history(account, 10)
    assert [one.utterance_id for one in page.entries] == [before.utterance_id]


async def test_saying_yes_to_the_text_of_now_confirms_and_keeps_what_was_there(loop: Loop) -> None:
    account = await consenting_account(loop)
    await say(loop, account)
    await _under_an_earlier_text(loop, account, "history", "learning", "review")
    after = await loop.rights.change(account, Change(improve_models=True), SHOWN, "confirm")
    assert after.needs_confirmation == ("keep_history", "human_review")
    fate = await try_to_say(loop, an_utterance(account))
    assert (fate.kept, fate.queued) == (False, True)
    assert (await loop.queue.statistics()).ready == 1, "what is new waits for nobody to hear it"
    after = await loop.rights.change(account, EVERYTHING_ON, SHOWN, "confirm all")
    assert after.needs_confirmation == ()
    assert after == await loop.rights.settings(account)
    await say(loop, account)
    assert (await loop.rights.counts(account))["history"] == 2


async def test_changing_something_else_confirms_nothing(loop: Loop) -> None:
    account = await consenting_account(loop)
    await _under_an_earlier_text(loop, account, "history")
    after = await loop.rights.change(account, Change(retention_days=5), SHOWN, "days")
    assert after.needs_confirmation == ("keep_history",)
    after = await loop.rights.change(account, Change(improve_models=True), SHOWN, "learn")
    assert after.needs_confirmation == ("keep_history",)


async def test_a_record_without_the_version_of_its_text_allows_nothing_new(loop: Loop) -> None:
    account = await consenting_account(loop)
    await loop.store.hdel(keys.account(account), "history_text", "learning_text", "review_text")
    assert (await try_to_say(loop, an_utterance(account))).reason == "text_changed"


async def test_a_pause_holds_when_the_call_returns_and_ends_by_itself(loop: Loop) -> None:
    account = await consenting_account(loop)
    waiting = await say(loop, account)
    settings = await loop.rights.pause_learning(account, 3600, "api", "pause")
    assert abs(settings.paused_until_s - time.time() - 3600) < 60
    assert settings.improve_models
    fate = await try_to_say(loop, an_utterance(account))
    assert (fate.kept, fate.queued, fate.reason) == (True, False, "paused")
    await _pause_ends(loop, account)
    assert (await loop.rights.settings(account)).paused_until_s == 0
    assert not await loop.store.hexists(keys.account(account), "paused_until_ms")
    fate = await try_to_say(loop, an_utterance(account))
    assert (fate.kept, fate.queued) == (True, True)
    lease = await loop.queue.lease("reviewer", oldest=True)
    assert lease
    assert lease.item == waiting.utterance_id, "what waited before the pause still waits"


async def test_a_pause_ends_without_a_call_when_its_time_is_over(loop: Loop) -> None:
    """By the store's own clock, which no process of ours is asked for."""
    account = await consenting_account(loop)
    await loop.rights.pause_learning(account, 60, "api", "pause")
    soon = int(time.time() * 1000) + 300
    await loop.store.hset(keys.account(account), "paused_until_ms", soon)
    assert (await try_to_say(loop, an_utterance(account))).reason == "paused"

    async def learned_from() -> bool:
        return (await try_to_say(loop, an_utterance(account))).queued

    await until(learned_from)
    assert time.time() * 1000 >= soon


async def test_an_utterance_that_is_being_stored_is_not_learned_from_after_a_pause(
    loop: Loop,
) -> None:
    account = await consenting_account(loop)
    context = CaptureContext(account=account, device="dev_kitchen")
    consent = await loop.sink.begin(context)
    assert consent.learning_epoch is not None
    await loop.rights.pause_learning(account, 3600, "api", "pause")
    fate = await loop.sink.keep(an_utterance(account), consent)
    assert (fate.kept, fate.queued, fate.reason) == (True, False, "paused")
    files = [path for path in loop.settings.blobs.rglob("*") if path.is_file()]
    assert len(files) == 1, "the copy for learning is gone"


async def test_what_was_said_during_a_pause_is_not_learned_from_when_it_is_over(
    loop: Loop,
) -> None:
    account = await consenting_account(loop)
    await loop.rights.pause_learning(account, 3600, "api", "pause")
    consent = await loop.sink.begin(CaptureContext(account=account, device="dev_kitchen"))
    await loop.rights.pause_learning(account, 0, "api", "resume")
    fate = await loop.sink.keep(an_utterance(account), consent)
    assert (fate.kept, fate.queued) == (True, False)


async def test_the_end_of_a_pause_brings_nothing_back_that_was_withdrawn(loop: Loop) -> None:
    account = await consenting_account(loop)
    await say(loop, account)
    await loop.rights.pause_learning(account, 3600, "api", "pause")
    await opt_out(loop, account)
    await loop.rights.pause_learning(account, 0, "api", "resume")
    assert await loop.rights.settings(account) == PrivacySettings(epoch=2)
    assert (await try_to_say(loop, an_utterance(account))).reason == "no_consent"
    assert (await loop.rights.counts(account))["queue"] == 0


async def test_switching_on_does_not_end_a_pause(loop: Loop) -> None:
    account = await consenting_account(loop)
    await loop.rights.pause_learning(account, 3600, "api", "pause")
    after = await loop.rights.change(account, Change(improve_models=True), SHOWN, "on")
    assert after.paused_until_s > time.time()
    assert (await try_to_say(loop, an_utterance(account))).reason == "paused"


async def test_a_retried_pause_is_not_longer(loop: Loop) -> None:
    account = await consenting_account(loop)
    first = await loop.rights.pause_learning(account, 600, "api", "one and the same")
    again = await loop.rights.pause_learning(account, 600, "api", "one and the same")
    assert first.paused_until_s == again.paused_until_s
    assert len((await loop.rights.consents(account, 10)).records) == 2


@pytest.mark.parametrize("seconds", [-1, 1, 59, 7 * DAY_S + 1])
async def test_a_pause_has_its_bounds(loop: Loop, seconds: int) -> None:
    account = await consenting_account(loop)
    with pytest.raises(InvalidArgument):
        await loop.rights.pause_learning(account, seconds, "api", "pause")
    with pytest.raises(InvalidArgument):
        await loop.rights.pause_learning(account, 600, "telepathy", "pause")
    with pytest.raises(InvalidArgument):
        await loop.rights.pause_learning(account, 600, "api", "")
    assert (await loop.rights.settings(account)).paused_until_s == 0
    with pytest.raises(AccountGone):
        await loop.rights.pause_learning("acc_x", 600, "api", "pause")


async def test_many_pauses_and_utterances_at_once_queue_nothing_after_the_reply(
    loop: Loop,
) -> None:
    account = await consenting_account(loop, Change(improve_models=True))
    paused = asyncio.Event()

    async def speak() -> bool:
        after = paused.is_set()
        fate = await try_to_say(loop, an_utterance(account, pcm=b""))
        return after and fate.queued

    async def speaking() -> list[bool]:
        return [await speak() for _ in range(20)]

    async def pause() -> None:
        await loop.rights.pause_learning(account, 3600, "api", "pause")
        paused.set()

    *found, _ = await asyncio.gather(*(speaking() for _ in range(8)), pause())
    assert not any(late for some in found if some for late in some)


async def test_an_item_of_the_queue_is_swept_when_it_is_too_old(loop: Loop) -> None:
    """Waiting, leased or reviewed: it goes with its audio, its lease and its review."""
    account = await consenting_account(loop, Change(improve_models=True, human_review=True))
    now = time.time()
    old = [
        await say(loop, account, an_utterance(account, at_s=now - (LEARNING_DAYS + 1) * DAY_S))
        for _ in range(3)
    ]
    reviewed, leased = await loop.queue.lease("one"), await loop.queue.lease("two")
    assert reviewed
    assert leased
    await loop.queue.ack(reviewed, a_review())
    young = await say(loop, account, an_utterance(account, at_s=now - (LEARNING_DAYS - 1) * DAY_S))
    await loop.sweep.once()
    page = await loop.rights.history(account, 10)
    assert [one.utterance_id for one in page.entries] == [young.utterance_id]
    with pytest.raises(LeaseLost):
        await loop.queue.read(leased)
    assert [one async for one in loop.queue.reviewed()] == []
    assert len([path for path in loop.settings.blobs.rglob("*") if path.is_file()]) == 1
    statistics = await loop.queue.statistics()
    assert (statistics.ready, statistics.leased, statistics.reviewed) == (1, 0, 0)
    assert len(old) == 3
