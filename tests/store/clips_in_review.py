"""Clips in review, and reviewers who say what they are told to."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from tests.fixtures.store import an_utterance, say, until
from training_loop.loop import Loop
from training_loop.review.agreement import settle
from training_loop.review.case import Disposition
from training_loop.review.listening import Marker
from training_loop.review.officers_key import OfficersKey
from training_loop.review.settlement import AnsweredCheck, Settlement
from training_loop.review.task import (
    ClipReport,
    DeidentifiedClip,
    Level,
    Opinion,
    ReviewTask,
    SampleReason,
    ShownWord,
    SourceItem,
    Stage,
    TaskState,
)
from training_loop.review.tasks import ReviewTasks

SECOND = b"\x01\x02" * 16_000
RIGHT = Opinion(text="set a timer", intent="set_timer")
WRONG = Opinion(text="set a time", intent="set_alarm")


class Unmarked:
    """A Marker that leaves the sound as it is, for tests that compare it."""

    def mark(self, pcm: bytes, listen: str) -> bytes:
        return pcm


@dataclass(slots=True)
class Told:
    """A ReviewObserver that remembers."""

    settlements: list[Settlement] = field(default_factory=list)
    checks: list[AnsweredCheck] = field(default_factory=list)

    async def settled(self, settlement: Settlement) -> None:
        self.settlements.append(settlement)

    async def checked(self, answered: AnsweredCheck) -> None:
        self.checks.append(answered)


def tasks_on(
    loop: Loop,
    *,
    lease_ms: int = 60_000,
    undo_ms: int = 1,
    ahead_ms: int = 60_000,
    told: Told | None = None,
    marker: Marker | None = None,
) -> ReviewTasks:
    """Like `loop.tasks`, with short times: an undo time is over at once."""
    return ReviewTasks(
        *(loop.store, loop.vault, loop.blobs, loop.reads),
        settle=settle,
        observer=told or Told(),
        marker=marker or Unmarked(),
        officers=OfficersKey(loop.settings.officers_key),
        tombstones=loop.tombstones,
        lease_ms=lease_ms,
        undo_ms=undo_ms,
        ahead_ms=ahead_ms,
    )


def a_clip(text: str = "set a timer", pcm: bytes = SECOND) -> DeidentifiedClip:
    words = tuple(
        ShownWord(text=word, start_ms=200 * n, end_ms=200 * n + 180, redacted=word.startswith("<"))
        for n, word in enumerate(text.split())
    )
    level = Level.ALTERED_VOICE if pcm else Level.TRANSCRIPT_ONLY
    return DeidentifiedClip(
        pcm=pcm, level=level, text=text, words=words, readings=("set a time",), intent="set_timer"
    )


async def sources(tasks: ReviewTasks) -> list[SourceItem]:
    return [one.source async for one in tasks.waiting()]


async def offered(
    loop: Loop,
    tasks: ReviewTasks,
    account: str,
    *,
    clip: DeidentifiedClip | None = None,
    heard: str = "set a timer",
    check: bool = False,
) -> SourceItem:
    """Something the account said, as a clip in review."""
    said = await say(loop, account, an_utterance(account, heard=heard))
    (source,) = [one for one in await sources(tasks) if one.item == said.utterance_id]
    assert await tasks.offer(source, clip or a_clip(), SampleReason.RANDOM, check=check)
    return source


async def lent(tasks: ReviewTasks, staff: str, stage: Stage = Stage.REVIEW) -> ReviewTask:
    task = await tasks.lease(staff, stage)
    assert task
    return task


async def reviewed_by(
    tasks: ReviewTasks, staff: str, opinion: Opinion, stage: Stage = Stage.REVIEW
) -> ReviewTask:
    task = await lent(tasks, staff, stage)
    await tasks.submit(staff, task.name, opinion, request_id=f"{staff}-{task.name[-8:]}")
    return task


async def settled(tasks: ReviewTasks) -> int:
    """Settles as soon as there is something whose undo time is over."""
    count = 0

    async def some() -> bool:
        nonlocal count
        count = await tasks.settle_due()
        return count > 0

    await until(some)
    return count


async def heard(tasks: ReviewTasks, staff: str, name: str) -> bytes:
    return b"".join([chunk async for chunk in tasks.sound(staff, name)])


def texts(opinions: Iterable[Opinion]) -> list[str]:
    return sorted(opinion.text for opinion in opinions)


async def every_state_of_review(loop: Loop, account: str) -> dict[str, SourceItem]:
    """A clip of the account in each state that review knows; who has seen them is disjoint."""
    tasks, found = tasks_on(loop), {}
    for state, opinions in (
        ("case", ()),
        ("closed case", ()),
        ("gold", (RIGHT, RIGHT)),
        ("hidden check", (RIGHT, RIGHT)),
        ("adjudication", (RIGHT, WRONG)),
        ("skipped", ()),
    ):
        found[state] = await offered(loop, tasks, account, check=state == "hidden check")
        task = await lent(tasks, f"{state} 0")
        if "case" in state:
            reference = await tasks.report(f"{state} 0", task.name, ClipReport.DISTRESSING)
            if state == "closed case":
                await loop.cases.take("officer", reference)
                await loop.cases.close("officer", reference, Disposition.NO_ACTION)
        elif not opinions:
            await tasks.skip(f"{state} 0", task.name)
            await _no_longer_open(tasks, f"{state} 0", task.name)
            for n in (1, 2):
                await reviewed_by(tasks, f"{state} {n}", RIGHT)
            await settled(tasks)
        else:
            await tasks.submit(f"{state} 0", task.name, opinions[0], request_id="1")
            await reviewed_by(tasks, f"{state} 1", opinions[1])
            await settled(tasks)
    for state, how_many in (("ripe", 2), ("half reviewed", 1), ("lent", 0), ("waiting", 0)):
        found[state] = await offered(loop, tasks, account)
        for n in range(how_many):
            task = await reviewed_by(tasks, f"{state} {n}", RIGHT)
            await _no_longer_open(tasks, f"{state} {n}", task.name)
        if state == "lent":
            task = await lent(tasks, "holder")
            await heard(tasks, "holder", task.name)
    return found


async def _no_longer_open(tasks: ReviewTasks, staff: str, name: str) -> None:
    """Returns when the undo time of a submission or skip is over."""

    async def over() -> bool:
        return (await tasks.get(staff, name))[0] is TaskState.ENDED

    await until(over)
