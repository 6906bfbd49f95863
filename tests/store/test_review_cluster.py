"""Reviews on a cluster: each account's in its own slot, each change one script."""

from __future__ import annotations

import pytest

from tests.fixtures.store import consenting_account, opt_out
from tests.store.clips_in_review import (
    RIGHT,
    SECOND,
    heard,
    lent,
    offered,
    reviewed_by,
    settled,
    tasks_on,
)
from training_loop.loop import Loop
from training_loop.review.case import Disposition
from training_loop.review.task import ClipReport, Stage
from training_loop.review.task_errors import TaskWithdrawn
from training_loop.rights import SettingsChange


async def test_clips_go_their_whole_way_and_an_opt_out_ends_it(cluster_loop: Loop) -> None:
    loop, tasks = cluster_loop, tasks_on(cluster_loop)
    accounts = [await consenting_account(loop) for _ in range(4)]
    for account in accounts:
        await offered(loop, tasks, account)
    for _ in accounts:
        task = await lent(tasks, "anna")
        assert await heard(tasks, "anna", task.name) == SECOND
        await tasks.submit("anna", task.name, RIGHT, request_id="1")
    assert await tasks.lease("anna", Stage.REVIEW) is None
    await reviewed_by(tasks, "bert", RIGHT)
    await settled(tasks)
    assert len([one async for one in loop.queue.reviewed()]) == 1
    task = await lent(tasks, "bert")
    reference = await tasks.report("bert", task.name, ClipReport.SUSPECTED_CRIME)
    assert (await loop.cases.take("olga", reference)).clip == task.clip
    assert await loop.cases.of("bert") == (0, 1)
    for _ in range(2):
        await loop.cases.close("olga", reference, Disposition.NO_ACTION)
    assert await loop.cases.of("bert") == (0, 1)
    task = await lent(tasks, "bert")
    for account in accounts:
        await opt_out(loop, account, SettingsChange(human_review=False))
    with pytest.raises(TaskWithdrawn):
        await heard(tasks, "bert", task.name)
    assert await tasks.lease("carla", Stage.REVIEW) is None
    counts = await tasks.statistics()
    assert (counts.offered, counts.agreed, counts.escalated, counts.waiting) == (4, 1, 1, 0)
