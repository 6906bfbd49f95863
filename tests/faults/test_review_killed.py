"""Whoever is killed in the middle of a review: nothing of it is lost, and nothing counts twice."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from dataclasses import replace

import pytest

from tests.fixtures.store import an_utterance, back, consenting_account, say
from tests.store.clips_in_review import (
    RIGHT,
    a_clip,
    lent,
    offered,
    reviewed_by,
    settled,
    sources,
    tasks_on,
)
from training_loop.loop import Loop
from training_loop.review.false_wakes import FalseWakeScores
from training_loop.review.reviewer_record import ReviewerRecords
from training_loop.review.task import Opinion, SampleReason, Stage, TaskState
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


@pytest.mark.parametrize("where", ["before", "told", "counted", "after"])
async def test_what_nobody_meant_is_deleted_and_counted_once_whoever_is_killed(
    own_loop: Loop, where: str
) -> None:
    tasks, account = own_loop.tasks, await consenting_account(own_loop)
    said = await say(own_loop, account, replace(an_utterance(account), wake_score=0.7))
    (source,) = await sources(tasks)
    assert await tasks.offer(source, a_clip(), SampleReason.RANDOM, check=False)
    quick = tasks_on(own_loop)
    for who in ("anna", "bert"):
        await reviewed_by(quick, who, Opinion(wake=False))
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "tests.faults.settling_process"),
        *(str(own_loop.settings.state), where),
        stdout=asyncio.subprocess.PIPE,
    )
    assert process.stdout
    async with asyncio.timeout(60):
        assert await process.stdout.readline() == b"reached\n"
    process.kill()
    await process.wait()
    (left,) = (await own_loop.rights.history(account, 10)).entries
    gone = where == "after"
    assert (left.removed, left.heard) == (("false_wake", "") if gone else ("", said.heard))
    assert left.in_learning_queue != gone
    for _ in range(2):
        await own_loop.tasks.settle_due()
    (left,) = (await own_loop.rights.history(account, 10)).entries
    assert (left.removed, left.in_learning_queue) == ("false_wake", False)
    assert (await tasks.statistics()).deleted == 1
    assert await FalseWakeScores(own_loop.store).counted() == {0.7: 1}
    for who in ("anna", "bert"):
        assert (await ReviewerRecords(own_loop.store).of(who)).compared == 1
    await own_loop.sweep.once()
    assert not [path for path in own_loop.settings.blobs.rglob("*/*") if path.is_file()]


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
