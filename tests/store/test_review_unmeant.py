"""What nobody meant to be heard is deleted wherever it is; its account keeps a note alone."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from tests.fixtures.datasets import gold, reviewed
from tests.fixtures.store import an_utterance, consenting_account, opt_out, say
from tests.loop.canaries import Canaries, dump, files, tone
from tests.store.clips_in_review import (
    RIGHT,
    a_clip,
    heard,
    lent,
    offered,
    reviewed_by,
    settled,
    sources,
    tasks_on,
)
from training_loop.consent.errors import UtteranceNotFound
from training_loop.datasets.split import Shares, Split
from training_loop.errors import InvalidArgument
from training_loop.loop import Loop
from training_loop.review.false_wakes import FalseWakeScores
from training_loop.review.task import ClipReport, Opinion, SampleReason, Stage
from training_loop.review.tasks import ReviewTasks
from training_loop.rights import HistoryEntry, SettingsChange
from training_loop.store import keys

NO_WAKE = Opinion(wake=False)
LEARNING_ALONE = SettingsChange(improve_models=True, human_review=True)


async def _found_unmeant(loop: Loop, tasks: ReviewTasks) -> None:
    for staff in ("anna", "bert"):
        await reviewed_by(tasks, staff, NO_WAKE)
    assert await settled(tasks) == 1


async def _entries(loop: Loop, account: str) -> tuple[HistoryEntry, ...]:
    return (await loop.rights.history(account, 10)).entries


def _recordings(loop: Loop) -> int:
    return len([path for path in loop.settings.blobs.rglob("*/*") if path.is_file()])


async def _keys_of(loop: Loop, account: str) -> set[str]:
    """The kinds of keys that the store has of an account."""
    pattern = f"{keys.shard_of(account)}:*:{account}*"
    return {keys.kind_of(key.decode()) async for key in loop.store.scan_iter(pattern)}


async def test_what_two_people_heard_nobody_call_for_leaves_queue_review_and_disk(
    loop: Loop,
) -> None:
    tasks = tasks_on(loop)
    account = await consenting_account(loop, LEARNING_ALONE)
    before = await _keys_of(loop, account)
    await offered(loop, tasks, account)
    await _found_unmeant(loop, tasks)
    assert _recordings(loop) == 0
    assert await _entries(loop, account) == ()
    assert await sources(tasks) == []
    assert await tasks.lease("carla", Stage.REVIEW) is None
    assert [one async for one in loop.queue.reviewed()] == []
    assert await _keys_of(loop, account) <= before | {"x", "rg"}
    counts = await tasks.statistics()
    assert (counts.deleted, counts.unusable, counts.waiting, counts.in_work) == (1, 0, 0, 0)
    last = [one async for one in loop.audit.of_account(account)][-1]
    assert last.action == "clip_settled"
    assert last.detail.endswith("outcome=no_wake_word")


@pytest.mark.parametrize("other", [Opinion(unusable=True), Opinion(not_for_assistant=True)])
async def test_one_who_hears_no_wake_word_is_not_enough(loop: Loop, other: Opinion) -> None:
    tasks = tasks_on(loop)
    account = await consenting_account(loop, LEARNING_ALONE)
    await offered(loop, tasks, account)
    for staff, opinion in (("anna", NO_WAKE), ("bert", other)):
        await reviewed_by(tasks, staff, opinion)
    assert await settled(tasks) == 1
    assert (await loop.rights.counts(account))["queue"] == 1
    assert (await tasks.statistics()).unusable == 1


async def test_an_adjudicator_who_hears_no_wake_word_decides_with_one_reviewer(loop: Loop) -> None:
    tasks = tasks_on(loop)
    account = await consenting_account(loop, LEARNING_ALONE)
    await offered(loop, tasks, account)
    for staff, opinion in (("anna", NO_WAKE), ("bert", RIGHT)):
        await reviewed_by(tasks, staff, opinion)
    assert await settled(tasks) == 1
    await reviewed_by(tasks, "ada", NO_WAKE, Stage.ADJUDICATION)
    assert await settled(tasks) == 1
    assert _recordings(loop) == 0
    assert await FalseWakeScores(loop.store).counted() == {}, "it began without a wake word"


@pytest.mark.parametrize("why", [None, ClipReport.FALSE_WAKE, ClipReport.CHILD_VOICE])
async def test_the_own_history_keeps_that_it_happened_and_not_what_was_said(
    loop: Loop, why: ClipReport | None
) -> None:
    """`None`: two people found out in review; else one reports it."""
    tasks = tasks_on(loop)
    account = await consenting_account(loop)
    source = await offered(loop, tasks, account)
    (before,) = await _entries(loop, account)
    if why is None:
        await _found_unmeant(loop, tasks)
    else:
        await tasks.report("anna", (await lent(tasks, "anna")).name, why)
    (note,) = await _entries(loop, account)
    assert note == HistoryEntry(
        utterance_id=source.item,
        captured_at_s=before.captured_at_s,
        device=before.device,
        heard="",
        intent="",
        answer="",
        in_history=True,
        in_learning_queue=False,
        removed=(why or ClipReport.FALSE_WAKE).value,
    )
    assert _recordings(loop) == 0
    explained = await loop.rights.explain(account, source.item, with_audio=True)
    said = explained.utterance
    assert (said.pcm, said.words, said.alternatives, said.entities) == (b"", (), (), ())
    (kept,) = explained.kept
    assert kept.purpose == "history"
    assert kept.consent, "kept since it was said, under the choice of then"
    with pytest.raises(InvalidArgument):
        await loop.rights.correct(account, source.item, text="set a timer")
    report = await loop.rights.delete_utterance(account, source.item)
    assert report.history_records == 1
    with pytest.raises(UtteranceNotFound):
        await loop.rights.explain(account, source.item)


async def test_the_note_ends_with_the_retention_of_the_history(loop: Loop) -> None:
    tasks = tasks_on(loop)
    account = await consenting_account(loop)
    await offered(loop, tasks, account)
    await _found_unmeant(loop, tasks)
    index = keys.history_index(account, 1)
    stored: Any = await loop.store.zrange(index, 0, -1, withscores=True)
    ((item, at_ms),) = stored
    await loop.store.zadd(index, {item: at_ms - 91 * 86_400_000})
    await loop.sweep.once()
    assert await _entries(loop, account) == ()


async def test_a_history_that_was_switched_off_meanwhile_gets_no_note(loop: Loop) -> None:
    tasks = tasks_on(loop)
    account = await consenting_account(loop)
    await offered(loop, tasks, account)
    for staff in ("anna", "bert"):
        await reviewed_by(tasks, staff, NO_WAKE)
    await opt_out(loop, account, SettingsChange(keep_history=False))
    assert await settled(tasks) == 1
    await opt_out(loop, account, SettingsChange(keep_history=True))
    assert await _entries(loop, account) == ()


async def test_who_listened_stays_known_and_leads_to_nothing(loop: Loop) -> None:
    tasks = tasks_on(loop)
    account = await consenting_account(loop, LEARNING_ALONE)
    await offered(loop, tasks, account)
    task = await lent(tasks, "anna")
    await heard(tasks, "anna", task.name)
    await tasks.report("anna", task.name, ClipReport.FALSE_WAKE)
    (listen,) = await loop.rights.listens(account)
    assert (listen.utterance_id, listen.duration_s) == ("", 1.0)


async def test_a_data_set_that_had_it_reads_a_tombstone_in_its_place(loop: Loop) -> None:
    """A holder's correction brings what was gold back into review, where it may turn out so."""
    tasks = tasks_on(loop)
    account = await consenting_account(loop, LEARNING_ALONE)
    item = await reviewed(loop, account, gold("set a timer"))
    manifest = await loop.datasets.create(shares=Shares(test=0, hold_out=0))
    assert len([one async for one in loop.datasets.read(manifest.name, Split.TRAIN)]) == 1
    await loop.rights.correct(account, item, text="sit a time here")
    (source,) = await sources(tasks)
    assert await tasks.offer(source, a_clip(), SampleReason.CORRECTED, check=False)
    await _found_unmeant(loop, tasks)
    assert [one async for one in loop.datasets.read(manifest.name, Split.TRAIN)] == []


