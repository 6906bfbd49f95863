"""Of what people heard nobody call for, a bare score is counted, and nothing else is left."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest

from tests.fixtures.store import an_utterance, consenting_account, opt_out, say
from tests.store.clips_in_review import (
    RIGHT,
    a_clip,
    lent,
    reviewed_by,
    settled,
    sources,
    tasks_on,
)
from training_loop.loop import Loop
from training_loop.review.agreement import heard_no_wake_word, settle
from training_loop.review.false_wakes import KEPT_MONTHS, FalseWakeScores, recent_months
from training_loop.review.task import ClipReport, Opinion, SampleReason, Stage
from training_loop.review.task_errors import TaskWithdrawn
from training_loop.review.tasks import ReviewTasks
from training_loop.store import keys
from training_loop.training.thresholds_trainer import WakeOutcome
from training_loop.training.wake_outcomes import wake_outcomes

NO_WAKE = Opinion(wake=False)


async def offered(
    loop: Loop, tasks: ReviewTasks, score: float | None = 0.834, account: str = ""
) -> str:
    """A request that began with a wake word of that score, as a clip in review; its account."""
    account = account or await consenting_account(loop)
    said = await say(loop, account, replace(an_utterance(account), wake_score=score))
    (source,) = [one for one in await sources(tasks) if one.item == said.utterance_id]
    assert await tasks.offer(source, a_clip(), SampleReason.RANDOM, check=False)
    return account


async def test_the_score_of_a_reported_false_wake_is_counted_once(loop: Loop) -> None:
    tasks = tasks_on(loop)
    await offered(loop, tasks)
    task = await lent(tasks, "anna")
    for _ in range(2):
        await tasks.report("anna", task.name, ClipReport.FALSE_WAKE)
    assert await FalseWakeScores(loop.store).counted() == {0.83: 1}
    assert await wake_outcomes(loop) == (WakeOutcome(score=0.83, said=False),)


async def test_two_who_report_the_same_clip_at_once_count_once(loop: Loop) -> None:
    tasks = tasks_on(loop)
    await offered(loop, tasks)
    leased = [(staff, await lent(tasks, staff)) for staff in ("anna", "bert")]
    said = await asyncio.gather(
        *(tasks.report(staff, task.name, ClipReport.FALSE_WAKE) for staff, task in leased),
        return_exceptions=True,
    )
    assert said.count("") == 1
    assert sum(isinstance(one, TaskWithdrawn) for one in said) == 1
    assert await FalseWakeScores(loop.store).counted() == {0.83: 1}


@pytest.mark.parametrize(
    ("why", "score"), [(ClipReport.CHILD_VOICE, 0.9), (ClipReport.FALSE_WAKE, None)]
)
async def test_a_childs_voice_and_a_pushed_button_count_for_nothing(
    loop: Loop, why: ClipReport, score: float | None
) -> None:
    tasks = tasks_on(loop)
    await offered(loop, tasks, score)
    await tasks.report("anna", (await lent(tasks, "anna")).name, why)
    assert await FalseWakeScores(loop.store).counted() == {}


async def test_two_reviewers_who_hear_no_wake_word_count_and_one_does_not(loop: Loop) -> None:
    tasks, scores = tasks_on(loop), FalseWakeScores(loop.store)
    for opinions in ((NO_WAKE, Opinion(unusable=True)), (NO_WAKE, NO_WAKE)):
        assert await scores.counted() == {}
        await offered(loop, tasks)
        for staff, opinion in zip(("anna", "bert"), opinions, strict=True):
            await reviewed_by(tasks, staff, opinion)
        assert await settled(tasks) == 1
    assert await scores.counted() == {0.83: 1}


def test_an_adjudicator_and_one_reviewer_are_two() -> None:
    assert heard_no_wake_word(settle([NO_WAKE, RIGHT], NO_WAKE), [NO_WAKE, RIGHT, NO_WAKE])
    assert not heard_no_wake_word(settle([NO_WAKE, RIGHT], RIGHT), [NO_WAKE, RIGHT, RIGHT])
    assert not heard_no_wake_word(settle([NO_WAKE, RIGHT], None), [NO_WAKE, RIGHT])


async def test_after_an_opt_out_nothing_is_counted(loop: Loop) -> None:
    tasks = tasks_on(loop)
    account = await offered(loop, tasks)
    task = await lent(tasks, "anna")
    await opt_out(loop, account)
    with pytest.raises(TaskWithdrawn):
        await tasks.report("anna", task.name, ClipReport.FALSE_WAKE)
    assert await FalseWakeScores(loop.store).counted() == {}


async def test_what_is_counted_is_a_number_of_a_month_and_ends(loop: Loop) -> None:
    tasks = tasks_on(loop)
    for number in range(2):
        await offered(loop, tasks)
        staff = f"anna{number}"
        task = await tasks.lease(staff, Stage.REVIEW)
        assert task is not None
        await tasks.report(staff, task.name, ClipReport.FALSE_WAKE)
    kind = keys.kind_of(keys.false_wake_scores("2026-11"))
    (key,) = [key async for key in loop.store.scan_iter(f"*:{kind}:*")]
    assert await loop.store.hgetall(key) == {b"0.83": b"2"}
    assert 540 * 86_400 < await loop.store.ttl(key) <= 18 * 31 * 86_400


async def test_scores_of_earlier_months_count_until_they_end(loop: Loop) -> None:
    scores = FalseWakeScores(loop.store)
    await scores.count("task", 0.9)
    seconds, _ = await loop.store.time()
    months = recent_months(seconds)
    assert len(set(months)) == KEPT_MONTHS
    assert months == sorted(months, reverse=True)
    await loop.store.hset(keys.false_wake_scores(months[-1]), "0.90", 2)
    await loop.store.hset(keys.false_wake_scores("2019-01"), "0.90", 5)
    assert await scores.counted() == {0.9: 3}
