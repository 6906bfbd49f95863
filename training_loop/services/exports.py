"""The Exports service: what recipients of data sets have to delete, and what they confirm."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import Any

from training_loop.access import Kind, Principal, principal
from training_loop.datasets.exports.ledger import ExportLedger
from training_loop.datasets.exports.recipient_tokens import RecipientTokens
from training_loop.datasets.exports.record import (
    BY_OPERATOR,
    BY_RECIPIENT,
    Confirming,
    Standing,
    Tombstone,
)
from training_loop.errors import PermissionDenied
from training_loop.loop import Loop
from training_loop.services.fields import InvalidField, identifier, timestamp
from training_loop.services.streams import StaffStreams, until_ended
from training_loop.staff.staff import Staff
from training_loop.v1 import training_pb2 as pb
from training_loop.v1 import training_pb2_grpc

LOOK_EVERY_S = 10.0
_MOST_ITEMS = 1000
_OPERATOR = "operator"

Context = Any


class ExportsService(training_pb2_grpc.ExportsServicer):
    """Shows exports, their recipients and items under the exports' own names; no account. A
    recipient has to do with its own export alone."""

    def __init__(
        self,
        ledger: ExportLedger,
        recipients: RecipientTokens,
        staff: Staff,
        *,
        look_every_s: float = LOOK_EVERY_S,
    ) -> None:
        """`look_every_s`: how soon a stream that follows learns of a further tombstone."""
        self._ledger = ledger
        self._recipients = recipients
        self._staff = staff
        self._look_every_s = look_every_s
        self._streams = StaffStreams()

    @staticmethod
    def of(loop: Loop, *, look_every_s: float = LOOK_EVERY_S) -> ExportsService:
        exports = loop.exports
        return ExportsService(
            exports.ledger, exports.recipients, loop.staff, look_every_s=look_every_s
        )

    async def ListExports(  # noqa: N802
        self, request: pb.ListExportsRequest, context: Context
    ) -> pb.ListExportsResponse:
        await self._ledger.bury()
        now_s = time.time()
        records = await self._ledger.records()
        standings = [await self._ledger.standing(one.export, now_s) for one in records]
        return pb.ListExportsResponse(
            exports=[
                _export_message(one) for one in standings if one.overdue or not request.overdue_only
            ]
        )

    async def WatchTombstones(  # noqa: N802
        self, request: pb.WatchTombstonesRequest, context: Context
    ) -> AsyncGenerator[pb.Tombstone]:
        caller = principal()
        export = _export_of(caller, request.export)
        found = self._tombstones(caller, export, follow=request.follow)
        with self._streams.taken(caller.staff or caller.export or _OPERATOR):
            if caller.staff:
                found = until_ended(found, self._staff.sessions.ended(caller))
            async with aclosing(found) as tombstones:
                async for tombstone in tombstones:
                    yield _tombstone_message(tombstone)

    async def AcknowledgeTombstones(  # noqa: N802
        self, request: pb.AcknowledgeTombstonesRequest, context: Context
    ) -> pb.AcknowledgeTombstonesResponse:
        caller = principal()
        export = _export_of(caller, request.export)
        if not 1 <= len(request.items) <= _MOST_ITEMS:
            raise InvalidField("items", f"must be 1 to {_MOST_ITEMS}")
        items = [identifier("items", item) for item in request.items]
        return pb.AcknowledgeTombstonesResponse(
            acknowledged=await self._ledger.acknowledge(
                export, items, await self._confirming(caller)
            )
        )

    async def _confirming(self, caller: Principal) -> Confirming:
        if caller.kind is Kind.RECIPIENT:
            return BY_RECIPIENT
        if not caller.staff:
            return BY_OPERATOR
        member = await self._staff.members.get(caller.staff)
        return Confirming(actor=member.pseudonym, role=caller.kind.value)

    async def _tombstones(
        self, caller: Principal, export: str, *, follow: bool
    ) -> AsyncGenerator[Tombstone]:
        """Raises TokenEnded as soon as a recipient's token has."""
        told: set[str] = set()
        while True:
            if caller.export:
                await self._recipients.check(export, caller.session)
            await self._ledger.bury()
            for tombstone in await self._ledger.tombstones(export):
                if tombstone.item not in told:
                    told.add(tombstone.item)
                    yield tombstone
            if not follow:
                return
            await asyncio.sleep(self._look_every_s)


def _export_of(caller: Principal, export: str) -> str:
    """Raises InvalidField, and PermissionDenied for what a recipient has nothing to do with."""
    named = identifier("export", export)
    if caller.kind is Kind.RECIPIENT and named != caller.export:
        raise PermissionDenied("this token is for another export")
    return named


def _export_message(standing: Standing) -> pb.Export:
    record, since_s = standing.record, standing.overdue_since_s()
    return pb.Export(
        export=record.export,
        data_set=record.data_set,
        format=record.format.value,
        recipient=record.recipient,
        purpose=record.purpose,
        create_time=timestamp(record.created_at_s),
        expire_time=timestamp(record.expires_at_s),
        items=record.items,
        encrypted=record.encrypted,
        tombstones=standing.tombstones,
        overdue=standing.overdue,
        confirmed=standing.confirmed,
        confirmed_by_staff=standing.confirmed_by_staff,
        overdue_since_time=None if since_s is None else timestamp(since_s),
        closed=standing.closed,
    )


def _tombstone_message(tombstone: Tombstone) -> pb.Tombstone:
    return pb.Tombstone(
        export=tombstone.export,
        item=tombstone.item,
        since_time=timestamp(tombstone.since_s),
        due_time=timestamp(tombstone.due_at_s),
    )
