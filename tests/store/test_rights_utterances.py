"""One utterance in the hands of its holder: found, explained, heard, corrected, deleted."""

from __future__ import annotations

import time
from dataclasses import replace
from typing import Any

import pytest

from tests.fixtures.store import (
    SHOWN,
    a_review,
    an_utterance,
    consenting_account,
    opt_out,
    say,
)
from training_loop.consent.account_record import read_account
from training_loop.consent.errors import UtteranceNotFound
from training_loop.consent.one_utterance import OneUtterance
from training_loop.consent.policy import Purpose
from training_loop.errors import InvalidArgument
from training_loop.loop import Loop
from training_loop.queue.intake import key_purpose
from training_loop.queue.lease import LeaseLost
from training_loop.queue.record import Place, seal_utterance
from training_loop.rights import LEARNING_DAYS, HistoryFilter, SettingsChange
from training_loop.store import keys
from training_loop.utterance import CaptureContext, Utterance

Change = SettingsChange
DAY_S = 24 * 3600
NOW = time.time()


async def _found(loop: Loop, account: str, matching: HistoryFilter, size: int = 50) -> list[str]:
    """The ids of all pages, newest first."""
    found, token = [], ""
    while True:
        page = await loop.rights.history(account, size, token, matching)
        assert len(page.entries) <= size
        found += [entry.utterance_id for entry in page.entries]
        token = page.next_page_token
        if not token:
            return found


def _said(account: str, age_s: float, **changes: Any) -> Utterance:
    return replace(an_utterance(account, at_s=NOW - age_s, pcm=b""), **changes)


@pytest.mark.parametrize("size", [1, 2, 50])
async def test_filters_find_what_they_name_and_nothing_else(loop: Loop, size: int) -> None:
    account = await consenting_account(loop)
    said = [
        await say(loop, account, _said(account, age, device=device, heard=heard, intent=intent))
        for age, device, heard, intent in (
            (40, "dev_kitchen", "set a timer", "set_timer"),
            (30, "dev_bath", "What's the weather", "ask_weather"),
            (20, "dev_kitchen", "add Bananas", "add_to_list"),
            (10, "dev_bath", "stop", "stop"),
        )
    ]
    ids = [one.utterance_id for one in said][::-1]
    for matching, expected in (
        (HistoryFilter(), ids),
        (HistoryFilter(device="dev_bath"), [ids[0], ids[2]]),
        (HistoryFilter(intent="set_timer"), [ids[3]]),
        (HistoryFilter(contains="banana"), [ids[1]]),
        (HistoryFilter(contains="WEATHER"), [ids[2]]),
        (HistoryFilter(contains="for how"), ids),
        (HistoryFilter(since_s=NOW - 25), ids[:2]),
        (HistoryFilter(until_s=NOW - 25), ids[2:]),
        (HistoryFilter(since_s=NOW - 30, until_s=NOW - 20), [ids[2]]),
        (HistoryFilter(device="dev_bath", contains="stop"), [ids[0]]),
        (HistoryFilter(device="dev_attic"), []),
    ):
        assert await _found(loop, account, matching, size) == expected, matching


async def test_a_rare_entry_is_found_behind_many_others(loop: Loop) -> None:
    """Behind more than one page may look at: empty pages lead on to it."""
    account = await consenting_account(loop, Change(keep_history=True))
    rare = await say(loop, account, _said(account, 9000, heard="xylophone"))
    common = await say(loop, account, _said(account, 10))
    await _fill(loop, account, common, 2100)
    first = await loop.rights.history(account, 50, "", HistoryFilter(contains="xylophone"))
    assert (first.entries, bool(first.next_page_token)) == ((), True), "one call looks so far"
    found = await _found(loop, account, HistoryFilter(contains="xylophone"))
    assert found == [rare.utterance_id]


