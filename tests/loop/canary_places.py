"""The places beyond the queue into which something unique is said, written or given."""

from __future__ import annotations

import time
from collections.abc import Iterable
from pathlib import Path

from tests.fixtures.store import until
from tests.loop.canaries import Canaries, files, tone
from tests.store.clips_in_review import a_clip, heard, lent, tasks_on
from training_loop.datasets.exports.exports import Order
from training_loop.datasets.exports.record import Format
from training_loop.datasets.manifest import DatasetManifest
from training_loop.datasets.split import Shares
from training_loop.loop import Loop
from training_loop.review.task import ClipReport, Opinion, ReviewTask, SampleReason
from training_loop.review.tasks import ReviewTasks
from training_loop.sign_in.addresses import parse_address


async def sign_in_address(loop: Loop, account: str, canaries: Canaries) -> None:
    address = parse_address(f"{canaries.word('an e-mail address')}@example.org")
    await loop.sign_in.emails.give(account, address)
    assert await loop.sign_in.emails.address_of(account) == address.written


async def reviewed_by_people(loop: Loop, items: Iterable[str], canaries: Canaries) -> None:
    """Three requests as clips: two reviewers agree on one, one is reported, and one stays with a
    reviewer who is listening."""
    tasks = tasks_on(loop)
    agreed, reported, listened = items
    await _in_review(tasks, agreed, "agreed", canaries)
    word = canaries.word("an opinion")
    for staff in ("first", "second"):
        task = await _listened(tasks, staff, "agreed", canaries)
        opinion = Opinion(text=word, intent="set_timer")
        await tasks.submit(staff, task.name, opinion, request_id=staff)

    async def is_gold() -> bool:
        await tasks.settle_due()  # or the server does
        return word in [one.review.text async for one in loop.queue.reviewed()]

    await until(is_gold)
    await _in_review(tasks, reported, "reported", canaries)
    task = await _listened(tasks, "third", "reported", canaries)
    reference = await tasks.report("third", task.name, ClipReport.DISTRESSING)
    assert [case.reference for case in await loop.cases.list()] == [reference]
    await _in_review(tasks, listened, "listened", canaries)
    await _listened(tasks, "fourth", "listened", canaries)


async def _in_review(tasks: ReviewTasks, item: str, state: str, canaries: Canaries) -> None:
    (source,) = [one.source async for one in tasks.waiting() if one.source.item == item]
    sound, words = tone(0.4), f"what is {canaries.word(f'a clip that is {state}')}"
    canaries.sound(f"a clip that is {state}", sound)
    clip = a_clip(words, sound)
    assert await tasks.offer(source, clip, SampleReason.RANDOM, check=False)


async def _listened(tasks: ReviewTasks, staff: str, state: str, canaries: Canaries) -> ReviewTask:
    task = await lent(tasks, staff)
    canaries.text(f"task of {staff}", task.name)
    sound = await heard(tasks, staff, task.name)
    shown = canaries.found_in([task.clip.text.encode(), sound])
    assert f"word of a clip that is {state}, utf-8" in shown
    assert any(name.startswith("sound of") for name in shown)
    return task


async def given_to_others(loop: Loop, target: Path, canaries: Canaries) -> DatasetManifest:
    """A data set of all that was reviewed, and an export of it, which is no longer ours."""
    manifest = await loop.datasets.create(shares=Shares(test=0, hold_out=0))
    order = Order(
        data_set=manifest.name,
        format=Format.RASA,
        recipient="acme",
        purpose="tests",
        expires_at_s=time.time() + 3600,
        target=target,
    )
    record = await loop.exports.deliver(order, by="operator")
    assert record.items == len(manifest.items)
    given = canaries.found_in(files(target))
    assert {"word of an opinion, utf-8", "word of review 0, utf-8"} <= given
    assert not {name for name in given if not name.startswith("word")}
    return manifest