async def test_no_byte_of_it_is_left(own_loop: Loop) -> None:
    """Neither what was said, nor what it was sealed into, in the store or in any file."""
    loop = own_loop  # its store's files lie in the state directory
    tasks, canaries = tasks_on(loop), Canaries()
    account, sound = await consenting_account(loop), tone(0.4)
    word = canaries.word("what was said")
    canaries.sound("what was said", sound)
    said = replace(an_utterance(account, heard=f"what is {word}", pcm=sound), wake_score=0.7)
    await say(loop, account, said)
    (source,) = await sources(tasks)
    clip = a_clip(f"what is {word}", sound)
    assert await tasks.offer(source, clip, SampleReason.RANDOM, check=False)
    for kind in ("h", "i", "k"):
        value: Any = await loop.store.hget(
            f"{keys.shard_of(account)}:{kind}:{account}:1", said.utterance_id
        )
        assert value
        canaries.sought[f"sealed record in {kind}"] = value[-64:]
    for path in loop.settings.blobs.rglob("*/*"):
        if path.is_file():
            canaries.sought[f"sealed sound {len(canaries.sought)}"] = path.read_bytes()[:64]
    places = [*await dump(loop), *files(loop.settings.state)]
    assert len({name for name in canaries.found_in(places) if name.startswith("sealed")}) == 6
    await _found_unmeant(loop, tasks)
    await loop.sweep.once()
    assert canaries.found_in([*await dump(loop), *files(loop.settings.state)]) == set()
    assert [entry.removed for entry in await _entries(loop, account)] == ["false_wake"]
