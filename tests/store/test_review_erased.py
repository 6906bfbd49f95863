"""Whatever state a clip is in: what is deleted, withdrawn or too old leaves nothing of it."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest

from tests.fixtures.auditor import auditor_of, found_by
from tests.fixtures.store import consenting_account, opt_out
from tests.store.clips_in_review import (
    RIGHT,
    every_state_of_review,
    lent,
    offered,
    settled,
    tasks_on,
)
from training_loop.backup.create import create
from training_loop.backup.layout import Layout
from training_loop.backup.restore import restore
from training_loop.loop import Loop, open_loop
from training_loop.queue.lease import LeaseLost
from training_loop.review.task import Stage
from training_loop.rights import SettingsChange
from training_loop.store import keys
from training_loop.store.script_runner import text

REVIEW_KINDS = ("k", "kt", "kr", "ka", "kc", "kw", "kd", "kh")
DAY_S = 24 * 3600


async def _fields(loop: Loop, account: str) -> set[str]:
    """Names of items in any container of review, and what the shard's lists say of the account."""
    found: set[str] = set()
    for kind in REVIEW_KINDS:
        key = f"{keys.shard_of(account)}:{kind}:{account}:1"
        if kind == "kd":
            members: Any = await loop.store.zrange(key, 0, -1)
            found |= {text(item) for item in members}
        else:
            found |= {text(item) for item in await loop.store.hkeys(key)}
    return found


async def _named_by_shard(loop: Loop, account: str) -> bool:
    shard = keys.shard_of(account)
    lists = [keys.accounts_with_tasks(shard, stage) for stage in "racw"]
    lists.append(keys.accounts_with_due_tasks(shard))
    in_sets = [await loop.store.zscore(key, account) is not None for key in lists]
    cases = await loop.store.hvals(keys.case_accounts(shard))
    return any(in_sets) or any(text(owner).startswith(account) for owner in cases)


def _files(loop: Loop) -> int:
    return len([path for path in loop.settings.blobs.rglob("*/*") if path.is_file()])


async def test_deleting_an_utterance_takes_its_clip_in_whatever_state_it_is(loop: Loop) -> None:
    account = await consenting_account(loop)
    states = await every_state_of_review(loop, account)
    for source in states.values():
        await loop.rights.delete_utterance(account, source.item)
        assert source.item not in await _fields(loop, account)
    assert await _fields(loop, account) == set()
    assert not await _named_by_shard(loop, account)
    assert _files(loop) == 0
    (listen,) = await loop.rights.listens(account)
    assert (listen.utterance_id, listen.duration_s) == ("", 1.0)


@pytest.mark.parametrize("by", ["range", "retention", "opt-out", "account"])
async def test_nothing_of_a_clip_outlives_what_it_was_made_from(loop: Loop, by: str) -> None:
    change = SettingsChange(improve_models=True, human_review=True)
    account = await consenting_account(loop, change)
    states = await every_state_of_review(loop, account)
    match by:
        case "range":
            await loop.rights.delete_since(account, 0)
        case "retention":
            index = keys.learning_index(account, 1)
            aged = {source.item: 1.0 for source in states.values()}
            await loop.store.zadd(index, aged, xx=True)
        case "opt-out":
            await opt_out(loop, account, SettingsChange(human_review=False))
            await opt_out(loop, account, SettingsChange(improve_models=False))
        case "account":
            await loop.rights.delete_account(account)
    await loop.sweep.once()
    left = await _fields(loop, account)
    assert not left & {source.item for source in states.values()}
    if by != "retention":
        assert left == set()
        assert not await _named_by_shard(loop, account)
    assert _files(loop) == 0


async def test_deleting_an_account_finds_no_trace_after_a_shift(own_loop: Loop) -> None:
    account = await consenting_account(own_loop)
    states = await every_state_of_review(own_loop, account)
    container = await own_loop.store.hget(keys.account(account), "learning_container")
    open_tasks = await own_loop.store.keys(keys.open_task("*"))
    assert container
    assert open_tasks
    report = await own_loop.rights.delete_account(account)
    assert report.log_rewritten
    assert await own_loop.store.keys(f"*{account}*") == []
    assert await own_loop.store.keys(keys.open_task("*")) == [], "not even sealed"
    left: Any = await own_loop.store.zrange(keys.blob_intents(keys.shard_of(account)), 0, -1)
    assert not any(container in path for path in left)
    files = own_loop.settings.store_directory.rglob("*")
    on_disk = b"".join(path.read_bytes() for path in files if path.is_file())
    assert account.encode() not in on_disk
    assert not any(source.item.encode() in on_disk for source in states.values())


