"""A clip is lent to two reviewers, each for one lease, and becomes gold when they agree."""

from __future__ import annotations

import asyncio
import json
from collections import Counter
from dataclasses import replace

import pytest

from tests.fixtures.store import an_utterance, consenting_account, say, until
from tests.store.clips_in_review import (
    RIGHT,
    WRONG,
    Told,
    a_clip,
    lent,
    offered,
    reviewed_by,
    settled,
    sources,
    tasks_on,
    texts,
)
from training_loop.loop import Loop
from training_loop.queue.lease import LeaseLost
from training_loop.review.task import Opinion, SampleReason, Stage, TaskState, VerdictOutcome
from training_loop.review.task_errors import TaskExpired, TaskUnknown
from training_loop.store import keys
from training_loop.utterance import NamedEntity


async def _gold(loop: Loop) -> list[str]:
    return [one.review.text async for one in loop.queue.reviewed()]


async def test_what_two_reviewers_agree_on_can_be_learned_from(loop: Loop) -> None:
    told = Told()
    tasks = tasks_on(loop, told=told)
    source = await offered(loop, tasks, await consenting_account(loop))
    await reviewed_by(tasks, "anna", RIGHT)
    assert await tasks.lease("anna", Stage.REVIEW) is None, "anna has had it"
    assert await tasks.settle_due() == 0
    await reviewed_by(tasks, "bert", RIGHT)
    assert await settled(tasks) == 1
    (gold,) = [one async for one in loop.queue.reviewed()]
    assert gold.item == source.item
    assert (gold.review.text, gold.review.intent) == (RIGHT.text, RIGHT.intent)
    (settlement,) = told.settlements
    assert sorted(voice.staff for voice in settlement.reviewers) == ["anna", "bert"]
    counts = await tasks.statistics()
    assert (counts.offered, counts.agreed, counts.waiting, counts.in_work) == (1, 1, 0, 0)
    assert await tasks.settle_due() == 0
    await loop.sweep.once()
    assert len(list(loop.settings.blobs.rglob("*/*"))) == 2, "the clip's sound is gone"


async def test_where_two_disagree_a_third_decides(loop: Loop) -> None:
    told = Told()
    tasks = tasks_on(loop, told=told)
    await offered(loop, tasks, await consenting_account(loop))
    await reviewed_by(tasks, "anna", RIGHT)
    await reviewed_by(tasks, "bert", WRONG)
    await settled(tasks)
    assert await _gold(loop) == []
    for who in ("anna", "bert"):
        assert await tasks.lease(who, Stage.ADJUDICATION) is None, "nobody judges their own"
    task = await lent(tasks, "carla", Stage.ADJUDICATION)
    assert task.stage is Stage.ADJUDICATION
    assert texts(task.opinions) == sorted([RIGHT.text, WRONG.text])
    await tasks.submit("carla", task.name, RIGHT, request_id="1")
    await settled(tasks)
    assert await _gold(loop) == [RIGHT.text]
    outcomes = [one.verdict.outcome for one in told.settlements]
    assert outcomes == [VerdictOutcome.DISAGREED, VerdictOutcome.ADJUDICATED]
    assert told.settlements[1].adjudicator
    assert told.settlements[1].adjudicator.staff == "carla"


async def test_a_clip_that_both_call_unusable_is_not_learned_from(loop: Loop) -> None:
    tasks = tasks_on(loop)
    await offered(loop, tasks, await consenting_account(loop))
    for who in ("anna", "bert"):
        await reviewed_by(tasks, who, Opinion(unusable=True))
    await settled(tasks)
    assert await _gold(loop) == []
    assert (await tasks.statistics()).unusable == 1
    assert await tasks.lease("carla", Stage.REVIEW) is None


async def test_reviewers_of_a_clip_do_not_see_what_the_other_said(loop: Loop) -> None:
    tasks = tasks_on(loop)
    await offered(loop, tasks, await consenting_account(loop))
    await reviewed_by(tasks, "anna", WRONG)
    task = await lent(tasks, "bert")
    assert task.opinions == ()
    assert task.stage is Stage.REVIEW


