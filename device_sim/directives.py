"""Timers, alarms and reminders as they reach a device."""

from __future__ import annotations

import asyncio
import contextlib
import random
from collections import OrderedDict
from collections.abc import AsyncGenerator
from typing import Final

import grpc

from assistant.v1 import devices_pb2, devices_pb2_grpc
from device_sim.backoff import Backoff
from device_sim.connection import bearer, stub
from device_sim.convert import directive_note
from device_sim.errors import call_failed
from device_sim.turn import DirectiveNote

_REMEMBERED: Final = 1000
_ACKNOWLEDGE_TIMEOUT_S: Final = 10.0


class DirectiveWatch:
    """Watches a device's directives over any number of connections.

    Each is acknowledged once the consumer comes back for the next one: what was not dealt with
    is delivered again. A directive that is delivered twice is seen once.
    """

    def __init__(
        self,
        channel: grpc.aio.Channel,
        token: str,
        *,
        backoff: Backoff = Backoff(),  # noqa: B008 - a frozen value
        seed: int | None = None,
    ) -> None:
        self._stub = stub(devices_pb2_grpc.DevicesStub, channel)
        self._metadata = bearer(token)
        self._backoff = backoff
        self._chance = random.Random(seed)  # noqa: S311 - spreads reconnections
        self._done: OrderedDict[str, None] = OrderedDict()
        self.connections = 0
        """How many streams have been opened so far."""

    async def directives(self) -> AsyncGenerator[DirectiveNote]:
        """Endless. Raises CallFailed for what does not pass, such as a refused credential."""
        delays = self._backoff.delays(self._chance)
        while True:
            self.connections += 1
            try:
                async with contextlib.aclosing(self._one_connection()) as notes:
                    async for note in notes:
                        delays = self._backoff.delays(self._chance)
                        yield note
            except grpc.aio.AioRpcError as error:
                failure = call_failed(error)
                if not failure.is_passing:
                    raise failure from error
            await asyncio.sleep(next(delays))

    async def _one_connection(self) -> AsyncGenerator[DirectiveNote]:
        call = self._stub.WatchDirectives(
            devices_pb2.WatchDirectivesRequest(), metadata=self._metadata
        )
        try:
            async for message in call:
                note = directive_note(message)
                if note.id not in self._done:
                    yield note
                    self._remember(note.id)
                await self._stub.AcknowledgeDirective(
                    devices_pb2.AcknowledgeDirectiveRequest(id=note.id),
                    metadata=self._metadata,
                    timeout=_ACKNOWLEDGE_TIMEOUT_S,
                )
        finally:
            call.cancel()

    def _remember(self, directive_id: str) -> None:
        self._done[directive_id] = None
        if len(self._done) > _REMEMBERED:
            self._done.popitem(last=False)