async def _fill(loop: Loop, account: str, like: Utterance, number: int) -> None:
    """Many records at once, sealed as the intake seals them."""
    container = (await read_account(loop.store, account)).containers[Purpose.HISTORY]
    key = loop.vault.unwrap(account, key_purpose(Purpose.HISTORY, 1), container.wrapped_key)
    records: dict[Any, Any] = {}
    for at in range(number):
        item = f"many_{at:06d}"
        place = Place(account=account, purpose="history", epoch=1, item=item)
        sealed = seal_utterance(key, place, replace(like, utterance_id=item))
        records[item] = b"|1|" + sealed
    await loop.store.hset(keys.history_items(account, 1), mapping=records)
    scores: dict[Any, Any] = dict.fromkeys(records, int(like.captured_at_s * 1000))
    await loop.store.zadd(keys.history_index(account, 1), scores)


async def test_a_page_token_belongs_to_its_filter(loop: Loop) -> None:
    account = await consenting_account(loop)
    for _ in range(3):
        await say(loop, account)
    token = (await loop.rights.history(account, 1)).next_page_token
    with pytest.raises(InvalidArgument):
        await loop.rights.history(account, 1, token, HistoryFilter(device="dev_kitchen"))


async def test_an_explanation_tells_what_was_heard_understood_and_why_it_is_kept(
    loop: Loop,
) -> None:
    account = await consenting_account(loop, Change(keep_history=True, retention_days=30))
    await loop.rights.change(account, Change(improve_models=True), SHOWN, "learn")
    said = await say(loop, account)
    explained = await loop.rights.explain(account, said.utterance_id, with_audio=True)
    assert explained.utterance == said, "words, alternatives, confidences, entities and sound"
    history, learning = explained.kept
    assert (history.purpose, learning.purpose) == ("history", "learning")
    assert history.until_s == said.captured_at_s + 30 * DAY_S
    assert learning.until_s == said.captured_at_s + LEARNING_DAYS * DAY_S
    assert history.consent
    assert learning.consent
    assert (history.consent.change["keep_history"], history.consent.epoch) == (True, 1)
    assert (dict(learning.consent.change), learning.consent.epoch) == ({"improve_models": True}, 2)
    without = await loop.rights.explain(account, said.utterance_id)
    assert without.utterance.pcm == b""


async def test_the_consent_that_was_confirmed_last_before_it_is_the_reason(loop: Loop) -> None:
    account = await consenting_account(loop)
    await loop.rights.change(account, Change(keep_history=True), SHOWN, "again")
    said = await say(loop, account)
    await loop.rights.change(account, Change(keep_history=True), SHOWN, "too late")
    explained = await loop.rights.explain(account, said.utterance_id)
    assert explained.kept[0].consent
    assert explained.kept[0].consent.epoch == 2


async def test_an_explanation_says_what_a_reviewer_wrote(loop: Loop) -> None:
    account = await consenting_account(loop)
    said = await say(loop, account)
    lease = await loop.queue.lease("reviewer")
    assert lease
    await loop.queue.ack(lease, a_review("set a timer for two minutes"))
    learning = (await loop.rights.explain(account, said.utterance_id)).kept[1]
    assert learning.reviewed_text == "set a timer for two minutes"
    assert learning.reviewed_intent == "set_timer"


async def test_nobody_explains_hears_or_corrects_what_is_another_accounts(loop: Loop) -> None:
    mine, other = await consenting_account(loop), await consenting_account(loop)
    theirs = await say(loop, other)
    for item in (theirs.utterance_id, "utt_made_up"):
        with pytest.raises(UtteranceNotFound):
            await loop.rights.explain(mine, item, with_audio=True)
        with pytest.raises(UtteranceNotFound):
            await loop.rights.correct(mine, item, text="something else")
    assert not (await loop.rights.explain(other, theirs.utterance_id)).utterance.correction