async def test_of_many_who_ask_at_once_two_get_the_clip(loop: Loop) -> None:
    tasks = tasks_on(loop)
    await offered(loop, tasks, await consenting_account(loop))
    found = await asyncio.gather(*(tasks.lease(f"r{n}", Stage.REVIEW) for n in range(12)))
    names = [task.name for task in found if task]
    assert len(names) == len(set(names)) == 2


async def test_a_member_has_one_open_task_in_all_tabs(loop: Loop) -> None:
    tasks = tasks_on(loop)
    account = await consenting_account(loop)
    for _ in range(4):
        await offered(loop, tasks, account)
    found = await asyncio.gather(*(tasks.lease("anna", Stage.REVIEW) for _ in range(6)))
    assert len({task.name for task in found if task}) == 1
    held = await loop.store.hvals(keys.review_tasks(account, 1))
    assert sum(len(json.loads(task)["seats"]) for task in held) == 1


async def test_a_clip_has_another_name_for_each_reviewer_and_says_nothing_of_its_speaker(
    loop: Loop,
) -> None:
    tasks = tasks_on(loop)
    account = await consenting_account(loop)
    source = await offered(loop, tasks, account)
    one, other = await lent(tasks, "anna"), await lent(tasks, "bert")
    assert one.name != other.name
    assert len(one.name) == len(other.name) <= 512
    shown = repr(one) + one.name + str(one.clip.words) + one.clip.text
    for hidden in (account, source.item, "dev_kitchen", keys.shard_of(account)):
        assert hidden not in shown


async def test_forged_names_and_those_of_others_open_nothing(loop: Loop) -> None:
    tasks = tasks_on(loop)
    await offered(loop, tasks, await consenting_account(loop))
    task = await lent(tasks, "anna")
    stranger = loop.vault.page_token("queue items", "[]")
    for who, name in (
        *(("bert", task.name), ("", task.name), ("anna", "x" * 64), ("anna", "")),
        *(("anna", task.name[:-4] + "AAA="), ("anna", stranger), ("anna", "\N{GRINNING FACE}")),
        ("anna", "A" * 100_000),
    ):
        with pytest.raises(TaskUnknown) as refused:
            await tasks.get(who, name)
        assert refused.value.code == "TASK_UNKNOWN"
        with pytest.raises(TaskUnknown):
            await tasks.submit(who, name, RIGHT, request_id="1")
        with pytest.raises(TaskUnknown):
            await anext(aiter(tasks.sound(who, name)))
    assert (await tasks.get("anna", task.name))[0] is TaskState.OPEN


async def test_a_lease_that_ran_out_goes_to_somebody_else(loop: Loop) -> None:
    tasks = tasks_on(loop, lease_ms=1)
    patient = tasks_on(loop)
    await offered(loop, tasks, await consenting_account(loop))
    await reviewed_by(patient, "anna", RIGHT)
    task = await lent(tasks, "slow")
    found = []

    async def again() -> bool:
        found.append(await patient.lease("quick", Stage.REVIEW))
        return found[-1] is not None

    await until(again)
    assert (await tasks.get("slow", task.name))[0] is TaskState.EXPIRED
    for use in (
        tasks.submit("slow", task.name, RIGHT, request_id="1"),
        tasks.skip("slow", task.name),
        tasks.renew("slow", task.name),
        tasks.undo("slow", task.name),
    ):
        with pytest.raises(TaskExpired):
            await use
    assert await patient.lease("third", Stage.REVIEW) is None


async def test_a_submission_can_be_undone_and_said_again_while_its_time_runs(loop: Loop) -> None:
    tasks = tasks_on(loop, undo_ms=60_000)
    await offered(loop, tasks, await consenting_account(loop))
    task = await reviewed_by(tasks, "anna", WRONG)
    state, left_s = await tasks.get("anna", task.name)
    assert state is TaskState.UNDOABLE
    assert 50 < left_s <= 60
    assert await tasks.settle_due() == 0
    again = await tasks.undo("anna", task.name)
    assert again.clip == task.clip
    assert (await tasks.get("anna", task.name))[0] is TaskState.OPEN
    assert (await lent(tasks, "anna")).name == task.name
    quick = tasks_on(loop)
    await quick.submit("anna", task.name, RIGHT, request_id="2")
    await reviewed_by(quick, "bert", RIGHT)
    await settled(quick)
    assert await _gold(loop) == [RIGHT.text]
    with pytest.raises(TaskExpired):
        await quick.undo("anna", task.name)


