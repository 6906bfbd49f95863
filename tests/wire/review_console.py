"""A review service on a real loop: clips that wait, and colleagues who are signed in."""

from __future__ import annotations

import random
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field, replace
from typing import Any

import grpc

from assistant.services.rules import rule_table
from tests.fixtures.services import bearer
from tests.fixtures.staff import Colleague, Office
from tests.fixtures.store import an_utterance, consenting_account, say, until
from training_loop.access import AuthenticationInterceptor, Kind
from training_loop.loop import Loop
from training_loop.review.agreement import settle
from training_loop.review.assembly import Reviewing, assemble_review
from training_loop.review.checks import CheckRate
from training_loop.review.marking import ListenMarker
from training_loop.review.officers_key import OfficersKey
from training_loop.review.ontology import Ontology
from training_loop.review.reviewer_record import ReviewerRecords
from training_loop.review.settings import ReviewSettings
from training_loop.review.shift import ShiftLimits
from training_loop.review.task import DeidentifiedClip, Level, SampleReason, ShownWord
from training_loop.review.tasks import ReviewTasks
from training_loop.services.credentials import StaffCredentials
from training_loop.services.errors import ErrorInterceptor
from training_loop.services.review import ReviewPorts, ReviewService
from training_loop.staff import secret_tokens
from training_loop.training.project import NluProject
from training_loop.utterance import Utterance
from training_loop.v1 import review_pb2 as pb
from training_loop.v1 import review_pb2_grpc

UNDO_MS = 60
"""So short that clips settle at once."""
UNDO_LONG_MS = 10_000
CHECKS_NEVER = CheckRate(usual=0, early=0)


def shown(utterance: Utterance) -> DeidentifiedClip:
    """What a machine made of it; there is nothing to hide in these tests' requests."""
    words = utterance.heard.split()
    return DeidentifiedClip(
        pcm=utterance.pcm,
        level=Level.ALTERED_VOICE if utterance.pcm else Level.TRANSCRIPT_ONLY,
        text=utterance.heard,
        words=tuple(
            ShownWord(text=word, start_ms=number * 100, end_ms=number * 100 + 90)
            for number, word in enumerate(words)
        ),
        readings=tuple(reading.text for reading in utterance.alternatives),
        intent=utterance.intent,
        template=utterance.heard,
    )


async def offer_all(tasks: ReviewTasks, *, check: bool = False) -> int:
    """Everything that waits becomes a clip; how many."""
    offered = 0
    found = [item.source async for item in tasks.waiting()]
    for source in found:
        utterance = await tasks.with_audio(source)
        offered += await tasks.offer(source, shown(utterance), SampleReason.RANDOM, check=check)
    return offered


@dataclass(frozen=True, slots=True, kw_only=True)
class Seat:
    """A colleague at the console."""

    who: Colleague
    stub: Any = field(repr=False)

    async def call(self, method: str, request: Any) -> Any:
        """A unary method as this colleague."""
        return await getattr(self.stub, method)(request, metadata=bearer(self.token))

    def stream(self, method: str, request: Any) -> Any:
        return getattr(self.stub, method)(request, metadata=bearer(self.token))

    @property
    def token(self) -> str:
        return self.who.signed_in.token

    async def begin(self) -> None:
        await self.call("StartShift", pb.StartShiftRequest())

    async def lease(self) -> Any:
        return await self.call("LeaseTask", pb.LeaseTaskRequest())

    async def review(self, text: str, intent: str = "set_timer", **content: Any) -> str:
        """Leases the next clip and says this of it; the task's name."""
        lent = await self.lease()
        assert lent.outcome == pb.LeaseTaskResponse.LENT, lent.outcome
        await self.submit(lent.task.task, text, intent, **content)
        return str(lent.task.task)

    async def submit(self, task: str, text: str, intent: str = "set_timer", **content: Any) -> Any:
        said = pb.ReviewContent(**{"text": text, "intent": intent, "wake": True, **content})
        return await self.call(
            "SubmitReview", pb.SubmitReviewRequest(task=task, content=said, request_id=task[:16])
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class ReviewDesk:
    loop: Loop
    tasks: ReviewTasks
    reviewing: Reviewing
    office: Office
    channel: grpc.aio.Channel

    @property
    def stub(self) -> Any:
        return review_pb2_grpc.ReviewStub(self.channel)

    async def seat(self, role: Kind = Kind.REVIEWER) -> Seat:
        """A new colleague; those who listen have begun their shift."""
        seat = Seat(who=await self.office.colleague(role), stub=self.stub)
        if role in (Kind.REVIEWER, Kind.ADJUDICATOR):
            await seat.begin()
        return seat

    async def clips(
        self, heard: Sequence[str], *, seconds: float = 0.3, check: bool = False
    ) -> str:
        """An account says this, and it is offered for review; returns the account."""
        account = await consenting_account(self.loop)
        pcm = random.Random(1).randbytes(int(seconds * 32_000) // 2 * 2)
        for words in heard:
            said = an_utterance(account, heard=words, pcm=pcm)
            await say(self.loop, account, replace(said, words=(), entities=()))
        assert await offer_all(self.tasks, check=check) == len(heard)
        return account

    async def settled(self, count: int) -> None:
        """Returns once so many clips were settled."""
        done = 0

        async def enough() -> bool:
            nonlocal done
            done += await self.tasks.settle_due()
            return done >= count

        await until(enough)


@asynccontextmanager
async def open_review_desk(
    loop: Loop, office: Office, settings: ReviewSettings | None = None, *, undo_ms: int = UNDO_MS
) -> AsyncIterator[ReviewDesk]:
    """The service over the wire; without settings there are no hidden checks."""
    tasks = ReviewTasks(
        *(loop.store, loop.vault, loop.blobs, loop.reads),
        settle=settle,
        observer=ReviewerRecords(loop.store),
        marker=ListenMarker(loop.vault),
        officers=OfficersKey(loop.settings.officers_key),
        tombstones=loop.tombstones,
        undo_ms=undo_ms,
    )
    reviewing = assemble_review(loop.store, loop.vault, tasks, settings or limited())
    ports = ReviewPorts.of(loop, reviewing, Ontology.read(NluProject.locate().domain))
    verifiers = {f"{secret_tokens.TOKEN_PREFIX}.": StaffCredentials(loop.staff.sessions)}
    server = grpc.aio.server(
        interceptors=[ErrorInterceptor(), AuthenticationInterceptor(verifiers, rule_table())]
    )
    review_pb2_grpc.add_ReviewServicer_to_server(ReviewService(ports), server)
    async with AsyncExitStack() as stack:
        port = server.add_insecure_port("127.0.0.1:0")
        await server.start()
        stack.push_async_callback(server.stop, None)
        channel = await stack.enter_async_context(grpc.aio.insecure_channel(f"127.0.0.1:{port}"))
        yield ReviewDesk(
            loop=loop, tasks=tasks, reviewing=reviewing, office=office, channel=channel
        )


def limited(**limits: Any) -> ReviewSettings:
    """Settings with these shift limits and no hidden checks."""
    return ReviewSettings(shift=ShiftLimits(**limits), checks=CHECKS_NEVER)
