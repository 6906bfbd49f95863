"""The gRPC service `Assistant`."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from dataclasses import dataclass
from typing import Any

from assistant import metrics
from assistant.conversation.ports import TurnPorts
from assistant.conversation.report import Report
from assistant.conversation.turn import Turn, TurnEvent
from assistant.errors import BadRequest
from assistant.hearing.decode_pool import HearingStream
from assistant.services import convert
from assistant.services.guard import while_unharmed
from assistant.services.limits import StreamLimits, StreamSlots, end_after
from assistant.v1 import assistant_pb2 as pb
from assistant.v1 import assistant_pb2_grpc
from training_loop.access import Principal, principal
from training_loop.errors import Unauthenticated

MAXIMUM_CHUNK_BYTES = 64 * 1024

OpenHearing = Callable[[convert.SpokenStart], HearingStream]
"""Attaches ears to a stream."""


class _Cancelled(Exception):
    """The device wants this utterance forgotten."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AssistantPorts:
    turn: TurnPorts
    hearing: OpenHearing
    revoked: Callable[[Principal], Any]
    """An awaitable that returns once the caller's credential has been revoked."""
    ended: Callable[[Report], None] = metrics.observe
    """Is told of every turn that ends."""


class AssistantService(assistant_pb2_grpc.AssistantServicer):
    """Turns streams of audio into answers. All errors are EarmarkErrors; interceptors map them."""

    def __init__(self, ports: AssistantPorts, limits: StreamLimits) -> None:
        self._ports = ports
        self._limits = limits
        self._slots = StreamSlots(limits)

    async def Converse(  # noqa: N802
        self, request_iterator: AsyncIterator[pb.ConverseRequest], context: object
    ) -> AsyncGenerator[pb.ConverseResponse]:
        caller = principal()
        with self._slots.taken(caller.device):
            start = await self._start(request_iterator, caller)
            hearing = self._ports.hearing(start)
            try:
                async for message in self._converse(request_iterator, start, hearing, caller):
                    yield message
            finally:
                await hearing.aclose()

    async def Interpret(  # noqa: N802
        self, request: pb.InterpretRequest, context: object
    ) -> AsyncGenerator[pb.ConverseResponse]:
        caller = principal()
        with self._slots.taken(caller.device):
            turn = Turn(convert.opening(request, caller), self._ports.turn)
            async for event in self._guarded(turn.text(request.text), caller):
                if (message := convert.response(event)) is not None:
                    yield message

    async def _start(
        self, requests: AsyncIterator[pb.ConverseRequest], caller: Principal
    ) -> convert.SpokenStart:
        first = await self._first(requests)
        if first is None or first.WhichOneof("request") != "start":
            raise BadRequest(
                "START_MISSING",
                "The stream's first message must be `start`.",
                "Send `start` with the audio format before any audio.",
            )
        return convert.spoken_start(first.start, caller)

    async def _first(
        self, requests: AsyncIterator[pb.ConverseRequest]
    ) -> pb.ConverseRequest | None:
        """None when nothing came in time."""
        try:
            async with asyncio.timeout(self._limits.start_s):
                return await anext(requests, None)
        except TimeoutError:
            return None

    async def _converse(
        self,
        requests: AsyncIterator[pb.ConverseRequest],
        start: convert.SpokenStart,
        hearing: HearingStream,
        caller: Principal,
    ) -> AsyncGenerator[pb.ConverseResponse]:
        turn = Turn(start.opening, self._ports.turn)
        taking_in = asyncio.create_task(_take_in(requests, hearing))
        try:
            async for event in self._guarded(turn.speech(hearing.events()), caller, taking_in):
                if (message := convert.response(event)) is not None:
                    yield message
        except _Cancelled:
            await turn.forget()
            report = turn.cancelled()
            self._ports.ended(report)
            yield convert.cancelled_capture()
            yield convert.report_message(report)

    async def _guarded(
        self, events: AsyncIterator[TurnEvent], caller: Principal, *guards: asyncio.Task[None]
    ) -> AsyncGenerator[TurnEvent]:
        limit = asyncio.create_task(end_after(self._limits.stream_s))
        revoked = asyncio.create_task(self._until_revoked(caller))
        async for event in while_unharmed(events, limit, revoked, *guards):
            if isinstance(event, Report):
                self._ports.ended(event)
            yield event

    async def _until_revoked(self, caller: Principal) -> None:
        await self._ports.revoked(caller)
        raise Unauthenticated("the device was unpaired while it spoke")


async def _take_in(requests: AsyncIterator[pb.ConverseRequest], hearing: HearingStream) -> None:
    """Feeds the stream's audio until it ends; raises for anything that breaks the contract."""
    async for request in requests:
        match request.WhichOneof("request"):
            case "audio":
                if len(request.audio) > MAXIMUM_CHUNK_BYTES:
                    raise BadRequest(
                        "CHUNK_TOO_LARGE",
                        "An audio message is too large.",
                        f"Send at most {MAXIMUM_CHUNK_BYTES} bytes a message.",
                    )
                await hearing.feed(request.audio)
            case "end_of_audio":
                await hearing.finish()
            case "cancel":
                raise _Cancelled
            case "start":
                raise BadRequest("START_REPEATED", "`start` was sent twice in one stream.")
            case _:
                raise BadRequest("EMPTY_MESSAGE", "A message without content was sent.")
    await hearing.finish()