async def test_undoing_gives_back_what_was_opened_since(loop: Loop) -> None:
    tasks = tasks_on(loop, undo_ms=60_000)
    account = await consenting_account(loop)
    for _ in range(2):
        await offered(loop, tasks, account)
    first = await reviewed_by(tasks, "anna", WRONG)
    second = await lent(tasks, "anna")
    await tasks.undo("anna", first.name)
    assert (await tasks.get("anna", second.name))[0] is TaskState.EXPIRED
    assert (await lent(tasks, "anna")).name == first.name


async def test_a_retry_of_a_submission_changes_nothing(loop: Loop) -> None:
    tasks = tasks_on(loop, undo_ms=60_000)
    await offered(loop, tasks, await consenting_account(loop))
    task = await lent(tasks, "anna")
    first = await tasks.submit("anna", task.name, RIGHT, request_id="1")
    assert 0 < await tasks.submit("anna", task.name, RIGHT, request_id="1") <= first
    with pytest.raises(TaskExpired):
        await tasks.submit("anna", task.name, WRONG, request_id="2")


async def test_a_skipped_clip_goes_to_others_and_never_back(loop: Loop) -> None:
    tasks = tasks_on(loop)
    await offered(loop, tasks, await consenting_account(loop))
    task = await lent(tasks, "anna")
    await tasks.skip("anna", task.name)
    await tasks.settle_due()
    assert await tasks.lease("anna", Stage.REVIEW) is None
    for who in ("bert", "carla"):
        await reviewed_by(tasks, who, RIGHT)
    await settled(tasks)
    assert await _gold(loop) == [RIGHT.text]


async def test_a_skip_can_be_undone(loop: Loop) -> None:
    tasks = tasks_on(loop, undo_ms=60_000)
    await offered(loop, tasks, await consenting_account(loop))
    task = await lent(tasks, "anna")
    await tasks.skip("anna", task.name)
    assert await tasks.lease("anna", Stage.REVIEW) is None
    assert (await tasks.undo("anna", task.name)).name == task.name


async def test_a_hidden_check_looks_like_any_task_and_is_told_with_its_truth(loop: Loop) -> None:
    told = Told()
    tasks = tasks_on(loop, told=told)
    account = await consenting_account(loop)
    await offered(loop, tasks, account, check=True)
    for who in ("anna", "bert"):
        await reviewed_by(tasks, who, RIGHT)
    await settled(tasks)
    assert await tasks.check_task("anna") is None, "who made it gold is not measured by it"
    assert await tasks.lease("carla", Stage.REVIEW) is None
    check = await tasks.check_task("carla")
    assert check
    await offered(loop, tasks, account)
    other = await lent(tasks, "dora")
    assert (check.stage, check.reason, check.clip) == (other.stage, other.reason, other.clip)
    assert len(check.name) == len(other.name)
    await tasks.submit("carla", check.name, WRONG, request_id="1")
    await settled(tasks)
    (answer,) = told.checks
    assert (answer.voice.staff, answer.voice.opinion.text) == ("carla", WRONG.text)
    assert answer.truth
    assert answer.truth.text == RIGHT.text
    assert await _gold(loop) == [RIGHT.text]
    assert await tasks.check_task("carla") is None


async def test_the_words_that_nobody_saw_are_learned_as_they_were_said(loop: Loop) -> None:
    tasks = tasks_on(loop)
    shown = "call <name> in <number> minutes"
    await offered(
        loop,
        tasks,
        await consenting_account(loop),
        clip=a_clip(shown),
        heard="call aunt mary in ten minutes",
    )
    value = NamedEntity(
        name="duration", value="<number> minutes", text="<number> minutes", start=15, end=31
    )
    for who in ("anna", "bert"):
        opinion = Opinion(text=shown, intent="set_timer", entities=(value,))
        await reviewed_by(tasks, who, opinion)
    await settled(tasks)
    (gold,) = [one async for one in loop.queue.reviewed()]
    assert gold.review.text == "call aunt mary in ten minutes"
    (entity,) = gold.review.entities
    assert gold.review.text[entity.start : entity.end] == entity.text == entity.value
    assert entity.text == "ten minutes"
    assert gold.review.flags == frozenset()


