"""A clip is lent to two reviewers, each for one lease, and becomes gold when they agree."""

from __future__ import annotations

from tests.fixtures.store import consenting_account
from tests.store.clips_in_review import (
    RIGHT,
    SECOND,
    Told,
    heard,
    lent,
    offered,
    reviewed_by,
    settled,
    tasks_on,
)
from training_loop.loop import Loop
from training_loop.review.task import Stage


async def test_what_two_reviewers_agree_on_can_be_learned_from(loop: Loop) -> None:
    told = Told()
    tasks = tasks_on(loop, told=told)
    account = await consenting_account(loop)
    source = await offered(loop, tasks, account)
    task = await lent(tasks, "anna")
    assert await heard(tasks, "anna", task.name) == SECOND
    await tasks.submit("anna", task.name, RIGHT, request_id="1")
    assert await tasks.lease("anna", Stage.REVIEW) is None, "anna has had it"
    assert await tasks.settle_due() == 0
    await reviewed_by(tasks, "bert", RIGHT)
    assert await settled(tasks) == 1
    (gold,) = [one async for one in loop.queue.reviewed()]
    assert (gold.item, gold.review.text, gold.review.intent) == (
        source.item,
        RIGHT.text,
        RIGHT.intent,
    )
    (settlement,) = told.settlements
    assert sorted(voice.staff for voice in settlement.reviewers) == ["anna", "bert"]
    counts = await tasks.statistics()
    assert (counts.offered, counts.agreed, counts.waiting, counts.in_work) == (1, 1, 0, 0)