async def test_what_is_deleted_or_withdrawn_is_not_explained(loop: Loop) -> None:
    account = await consenting_account(loop)
    deleted, withdrawn = await say(loop, account), await say(loop, account)
    await loop.rights.delete_utterance(account, deleted.utterance_id)
    await opt_out(loop, account)
    for one in (deleted, withdrawn):
        with pytest.raises(UtteranceNotFound):
            await loop.rights.explain(account, one.utterance_id)


async def test_what_is_past_its_retention_is_not_explained_either(loop: Loop) -> None:
    account = await consenting_account(loop, Change(keep_history=True, retention_days=1))
    said = await say(loop, account, an_utterance(account, at_s=NOW - 2 * DAY_S))
    with pytest.raises(UtteranceNotFound):
        await loop.rights.explain(account, said.utterance_id)


async def test_a_correction_stands_in_the_history_and_reaches_the_reviewer_first(
    loop: Loop,
) -> None:
    account = await consenting_account(loop)
    now = time.time()
    wrong = await say(loop, account, an_utterance(account, at_s=now))
    await say(loop, account, an_utterance(account, at_s=now - 100))
    corrected = await loop.rights.correct(
        account, wrong.utterance_id, text="sell a tiger", intent="joke"
    )
    assert corrected.in_learning_queue
    (entry,) = (await loop.rights.history(account, 1)).entries
    assert (entry.corrected_text, entry.corrected_intent) == ("sell a tiger", "joke")
    assert entry.heard == wrong.heard
    lease = await loop.queue.lease("reviewer", oldest=True)
    assert lease
    read = await loop.queue.read(lease)
    assert read.correction
    assert (read.utterance_id, read.correction.text) == (wrong.utterance_id, "sell a tiger")
    assert read.pcm == wrong.pcm
    assert await _found(loop, account, HistoryFilter(contains="tiger")) == [wrong.utterance_id]
    assert await _found(loop, account, HistoryFilter(intent="joke")) == [wrong.utterance_id]


async def test_correcting_again_replaces_the_correction(loop: Loop) -> None:
    account = await consenting_account(loop)
    said = await say(loop, account)
    await loop.rights.correct(account, said.utterance_id, text="first")
    await loop.rights.correct(account, said.utterance_id, text="second")
    utterance = (await loop.rights.explain(account, said.utterance_id)).utterance
    assert utterance.correction
    assert utterance.correction.text == "second"


async def test_a_corrected_item_loses_its_review_and_its_lease(loop: Loop) -> None:
    """What a person wrote about it was about what was heard."""
    account = await consenting_account(loop)
    reviewed, leased = await say(loop, account), await say(loop, account)
    leases = [await loop.queue.lease("reviewer", oldest=True) for _ in range(2)]
    first, second = leases
    assert first
    assert second
    await loop.queue.ack(first, a_review())
    for one in (reviewed, leased):
        await loop.rights.correct(account, one.utterance_id, text="something else")
    assert [one async for one in loop.queue.reviewed()] == []
    with pytest.raises(LeaseLost):
        await loop.queue.ack(second, a_review())
    statistics = await loop.queue.statistics()
    assert (statistics.ready, statistics.leased, statistics.reviewed) == (2, 0, 0)


async def test_without_human_review_a_corrected_item_waits_for_no_person(loop: Loop) -> None:
    account = await consenting_account(loop, Change(improve_models=True))
    said = await say(loop, account)
    assert (await loop.rights.correct(account, said.utterance_id, text="x")).in_learning_queue
    assert await loop.queue.lease("reviewer") is None