async def test_hidden_words_that_cannot_be_told_are_flagged(loop: Loop) -> None:
    tasks = tasks_on(loop)
    await offered(loop, tasks, await consenting_account(loop), clip=a_clip("set <number> timers"))
    for who in ("anna", "bert"):
        await reviewed_by(tasks, who, replace(RIGHT, text="set <number> timers"))
    await settled(tasks)
    (gold,) = [one async for one in loop.queue.reviewed()]
    assert gold.review.flags == {"hidden_words"}


async def test_every_account_is_as_likely_however_much_it_said(loop: Loop) -> None:
    tasks = tasks_on(loop)
    talkative, quiet = [await consenting_account(loop) for _ in range(2)]
    for _ in range(12):
        await offered(loop, tasks, talkative, clip=a_clip(pcm=b""))
    await offered(loop, tasks, quiet, clip=a_clip("stop", pcm=b""))
    drawn: Counter[str] = Counter()
    for n in range(60):
        task = await lent(tasks, f"r{n}")
        drawn[task.clip.text] += 1
        await tasks.skip(f"r{n}", task.name)
        await tasks.settle_due()
    assert drawn["stop"] >= 15, "a draw over clips would give 5"


async def test_an_item_is_offered_once_and_only_while_it_waits(loop: Loop) -> None:
    tasks = tasks_on(loop)
    account = await consenting_account(loop)
    await say(loop, account)
    (source,) = await sources(tasks)
    assert (await tasks.with_audio(source)).pcm
    outcomes = await asyncio.gather(
        *(tasks.offer(source, a_clip(), SampleReason.RANDOM) for _ in range(3))
    )
    assert sorted(outcomes) == [False, False, True]
    assert await sources(tasks) == []
    assert await loop.queue.lease("worker") is None, "what is in review is not lent to machines"
    with pytest.raises(LeaseLost):
        await tasks.with_audio(source)
    await loop.sweep.once()
    blobs = [path for path in loop.settings.blobs.rglob("*/*") if path.is_file()]
    assert len(blobs) == 3, "the history's, the queue's and one clip's"


async def test_what_can_never_be_offered_waits_no_more(loop: Loop) -> None:
    tasks = tasks_on(loop)
    await say(loop, await consenting_account(loop))
    (source,) = await sources(tasks)
    await tasks.withhold(source)
    assert await sources(tasks) == []
    assert not await tasks.offer(source, a_clip(), SampleReason.RANDOM)
    assert [item async for _, item, _ in tasks.said()] == [source.item]


async def test_a_corrected_utterance_waits_again(loop: Loop) -> None:
    tasks = tasks_on(loop)
    account = await consenting_account(loop)
    source = await offered(loop, tasks, account)
    task = await lent(tasks, "anna")
    await loop.rights.correct(account, source.item, text="set two timers")
    assert (await tasks.get("anna", task.name))[0] is TaskState.WITHDRAWN
    assert await tasks.lease("bert", Stage.REVIEW) is None
    (again,) = [one async for one in tasks.waiting()]
    assert again.utterance.correction
    assert again.utterance.correction.text == "set two timers"


async def test_more_items_than_one_read_opens_all_come(loop: Loop) -> None:
    tasks = tasks_on(loop)
    account = await consenting_account(loop)
    said = {
        (await say(loop, account, an_utterance(account, pcm=b""))).utterance_id for _ in range(70)
    }
    assert {source.item for source in await sources(tasks)} == said
    assert {item async for _, item, _ in tasks.said()} == said


async def test_a_record_that_was_changed_keeps_no_other_from_being_offered(loop: Loop) -> None:
    account = await consenting_account(loop)
    damaged, whole = [(await say(loop, account)).utterance_id for _ in range(2)]
    tasks = tasks_on(loop)
    items = keys.learning_items(account, (await sources(tasks))[0].epoch)
    sealed = await loop.store.hget(items, damaged)
    assert isinstance(sealed, bytes)
    await loop.store.hset(items, damaged, sealed[:-1] + bytes([sealed[-1] ^ 1]))
    assert [item.source.item async for item in tasks.waiting()] == [whole]
    assert [item async for _, item, _ in tasks.said()] == [whole]
