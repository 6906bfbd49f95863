"""The service, the clips and the people of a simulated shift."""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import grpc
import pyotp

from assistant.services.rules import rule_table
from benchmarks.report import Value
from benchmarks.review_people import Clip, Listener, make_clip
from benchmarks.review_person import Person
from benchmarks.review_records import Records
from training_loop.access import AuthenticationInterceptor, Kind
from training_loop.loop import Loop, open_loop
from training_loop.review.agreement import settle
from training_loop.review.assembly import Reviewing, assemble_review
from training_loop.review.checks import CheckRate
from training_loop.review.marking import ListenMarker
from training_loop.review.officers_key import OfficersKey
from training_loop.review.ontology import Ontology
from training_loop.review.reviewer_record import ReviewerRecords
from training_loop.review.settings import ReviewSettings
from training_loop.review.shift import ShiftLimits
from training_loop.review.task import DeidentifiedClip, Level, SampleReason, ShownWord, SourceItem
from training_loop.review.tasks import ReviewTasks
from training_loop.rights import CONSENT_TEXT_VERSION, ConsentShown, SettingsChange
from training_loop.services.credentials import StaffCredentials
from training_loop.services.errors import ErrorInterceptor
from training_loop.services.review import ReviewPorts, ReviewService
from training_loop.settings import LoopSettings
from training_loop.staff import secret_tokens
from training_loop.staff.members import OPERATOR
from training_loop.store.supervisor import EmbeddedStore
from training_loop.training.project import NluProject
from training_loop.utterance import CaptureContext, Utterance
from training_loop.v1 import review_pb2_grpc

UNDO_MS = 200
_SHOWN = ConsentShown(text_version=CONSENT_TEXT_VERSION, channel="api")
_ON = SettingsChange(improve_models=True, human_review=True)
_OFF = SettingsChange(improve_models=False, human_review=False)
_PASSWORD = "simulated-shift-passphrase-7"
_AT_ONCE = 16
_CLIP_S, _LONG_CLIP_S = 0.8, 12.0
_CHECK_SHARE = 0.05
_SETTLE_EVERY_S = 0.2
_LOOK_EVERY_S = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Sizes:
    clips: int
    accounts: int
    reviewers: int
    adjudicators: int
    error: float
    cap: int
    opt_outs: int
    players: int = 5
    """Of the accounts that opt out, those that do so while a long clip of theirs is playing."""
    seed: int = 1
    think_s: float = 0.0
    """How long a person thinks about a clip."""


@dataclass(slots=True, kw_only=True)
class Floor:
    loop: Loop
    tasks: ReviewTasks
    reviewing: Reviewing
    address: str
    clips: Mapping[int, Clip]
    items: Mapping[str, int]
    """Clip numbers by item."""
    leaving: Sequence[str]
    playing: Mapping[str, asyncio.Event]
    """Accounts that leave as soon as their clip plays."""
    nobody_works: asyncio.Event = field(default_factory=asyncio.Event)
    finished: asyncio.Event = field(default_factory=asyncio.Event)
    settled: int = 0

    async def hire(
        self, role: Kind, number: int, listener: Listener, *, think_s: float = 0.0
    ) -> Person:
        """A member of staff who has enrolled, signed in and begun a shift."""
        staff = self.loop.staff
        invited = await staff.members.create(f"{role.value} {number}", role, actor=OPERATOR)
        begun = await staff.enrolment.begin(invited.invitation, _PASSWORD)
        offered = await staff.enrolment.show_totp(begun.ticket)
        code = pyotp.TOTP(offered.secret).at(int(time.time()))
        enrolled = await staff.enrolment.confirm_totp(begun.ticket, code)
        assert enrolled.signed_in is not None
        return Person(
            name=f"{role.value} {number}",
            role=role,
            token=enrolled.signed_in.token,
            channel=grpc.aio.insecure_channel(self.address),
            listener=listener,
            clips=self.clips,
            playing=self.playing,
            finished=self.finished,
            think_s=think_s,
        )

    async def settle(self, told: Callable[[int], None]) -> None:
        """Settles until everything is settled, or nobody works any more and nothing is due."""
        looked = 0.0
        while True:
            count = await self.tasks.settle_due()
            self.settled += count
            if time.monotonic() > looked + _LOOK_EVERY_S:
                looked = time.monotonic()
                counts = await self.tasks.statistics()
                told(counts.agreed + counts.adjudicated + counts.unusable)
                if counts.waiting == counts.in_work == 0:
                    self.finished.set()
            if self.nobody_works.is_set() and not count:
                return
            await asyncio.sleep(_SETTLE_EVERY_S)

    async def opt_outs(self, records: Records) -> None:
        """Some leave while their clip plays, the others one after another as clips are settled."""
        async with asyncio.TaskGroup() as group:
            for account, plays in self.playing.items():
                group.create_task(self._leave(account, records, plays))
            others = [account for account in self.leaving if account not in self.playing]
            for number, account in enumerate(others, start=1):
                due = len(self.clips) * number // (2 * len(others))
                while self.settled < due and not self.finished.is_set():  # noqa: ASYNC110
                    await asyncio.sleep(_SETTLE_EVERY_S)
                await self._leave(account, records, None)

    async def _leave(self, account: str, records: Records, plays: asyncio.Event | None) -> None:
        if plays:
            await plays.wait()
            await asyncio.sleep(0.3)
        await self.loop.rights.change(account, _OFF, _SHOWN, "off")
        records.gone_at[account] = time.monotonic()

    async def statistics(self) -> dict[str, Value]:
        """As an ml-engineer sees them."""
        found = await self.reviewing.insight.statistics()
        agreed, adjudicated = found.counts.agreed, found.counts.adjudicated
        checked = [one.record for one in found.reviewers if one.record.checks]
        answered = sum(record.checks for record in checked)
        return {
            "agreed at once": agreed,
            "adjudicated": adjudicated,
            "unusable": found.counts.unusable,
            "waiting at the end": found.counts.waiting,
            "alpha of intents with slots": found.reliability.intent_alpha,
            "alpha of texts": found.reliability.text_alpha,
            "hidden checks answered": answered,
            "hidden checks right": (
                sum(record.checks_right for record in checked) / answered if answered else None
            ),
            "held": sum(one.record.held for one in found.reviewers),
        }


