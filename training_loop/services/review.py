"""The Review service: tasks for those who listen, figures for those who watch over it."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import dataclass
from typing import Any

from training_loop.access import Kind, principal
from training_loop.loop import Loop
from training_loop.review.assembly import Reviewing
from training_loop.review.cases import SafetyCases
from training_loop.review.insight import ReviewInsight
from training_loop.review.ontology import Ontology
from training_loop.review.review_room import ReviewRoom
from training_loop.review.task import Stage, TaskState
from training_loop.services import convert_figures
from training_loop.services import convert_review as convert
from training_loop.services.fields import identifier
from training_loop.services.review_cases import CaseCalls
from training_loop.services.streams import StaffStreams, chunks_of, until_ended
from training_loop.staff.sessions import Sessions
from training_loop.v1 import review_pb2 as pb

WATCH_EVERY_S = 0.5
"""How soon a withdrawal ends an open clip."""
LONGEST_WATCH_S = 1800.0
"""A task is not held open for ever by a page that was left open."""

_RENEW_EVERY_S = 30.0

Context = Any


@dataclass(frozen=True, slots=True, kw_only=True)
class ReviewPorts:
    room: ReviewRoom
    cases: SafetyCases
    insight: ReviewInsight
    ontology: Ontology
    sessions: Sessions
    help: str

    @staticmethod
    def of(loop: Loop, reviewing: Reviewing, ontology: Ontology) -> ReviewPorts:
        return ReviewPorts(
            room=reviewing.room,
            cases=loop.cases,
            insight=reviewing.insight,
            ontology=ontology,
            sessions=loop.staff.sessions,
            help=reviewing.settings.help,
        )


class ReviewService(CaseCalls):
    """Each call acts for the member of staff who is signed in; the rules say who may make it."""

    def __init__(self, ports: ReviewPorts) -> None:
        self._ports = ports
        self._room = ports.room
        self._streams = StaffStreams()
        super().__init__(ports.cases, ports.sessions, self._streams)

    async def LeaseTask(  # noqa: N802
        self, request: pb.LeaseTaskRequest, context: Context
    ) -> pb.LeaseTaskResponse:
        caller = principal()
        stage = Stage.ADJUDICATION if caller.kind is Kind.ADJUDICATOR else Stage.REVIEW
        lent = await self._room.lease(
            caller.staff, stage, request_id=convert.request_id(request.request_id)
        )
        return convert.lent_message(lent)

    async def StreamClip(  # noqa: N802
        self, request: pb.StreamClipRequest, context: Context
    ) -> AsyncGenerator[pb.ClipChunk]:
        caller = principal()
        name, begin_ms = convert.task_name(request.task), convert.from_ms(request)
        with self._streams.taken(caller.staff):
            sound = self._room.tasks.sound(caller.staff, name, begin_ms)
            async for chunk in chunks_of(sound, self._ports.sessions.ended(caller)):
                yield chunk

    async def WatchTask(  # noqa: N802
        self, request: pb.WatchTaskRequest, context: Context
    ) -> AsyncGenerator[pb.TaskStatus]:
        caller = principal()
        name = convert.task_name(request.task)
        with self._streams.taken(caller.staff):
            states = until_ended(
                self._states(caller.staff, name), self._ports.sessions.ended(caller)
            )
            async with aclosing(states):
                async for status in states:
                    yield status

    async def SubmitReview(  # noqa: N802
        self, request: pb.SubmitReviewRequest, context: Context
    ) -> pb.SubmitReviewResponse:
        left_s = await self._room.submit(
            principal().staff,
            convert.task_name(request.task),
            convert.opinion(request.content, self._ports.ontology),
            request_id=convert.request_id(request.request_id),
        )
        return pb.SubmitReviewResponse(undo_left=convert.duration(left_s))

    async def UndoReview(  # noqa: N802
        self, request: pb.UndoReviewRequest, context: Context
    ) -> pb.ReviewTask:
        task = await self._room.undo(principal().staff, convert.task_name(request.task))
        return convert.task_message(task)

    async def SkipTask(  # noqa: N802
        self, request: pb.SkipTaskRequest, context: Context
    ) -> pb.SkipTaskResponse:
        left_s = await self._room.skip(principal().staff, convert.task_name(request.task))
        return pb.SkipTaskResponse(undo_left=convert.duration(left_s))

    async def ReportClip(  # noqa: N802
        self, request: pb.ReportClipRequest, context: Context
    ) -> pb.ReportClipResponse:
        reference = await self._room.report(
            principal().staff,
            convert.task_name(request.task),
            convert.clip_report(request.report),
            request_id=convert.request_id(request.request_id),
        )
        return pb.ReportClipResponse(case_reference=reference, deleted=not reference)

    async def StartShift(  # noqa: N802
        self, request: pb.StartShiftRequest, context: Context
    ) -> pb.Shift:
        text_first = request.text_first if request.HasField("text_first") else None
        await self._room.shifts.start(principal().staff, text_first=text_first)
        return await self._shift()

    async def GetMyShift(  # noqa: N802
        self, request: pb.GetMyShiftRequest, context: Context
    ) -> pb.Shift:
        return await self._shift()

    async def GetOntology(  # noqa: N802
        self, request: pb.GetOntologyRequest, context: Context
    ) -> pb.Ontology:
        return convert.ontology_message(self._ports.ontology)

    async def GetReviewStatistics(  # noqa: N802
        self, request: pb.GetReviewStatisticsRequest, context: Context
    ) -> pb.ReviewStatistics:
        return convert_figures.statistics_message(await self._ports.insight.statistics())

    async def ReleaseReviewer(  # noqa: N802
        self, request: pb.ReleaseReviewerRequest, context: Context
    ) -> pb.ReviewerStatistics:
        pseudonym = identifier("pseudonym", request.pseudonym)
        return convert_figures.reviewer_message(await self._ports.insight.release(pseudonym))

    async def GetSamplingReport(  # noqa: N802
        self, request: pb.GetSamplingReportRequest, context: Context
    ) -> pb.SamplingReport:
        return convert_figures.round_message(await self._ports.insight.latest_round())

    async def GetTransparencyFigures(  # noqa: N802
        self, request: pb.GetTransparencyFiguresRequest, context: Context
    ) -> pb.TransparencyFigures:
        return convert_figures.transparency_message(await self._ports.insight.transparency())

    async def _states(self, staff: str, name: str) -> AsyncGenerator[pb.TaskStatus]:
        """Renews an open task now and then; ends with the task, or when it was watched too long."""
        tasks, before = self._room.tasks, None
        began = renewed = time.monotonic()
        while time.monotonic() < began + LONGEST_WATCH_S:
            state, left_s = await tasks.get(staff, name)
            if state is TaskState.OPEN and time.monotonic() >= renewed + _RENEW_EVERY_S:
                left_s, renewed = await tasks.renew(staff, name), time.monotonic()
            if state is not before:
                yield convert.status_message(state, left_s)
            if state not in (TaskState.OPEN, TaskState.UNDOABLE):
                return
            before = state
            await asyncio.sleep(WATCH_EVERY_S)

    async def _shift(self) -> pb.Shift:
        staff = principal().staff
        found, record, cases = await asyncio.gather(
            self._room.shifts.now(staff),
            self._room.records.of(staff),
            self._ports.cases.of(staff),
        )
        return convert.shift_message(found, record, help_=self._ports.help, cases=cases)
