"""A clip is heard by who has it, on record, and only while its account lets people listen."""

from __future__ import annotations

import asyncio
import time
from contextlib import aclosing

import numpy as np
import pytest

from tests.fixtures.store import consenting_account, opt_out
from tests.store.clips_in_review import (
    SECOND,
    a_clip,
    heard,
    lent,
    offered,
    tasks_on,
)
from training_loop.deidentify.mark import detect
from training_loop.loop import Loop
from training_loop.queue.lease import LeaseLost
from training_loop.review.marking import ListenMarker, mark_key
from training_loop.review.play import PART_MS
from training_loop.review.task import Stage, TaskState
from training_loop.review.task_errors import TaskExpired, TaskWithdrawn
from training_loop.rights import SettingsChange
from training_loop.store import keys
from training_loop.store.script_runner import text

NO_PEOPLE = SettingsChange(human_review=False)


async def test_a_listen_is_shown_to_the_speaker_with_utterance_and_length(loop: Loop) -> None:
    tasks = tasks_on(loop)
    account = await consenting_account(loop)
    source = await offered(loop, tasks, account)
    task = await lent(tasks, "anna@example.org")
    before = time.time()
    async with aclosing(tasks.sound("anna@example.org", task.name)) as chunks:  # type: ignore[type-var]
        first = await anext(chunks)
        (listen,) = await loop.rights.listens(account)
        assert listen.utterance_id == source.item
        assert len(first) == 3200
    (listen,) = await loop.rights.listens(account)
    assert listen.duration_s == 0.1
    assert before - 1 < listen.at_s < time.time() + 1
    assert listen.reviewer == loop.vault.pseudonym("anna@example.org")
    assert await heard(tasks, "anna@example.org", task.name) == SECOND
    latest, _ = await loop.rights.listens(account)
    assert latest.duration_s == 1.0
    entries = [one async for one in loop.audit.of_account(account) if one.action == "clip_heard"]
    assert [one.detail.partition(",")[2] for one in entries] == ["", "ms=100", "", "ms=1000"]
    assert len({one.request for one in entries}) == 2, "each listen has its own reference"


async def test_a_leaked_copy_tells_from_which_listen_it_is(loop: Loop) -> None:
    account = await consenting_account(loop)
    noise = np.random.default_rng(5).normal(0, 2000, 16_000 * 8).astype("<i2").tobytes()
    await offered(loop, loop.tasks, account, clip=a_clip(pcm=noise))
    copies = []
    for who in ("anna", "bert"):
        task = await lent(loop.tasks, who)
        marked = tasks_on(loop, marker=ListenMarker(loop.vault))
        copies.append(await heard(marked, who, task.name))
    entries = [one async for one in loop.audit.of_account(account) if one.action == "clip_heard"]
    listens = {one.request: one.actor for one in entries}
    assert copies[0] != copies[1]
    for who, copy in zip(("anna", "bert"), copies, strict=True):
        found = detect(copy, mark_key(loop.vault), listens)
        assert found
        assert listens[found.listen_id] == loop.vault.pseudonym(who)


async def test_sound_begins_where_it_is_asked_to(loop: Loop) -> None:
    tasks = tasks_on(loop)
    pcm = bytes(range(256)) * 250  # two seconds
    await offered(loop, tasks, await consenting_account(loop), clip=a_clip(pcm=pcm))
    task = await lent(tasks, "anna")
    later = [chunk async for chunk in tasks.sound("anna", task.name, 1500)]
    assert b"".join(later) == pcm[1500 * 32 :]
    assert [chunk async for chunk in tasks.sound("anna", task.name, 10**9)] == []


async def test_a_clip_without_sound_has_nothing_to_play_and_no_listens(loop: Loop) -> None:
    tasks = tasks_on(loop)
    account = await consenting_account(loop)
    await offered(loop, tasks, account, clip=a_clip(pcm=b""))
    task = await lent(tasks, "anna")
    assert await heard(tasks, "anna", task.name) == b""
    assert await loop.rights.listens(account) == ()