async def test_a_correction_feeds_nothing_that_is_not_in_the_queue_now(loop: Loop) -> None:
    """Said before learning was allowed, or before it was withdrawn: it stays out of the queue."""
    account = await consenting_account(loop, Change(keep_history=True))
    before = await say(loop, account)
    await loop.rights.change(account, Change(improve_models=True), SHOWN, "on")
    corrected = await loop.rights.correct(account, before.utterance_id, text="x")
    assert not corrected.in_learning_queue
    during = await say(loop, account)
    await opt_out(loop, account, Change(improve_models=False))
    await loop.rights.change(account, Change(improve_models=True), SHOWN, "on again")
    corrected = await loop.rights.correct(account, during.utterance_id, text="x")
    assert not corrected.in_learning_queue
    assert (await loop.rights.counts(account))["queue"] == 0
    entries = (await loop.rights.history(account, 10)).entries
    assert [entry.corrected_text for entry in entries] == ["x", "x"]


@pytest.mark.parametrize("why", ["paused", "text"])
async def test_a_correction_teaches_nothing_while_nothing_may_be_taught(
    loop: Loop, why: str
) -> None:
    account = await consenting_account(loop)
    said = await say(loop, account)
    if why == "paused":
        await loop.rights.pause_learning(account, 3600, "api", "pause")
    else:
        await loop.store.hset(keys.account(account), "learning_text", "2020-01")
    corrected = await loop.rights.correct(account, said.utterance_id, text="x")
    assert not corrected.in_learning_queue
    lease = await loop.queue.lease("reviewer")
    assert lease
    assert (await loop.queue.read(lease)).correction is None


async def test_a_correction_that_a_pause_overtakes_teaches_nothing(
    loop: Loop, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Learning was allowed when the correction began; the pause returned before it was stored."""
    account = await consenting_account(loop)
    said = await say(loop, account)

    async def allowed_a_moment_ago(self: OneUtterance, account: str) -> bool:
        await loop.rights.pause_learning(account, 3600, "api", "pause")
        return True

    monkeypatch.setattr(OneUtterance, "_feeds", allowed_a_moment_ago)
    corrected = await loop.rights.correct(account, said.utterance_id, text="x")
    assert not corrected.in_learning_queue


@pytest.mark.parametrize("fields", [{}, {"text": "x" * 501}, {"intent": "x" * 501}])
async def test_a_correction_says_something_and_not_too_much(
    loop: Loop, fields: dict[str, str]
) -> None:
    account = await consenting_account(loop)
    said = await say(loop, account)
    with pytest.raises(InvalidArgument):
        await loop.rights.correct(account, said.utterance_id, **fields)


async def test_a_range_is_deleted_and_nothing_around_it(loop: Loop) -> None:
    account = await consenting_account(loop)
    said = [await say(loop, account, _said(account, age)) for age in (40, 30, 20, 10)]
    report = await loop.rights.delete_matching(account, since_s=NOW - 30, until_s=NOW - 10)
    assert (report.history_records, report.queue_items) == (2, 2)
    assert await _found(loop, account, HistoryFilter()) == [
        said[3].utterance_id,
        said[0].utterance_id,
    ]


async def test_everything_of_one_device_is_deleted_and_nothing_of_another(loop: Loop) -> None:
    account = await consenting_account(loop)
    ids = {
        device: [
            (await say(loop, account, _said(account, age, device=device))).utterance_id
            for age in range(4)
        ]
        for device in ("dev_bath", "dev_kitchen")
    }
    report = await loop.rights.delete_matching(account, since_s=NOW - 2, device="dev_bath")
    assert (report.history_records, report.queue_items) == (3, 3)
    report = await loop.rights.delete_matching(account, device="dev_bath")
    assert (report.history_records, report.queue_items) == (1, 1)
    assert sorted(await _found(loop, account, HistoryFilter())) == sorted(ids["dev_kitchen"])


async def test_what_a_deleted_device_is_still_saying_is_not_kept(loop: Loop) -> None:
    account = await consenting_account(loop)
    consent = await loop.sink.begin(CaptureContext(account=account, device="dev_bath"))
    await loop.rights.delete_matching(account, device="dev_bath")
    fate = await loop.sink.keep(_said(account, 0, device="dev_bath"), consent)
    assert (fate.kept, fate.queued, fate.reason) == (False, False, "deleted")
