"""The part of the Review service that is for safety officers."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from typing import Any

from training_loop.access import principal
from training_loop.review.cases import SafetyCases
from training_loop.services import convert_cases as convert
from training_loop.services.convert_review import request_id
from training_loop.services.fields import identifier
from training_loop.services.streams import StaffStreams, chunks_of
from training_loop.staff.sessions import Sessions
from training_loop.v1 import review_pb2 as pb
from training_loop.v1 import review_pb2_grpc

Context = Any


class CaseCalls(review_pb2_grpc.ReviewServicer):
    """Cases are listed without their clips; a clip is for the officer who has taken the case."""

    def __init__(self, cases: SafetyCases, sessions: Sessions, streams: StaffStreams) -> None:
        self._cases = cases
        self._sessions = sessions
        self._streams = streams

    async def ListCases(  # noqa: N802
        self, request: pb.ListCasesRequest, context: Context
    ) -> pb.ListCasesResponse:
        return convert.cases_message(await self._cases.list())

    async def TakeCase(  # noqa: N802
        self, request: pb.TakeCaseRequest, context: Context
    ) -> pb.SafetyCase:
        reference = identifier("case_reference", request.case_reference)
        return convert.case_message(await self._cases.take(principal().staff, reference))

    async def StreamCaseClip(  # noqa: N802
        self, request: pb.StreamCaseClipRequest, context: Context
    ) -> AsyncGenerator[pb.ClipChunk]:
        caller = principal()
        reference = identifier("case_reference", request.case_reference)
        with self._streams.taken(caller.staff):
            sound = self._cases.sound(caller.staff, reference)
            async for chunk in chunks_of(sound, self._sessions.ended(caller)):
                yield chunk

    async def CloseCase(  # noqa: N802
        self, request: pb.CloseCaseRequest, context: Context
    ) -> pb.SafetyCase:
        request_id(request.request_id)  # closing twice changes nothing, whatever its id
        reference = identifier("case_reference", request.case_reference)
        chosen = convert.disposition(request.disposition)
        return convert.case_message(await self._cases.close(principal().staff, reference, chosen))