async def test_the_auditor_has_nothing_against_clips_that_are_consented_to(loop: Loop) -> None:
    account = await consenting_account(loop)
    await every_state_of_review(loop, account)
    assert found_by(await auditor_of(loop).once()) == {}


async def test_the_auditor_sets_aside_clips_of_another_consent(loop: Loop) -> None:
    account = await consenting_account(loop)
    await every_state_of_review(loop, account)
    shard = keys.shard_of(account)
    for kind in REVIEW_KINDS:
        await loop.store.copy(f"{shard}:{kind}:{account}:1", f"{shard}:{kind}:{account}:9")
    found = found_by(await auditor_of(loop).once())
    assert {kind for kind, why in found if why == "withdrawn"} == set(REVIEW_KINDS)
    await opt_out(loop, account, SettingsChange(human_review=False))
    stages = "rac"
    for stage in stages:
        await loop.store.zadd(keys.accounts_with_tasks(shard, stage), {account: 0})
    found = found_by(await auditor_of(loop).once())
    assert found == {(f"kq{stage}", "switched_off"): 1 for stage in stages}


async def test_a_clip_whose_utterance_is_gone_is_set_aside_and_not_lent(loop: Loop) -> None:
    tasks = tasks_on(loop)
    account = await consenting_account(loop)
    source = await offered(loop, tasks, account)
    await loop.store.hdel(keys.learning_items(account, 1), source.item)
    found = found_by(await auditor_of(loop).once())
    assert {why for _, why in found} == {"dangling", "unreferenced_blob"}
    assert await tasks.lease("anna", Stage.REVIEW) is None


async def test_a_restore_brings_reviews_back_and_nothing_that_was_withdrawn(
    own_loop: Loop, tmp_path: Path
) -> None:
    stays, goes, forgets = [await consenting_account(own_loop) for _ in range(3)]
    tasks = tasks_on(own_loop)
    states = await every_state_of_review(own_loop, forgets)
    for account in (stays, goes):
        await offered(own_loop, tasks, account)
    while task := await tasks.lease("anna", Stage.REVIEW):
        await tasks.submit("anna", task.name, RIGHT, request_id="1")
    await create(own_loop, tmp_path / "backup")
    await opt_out(own_loop, goes, SettingsChange(human_review=False))
    for source in states.values():
        await own_loop.rights.delete_utterance(forgets, source.item)
    await own_loop.store.flushall()
    for path in own_loop.settings.blobs.rglob("*/*"):
        path.unlink()
    async with open_loop(own_loop.settings) as again:
        await restore(again, Layout(directory=tmp_path / "backup"))
        renewed = tasks_on(again)
        assert await renewed.lease("anna", Stage.REVIEW) is None, "anna has had it"
        task = await lent(renewed, "bert")
        sound = [chunk async for chunk in renewed.sound("bert", task.name)]
        assert sound
        await renewed.submit("bert", task.name, RIGHT, request_id="1")
        await settled(renewed)
        gold = [item.account async for item in again.queue.reviewed()]
        assert gold == [stays]
        assert await renewed.lease("carla", Stage.REVIEW) is None
        assert await again.cases.list() == ()
        assert await _fields(again, forgets) == set()
        assert await _fields(again, goes) == set()


async def test_an_opt_out_in_the_middle_of_a_shift_ends_every_use_of_its_clips(loop: Loop) -> None:
    """Whatever reviewers do at that moment, nothing of the account is returned afterwards."""
    tasks = tasks_on(loop)
    accounts = [await consenting_account(loop) for _ in range(6)]
    for account in accounts:
        for _ in range(2):
            await offered(loop, tasks, account)
    gone: set[str] = set()
    late: list[str] = []

    async def work(staff: str) -> None:
        while (task := await tasks.lease(staff, Stage.REVIEW)) is not None:
            owner = tasks._lending.seat(staff, task.name).account
            try:
                async for _ in tasks.sound(staff, task.name):
                    late.extend([owner] if owner in gone else [])
                await tasks.submit(staff, task.name, RIGHT, request_id="1")
            except LeaseLost:
                await tasks.settle_due()

    async def leave(account: str) -> None:
        await opt_out(loop, account, SettingsChange(human_review=False))
        gone.add(account)

    workers = [asyncio.create_task(work(f"r{n}")) for n in range(5)]
    for account in accounts[::2]:
        await leave(account)
    await asyncio.gather(*workers)
    assert late == []
    await settled(tasks)
    assert {item.account async for item in loop.queue.reviewed()} <= set(accounts)
    for account in accounts[::2]:
        assert await _fields(loop, account) == set()
