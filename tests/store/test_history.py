"""Account holders see what is kept of them, all of it and nothing else."""

from __future__ import annotations

import time

import pytest

from tests.fixtures.store import (
    SHOWN,
    an_utterance,
    consenting_account,
    opt_out,
    say,
)
from tests.store.clips_in_review import heard, lent, offered
from training_loop.errors import InvalidArgument
from training_loop.loop import Loop
from training_loop.rights import HistoryEntry, SettingsChange
from training_loop.store import keys

DAY_S = 24 * 3600


async def _all(loop: Loop, account: str, page_size: int) -> list[HistoryEntry]:
    entries: list[HistoryEntry] = []
    token = ""
    while True:
        page = await loop.rights.history(account, page_size, token)
        assert len(page.entries) <= page_size
        entries += page.entries
        token = page.next_page_token
        if not token:
            return entries


async def test_an_entry_says_what_was_heard_understood_and_answered(loop: Loop) -> None:
    account = await consenting_account(loop)
    said = await say(loop, account)
    (entry,) = await _all(loop, account, 10)
    assert entry == HistoryEntry(
        utterance_id=said.utterance_id,
        captured_at_s=said.captured_at_s,
        device=said.device,
        heard=said.heard,
        intent=said.intent,
        answer=said.answer,
        in_history=True,
        in_learning_queue=True,
        has_recording=True,
    )


@pytest.mark.parametrize("page_size", [1, 3, 7, 100])
async def test_pages_give_every_utterance_once_newest_first(loop: Loop, page_size: int) -> None:
    """Also for many at the same instant, some in the history alone, some in the queue alone."""
    account = await consenting_account(loop, SettingsChange(improve_models=True))
    now = time.time()
    said = [
        await say(loop, account, an_utterance(account, pcm=b"", at_s=now - number // 4))
        for number in range(9)
    ]
    await loop.rights.change(account, SettingsChange(keep_history=True), SHOWN, "keep")
    said += [
        await say(loop, account, an_utterance(account, pcm=b"", at_s=now - number // 4))
        for number in range(9)
    ]
    entries = await _all(loop, account, page_size)
    assert sorted(entry.utterance_id for entry in entries) == sorted(
        one.utterance_id for one in said
    )
    times = [entry.captured_at_s for entry in entries]
    assert times == sorted(times, reverse=True)
    assert sum(entry.in_history for entry in entries) == 9


async def test_one_account_never_sees_another(loop: Loop) -> None:
    mine, other = await consenting_account(loop), await consenting_account(loop)
    for _ in range(3):
        await say(loop, other)
    said = await say(loop, mine)
    assert [one.utterance_id for one in await _all(loop, mine, 10)] == [said.utterance_id]
    token = (await loop.rights.history(other, 1)).next_page_token
    with pytest.raises(InvalidArgument):
        await loop.rights.history(mine, 1, token)


@pytest.mark.parametrize("token", ["x", "=" * 20, "A" * 3000])
async def test_a_token_that_is_none_is_refused(loop: Loop, token: str) -> None:
    account = await consenting_account(loop)
    with pytest.raises(InvalidArgument):
        await loop.rights.history(account, 10, token)
    with pytest.raises(InvalidArgument):
        await loop.rights.history(account, 0)


async def test_what_is_past_its_retention_time_is_not_shown_and_then_swept(loop: Loop) -> None:
    account = await consenting_account(loop, SettingsChange(keep_history=True, retention_days=2))
    now = time.time()
    await say(loop, account, an_utterance(account, at_s=now - 3 * DAY_S))
    kept = await say(loop, account, an_utterance(account, at_s=now - DAY_S))
    assert [one.utterance_id for one in await _all(loop, account, 10)] == [kept.utterance_id]
    await loop.sweep.once()
    assert await loop.store.hkeys(keys.history_items(account, 1)) == [kept.utterance_id.encode()]
    assert len([path for path in loop.settings.blobs.rglob("*") if path.is_file()]) == 1
    await loop.rights.change(account, SettingsChange(retention_days=540), SHOWN, "longer")
    assert len(await _all(loop, account, 10)) == 1


async def test_export_holds_settings_consents_utterances_and_listens(loop: Loop) -> None:
    account = await consenting_account(loop)
    said = await say(loop, account)
    await offered(loop, loop.tasks, account, heard="stop")
    task = await lent(loop.tasks, "reviewer")
    assert await heard(loop.tasks, "reviewer", task.name)
    exported = {store.name: await store.export(account) for store in loop.personal_stores}
    assert str(exported["utterances"]).count(said.heard) == 1
    assert SHOWN.text_version in str(exported["account"]["consents"])
    assert "reviewer-" in str(exported["lineage"]["listens"])


async def test_deleting_since_a_time_deletes_that_and_nothing_older(loop: Loop) -> None:
    account = await consenting_account(loop)
    now = time.time()
    old = await say(loop, account, an_utterance(account, at_s=now - 100))
    for _ in range(3):
        await say(loop, account, an_utterance(account, at_s=now - 10))
    report = await loop.rights.delete_since(account, now - 50)
    assert (report.history_records, report.queue_items, report.audio_blobs) == (3, 3, 6)
    assert report.log_rewritten
    assert [one.utterance_id for one in await _all(loop, account, 10)] == [old.utterance_id]
    assert (await loop.queue.statistics()).ready == 1
    again = await loop.rights.delete_since(account, now - 50)
    assert (again.history_records, again.queue_items, again.audio_blobs) == (0, 0, 0)


async def test_deleting_more_than_one_batch_deletes_all(loop: Loop) -> None:
    account = await consenting_account(loop, SettingsChange(keep_history=True))
    for _ in range(7):
        await say(loop, account, an_utterance(account, pcm=b""))
    index, items = keys.history_index(account, 1), keys.history_items(account, 1)
    value = (await loop.store.hvals(items))[0]
    many = [f"more_{number}" for number in range(1200)]
    await loop.store.hset(items, mapping=dict.fromkeys(many, value))
    await loop.store.zadd(index, dict.fromkeys(many, 1e12))
    report = await loop.rights.delete_since(account, 0)
    assert report.history_records == 1207
    assert not await loop.store.exists(index, items)


async def test_a_leased_or_reviewed_item_is_deleted_everywhere(loop: Loop) -> None:
    account = await consenting_account(loop)
    said = await say(loop, account)
    lease = await loop.queue.lease("reviewer")
    assert lease
    report = await loop.rights.delete_utterance(account, said.utterance_id)
    assert (report.history_records, report.queue_items, report.audio_blobs) == (1, 1, 2)
    await loop.queue.release(lease)
    assert await loop.queue.lease("reviewer") is None
    await opt_out(loop, account)
