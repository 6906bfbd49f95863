"""Streams of members of staff: a few each, and over at once when the session is."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Iterator
from contextlib import aclosing, contextmanager
from typing import TypeVar

import grpc

from training_loop.errors import TrainingLoopError, Unauthenticated
from training_loop.v1 import review_pb2 as pb

STREAMS_A_MEMBER = 4
STREAMS = 400

Event = TypeVar("Event")


class TooManyStreams(TrainingLoopError):
    code = "TOO_MANY_STREAMS"
    status = grpc.StatusCode.RESOURCE_EXHAUSTED
    hint = "Close a stream first, or try again in a moment."


class SessionEnded(Unauthenticated):
    code = "SESSION_ENDED"
    hint = "Sign in again."


class StaffStreams:
    """Counts open streams, of each member and of all."""

    def __init__(self) -> None:
        self._open: Counter[str] = Counter()

    @contextmanager
    def taken(self, staff: str) -> Iterator[None]:
        """Raises TooManyStreams."""
        if self._open[staff] >= STREAMS_A_MEMBER or self._open.total() >= STREAMS:
            raise TooManyStreams("you hold as many streams as you may")
        self._open[staff] += 1
        try:
            yield
        finally:
            self._open[staff] -= 1
            if not self._open[staff]:
                del self._open[staff]


async def until_ended(
    events: AsyncIterator[Event], ended: Awaitable[None]
) -> AsyncGenerator[Event]:
    """Yields `events` until they end; raises SessionEnded the moment `ended` returns."""
    ending = asyncio.ensure_future(ended)
    step: asyncio.Future[Event] | None = None
    try:
        while True:
            step = asyncio.ensure_future(anext(events))
            await asyncio.wait({step, ending}, return_when=asyncio.FIRST_COMPLETED)
            if ending.done():
                ending.result()
                raise SessionEnded("the session has ended")
            try:
                event = step.result()
            except StopAsyncIteration:
                return
            yield event
    finally:
        await _cancelled(ending)
        if step is not None:
            await _cancelled(step)
        aclose = getattr(events, "aclose", None)
        if aclose is not None:
            await aclose()


async def chunks_of(
    sound: AsyncIterator[bytes], ended: Awaitable[None]
) -> AsyncGenerator[pb.ClipChunk]:
    """The sound of a clip as messages; see `until_ended`."""
    async with aclosing(until_ended(sound, ended)) as chunks:
        async for pcm in chunks:
            yield pb.ClipChunk(pcm=pcm)


async def _cancelled(future: asyncio.Future[Event] | asyncio.Future[None]) -> None:
    future.cancel()
    await asyncio.gather(future, return_exceptions=True)