async def test_an_open_player_stops_at_the_opt_out_and_does_not_hold_it_up(loop: Loop) -> None:
    """However long the clip is, no more than what was handed on before is ever heard."""
    tasks = tasks_on(loop, ahead_ms=0)
    account = await consenting_account(loop)
    await offered(loop, tasks, account, clip=a_clip(pcm=SECOND * 120))
    task = await lent(tasks, "anna")
    got = 0

    async def listen() -> None:
        nonlocal got
        async for chunk in tasks.sound("anna", task.name):
            got += len(chunk)

    player = asyncio.create_task(listen())
    while not got:  # noqa: ASYNC110 - the player is another task
        await asyncio.sleep(0.001)
    async with asyncio.timeout(60):  # the clip lasts for two minutes
        await opt_out(loop, account, NO_PEOPLE)
        handed_on = got
        with pytest.raises(TaskWithdrawn):
            await player
    assert got == handed_on <= 2 * PART_MS * 32, "nothing after the opt-out had returned"
    with pytest.raises(TaskWithdrawn):
        await heard(tasks, "anna", task.name)


async def test_a_listener_who_is_slower_than_a_grant_gets_nothing_after_the_opt_out(
    loop: Loop,
) -> None:
    tasks = tasks_on(loop)
    account = await consenting_account(loop)
    await offered(loop, tasks, account)
    task = await lent(tasks, "anna")
    began = time.monotonic()
    chunks = tasks.sound("anna", task.name)
    await anext(chunks)
    await opt_out(loop, account, NO_PEOPLE)  # waits until what was handed on may not be relied on
    assert time.monotonic() - began > 1
    with pytest.raises(TaskWithdrawn):
        await anext(chunks)


async def test_listening_keeps_the_task_and_what_ended_is_not_heard(loop: Loop) -> None:
    tasks = tasks_on(loop, lease_ms=60_000)
    brief = tasks_on(loop, lease_ms=3000, undo_ms=60_000)
    await offered(loop, tasks, await consenting_account(loop))
    task = await lent(brief, "anna")
    assert (await tasks.get("anna", task.name))[1] <= 3
    await heard(tasks, "anna", task.name)
    assert (await tasks.get("anna", task.name))[1] > 50
    await brief.skip("anna", task.name)
    with pytest.raises(TaskExpired):
        await heard(tasks, "anna", task.name)


async def test_an_opt_out_takes_everything_of_the_account_out_of_review(loop: Loop) -> None:
    tasks = tasks_on(loop)
    stays, goes = [await consenting_account(loop) for _ in range(2)]
    for _ in range(3):
        await offered(loop, tasks, goes)
    task = await lent(tasks, "anna")
    await opt_out(loop, goes, NO_PEOPLE)
    assert (await tasks.get("anna", task.name))[0] is TaskState.WITHDRAWN
    for use in (
        tasks.renew("anna", task.name),
        tasks.skip("anna", task.name),
        tasks.undo("anna", task.name),
        tasks.task("anna", task.name),
    ):
        with pytest.raises(LeaseLost) as refused:
            await use
        assert refused.value.code == "TASK_WITHDRAWN"
    assert await tasks.lease("bert", Stage.REVIEW) is None
    await offered(loop, tasks, stays)
    assert (await lent(tasks, "anna")).name != task.name
    await loop.rights.settled()
    kept = [path for path in loop.settings.blobs.rglob("*/*") if path.is_file()]
    assert len(kept) == 3 * 2 + 3, "of the clips of the one who left, no sound is left"
    kinds = {keys.kind_of(text(key)) for key in await loop.store.keys(f"*:{goes}:*")}
    assert not kinds & {"k", "kt", "kr", "ka", "kc", "kw", "kd", "kh"}
