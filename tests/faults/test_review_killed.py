"""Whoever is killed in the middle of a review: nothing of it is lost, and nothing counts twice."""

from __future__ import annotations

import asyncio
import os
import signal
import sys

import pytest

from tests.fixtures.store import back, consenting_account
from tests.store.clips_in_review import RIGHT, lent, offered, reviewed_by, settled, tasks_on
from training_loop.loop import Loop
from training_loop.review.reviewer_record import ReviewerRecords
from training_loop.review.task import Stage, TaskState
from training_loop.store.supervisor import EmbeddedStore


@pytest.mark.parametrize("where", ["before", "told", "after"])
async def test_a_settlement_that_is_killed_counts_once(own_loop: Loop, where: str) -> None:
    tasks = own_loop.tasks
    await offered(own_loop, tasks, await consenting_account(own_loop))
    quick = tasks_on(own_loop)
    for who in ("anna", "bert"):
        await reviewed_by(quick, who, RIGHT)
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "tests.faults.settling_process"),
        *(str(own_loop.settings.state), where),
        stdout=asyncio.subprocess.PIPE,
    )
    assert process.stdout
    async with asyncio.timeout(30):
        assert await process.stdout.readline() == b"reached\n"
    process.kill()
    await process.wait()
    await own_loop.tasks.settle_due()
    await own_loop.tasks.settle_due()
    assert len([one async for one in own_loop.queue.reviewed()]) == 1
    assert (await tasks.statistics()).agreed == 1
    for who in ("anna", "bert"):
        record = await ReviewerRecords(own_loop.store).of(who)
        assert (record.compared, record.agreed) == (1, 1)


async def test_a_store_that_is_killed_keeps_tasks_opinions_and_undo(
    own_loop: Loop, own_store: EmbeddedStore
) -> None:
    tasks = tasks_on(own_loop, undo_ms=60_000)
    account = await consenting_account(own_loop)
    for _ in range(2):
        await offered(own_loop, tasks, account)
    said = await reviewed_by(tasks, "anna", RIGHT)
    open_task = await lent(tasks, "anna")
    assert own_store.process_id
    os.kill(own_store.process_id, signal.SIGKILL)
    await back(own_loop)
    assert (await lent(tasks, "anna")).name == open_task.name
    assert (await tasks.get("anna", said.name))[0] is TaskState.UNDOABLE
    await tasks.undo("anna", said.name)
    assert (await tasks.get("anna", open_task.name))[0] is TaskState.EXPIRED
    quick = tasks_on(own_loop)
    await quick.submit("anna", said.name, RIGHT, request_id="2")
    while task := await quick.lease("bert", Stage.REVIEW):
        await quick.submit("bert", task.name, RIGHT, request_id="1")
    await settled(quick)
    assert len([one async for one in own_loop.queue.reviewed()]) == 1
