"""The Operations service: what the auditor found, and the log of what was done."""

from __future__ import annotations

from typing import Any

from training_loop.audit.browsing import AuditBrowser
from training_loop.audit.verifying import AuditVerifier
from training_loop.auditor.last_rounds import LastRounds
from training_loop.loop import Loop
from training_loop.services import convert_operations as convert
from training_loop.services.fields import page_size, page_token
from training_loop.v1 import operations_pb2 as pb
from training_loop.v1 import operations_pb2_grpc

_DEFAULT_PAGE = 50
_LARGEST_PAGE = 200

Context = Any


class OperationsService(operations_pb2_grpc.OperationsServicer):
    """Shows counts, pseudonyms and stable words; changes nothing."""

    def __init__(self, rounds: LastRounds, verifier: AuditVerifier, browser: AuditBrowser) -> None:
        self._rounds = rounds
        self._verifier = verifier
        self._browser = browser

    @staticmethod
    def of(loop: Loop) -> OperationsService:
        return OperationsService(
            LastRounds(loop.store),
            AuditVerifier(loop.audit, loop.notary, loop.audit_sealer.alarm),
            AuditBrowser(loop.store),
        )

    async def GetAuditorState(  # noqa: N802
        self, request: pb.GetAuditorStateRequest, context: Context
    ) -> pb.AuditorState:
        ended = await self._rounds.newest_first()
        return pb.AuditorState(rounds=map(convert.round_message, ended))

    async def GetAuditLogState(  # noqa: N802
        self, request: pb.GetAuditLogStateRequest, context: Context
    ) -> pb.AuditLogState:
        return convert.log_state_message(await self._verifier.state())

    async def VerifyAuditLog(  # noqa: N802
        self, request: pb.VerifyAuditLogRequest, context: Context
    ) -> pb.AuditLogState:
        return convert.log_state_message(await self._verifier.verify())

    async def ListAuditEntries(  # noqa: N802
        self, request: pb.ListAuditEntriesRequest, context: Context
    ) -> pb.ListAuditEntriesResponse:
        page = await self._browser.page(
            convert.entry_filter(request),
            page_size(request.page_size, default=_DEFAULT_PAGE, most=_LARGEST_PAGE),
            page_token(request.page_token),
        )
        return convert.page_message(page)