@asynccontextmanager
async def open_floor(state: Path, sizes: Sizes, chance: random.Random) -> AsyncIterator[Floor]:
    settings = LoopSettings(state=state)
    store = EmbeddedStore(settings.store_directory)
    await store.start()
    try:
        async with open_loop(settings, serve=True) as loop, AsyncExitStack() as stack:
            tasks = _tasks(loop)
            review = ReviewSettings(shift=ShiftLimits(clips=sizes.cap), checks=CheckRate())
            reviewing = assemble_review(loop.store, loop.vault, tasks, review)
            address = await _serve(loop, reviewing, stack)
            clips, items, accounts = await _offer(loop, tasks, sizes, chance)
            leaving = accounts[: sizes.opt_outs]
            yield Floor(
                loop=loop,
                tasks=tasks,
                reviewing=reviewing,
                address=address,
                clips=clips,
                items=items,
                leaving=leaving,
                playing={account: asyncio.Event() for account in leaving[: sizes.players]},
            )
    finally:
        await store.stop()


def _tasks(loop: Loop) -> ReviewTasks:
    return ReviewTasks(
        *(loop.store, loop.vault, loop.blobs, loop.reads),
        settle=settle,
        observer=ReviewerRecords(loop.store),
        marker=ListenMarker(loop.vault),
        officers=OfficersKey(loop.settings.officers_key),
        tombstones=loop.tombstones,
        undo_ms=UNDO_MS,
    )


async def _serve(loop: Loop, reviewing: Reviewing, stack: AsyncExitStack) -> str:
    ports = ReviewPorts.of(loop, reviewing, Ontology.read(NluProject.locate().domain))
    verifiers = {f"{secret_tokens.TOKEN_PREFIX}.": StaffCredentials(loop.staff.sessions)}
    server = grpc.aio.server(
        interceptors=[ErrorInterceptor(), AuthenticationInterceptor(verifiers, rule_table())]
    )
    review_pb2_grpc.add_ReviewServicer_to_server(ReviewService(ports), server)
    port = server.add_insecure_port("127.0.0.1:0")
    await server.start()
    stack.push_async_callback(server.stop, None)
    return f"127.0.0.1:{port}"


async def _offer(
    loop: Loop, tasks: ReviewTasks, sizes: Sizes, chance: random.Random
) -> tuple[dict[int, Clip], dict[str, int], list[str]]:
    """Every account has spoken; what it said is offered, without the voice's alteration."""
    accounts = [(await loop.accounts.create()).account for _ in range(sizes.accounts)]
    for account in accounts:
        await loop.rights.change(account, _ON, _SHOWN, "on")
    clips = {
        number: make_clip(
            number,
            accounts[number % sizes.accounts],
            chance,
            check=chance.random() < _CHECK_SHARE,
        )
        for number in range(sizes.clips)
    }
    items: dict[str, int] = {}
    numbers = iter(clips)
    long = set(accounts[: sizes.players])

    async def speak() -> None:
        for number in numbers:
            clip = clips[number]
            first = number < sizes.accounts and clip.account in long
            item = await _say(loop, clip, _LONG_CLIP_S if first else _CLIP_S)
            items[item] = number

    await asyncio.gather(*(speak() for _ in range(_AT_ONCE)))
    sources = iter([waiting.source async for waiting in tasks.waiting()])

    async def offer() -> None:
        for source in sources:
            await _offer_one(tasks, source, clips[items[source.item]])

    await asyncio.gather(*(offer() for _ in range(_AT_ONCE)))
    return clips, items, accounts


async def _say(loop: Loop, clip: Clip, seconds: float) -> str:
    consent = await loop.sink.begin(CaptureContext(account=clip.account, device="dev_shift"))
    utterance = Utterance(
        utterance_id=f"utt_{clip.number:08d}",
        account=clip.account,
        device="dev_shift",
        captured_at_s=time.time(),
        pcm=bytes(range(256)) * int(seconds * 32_000 / 256),
        heard=clip.heard,
        confidence=0.8,
    )
    fate = await loop.sink.keep(utterance, consent)
    assert fate.queued, fate.reason
    return utterance.utterance_id


async def _offer_one(tasks: ReviewTasks, source: SourceItem, clip: Clip) -> None:
    utterance = await tasks.with_audio(source)
    words = clip.heard.split()
    shown = DeidentifiedClip(
        pcm=utterance.pcm,
        level=Level.ALTERED_VOICE,
        text=clip.heard,
        words=tuple(
            ShownWord(text=word, start_ms=at * 60, end_ms=at * 60 + 50)
            for at, word in enumerate(words)
        ),
        readings=(f"clip number {clip.number}",),
        template=clip.heard,
    )
    assert await tasks.offer(source, shown, SampleReason.RANDOM, check=clip.check)
