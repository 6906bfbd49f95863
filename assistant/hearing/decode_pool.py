"""Runs many listeners on few threads: asyncio at the edge, decoding in a bounded pool."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from assistant.errors import TooManyStreams
from assistant.hearing.events import Heard, HearingEvent, NothingHeard
from assistant.hearing.listener_port import Listener

_JOB_BYTES = 16_000
"""A job hears at most this much, half a second at 16 kHz, and goes to the back of the queue."""
_WORTH_A_JOB_BYTES = 1_600
"""Smaller chunks wait for the next, unless it was the last: 50 ms at 16 kHz."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PoolFigures:
    """What the pool is doing, and has done since it was made."""

    streams: int
    """Open streams."""
    running_jobs: int
    """Streams that have a job in the queue or on a thread."""
    refused_streams: int
    delayed_feeds: int
    """Chunks that had to wait because their stream's buffer was full."""
    failed_streams: int


class DecodePool:
    """At most one job per stream, first come first served: streams take turns.

    Attach and use it on one event loop. An idle stream costs its object and nothing else.
    """

    def __init__(
        self, *, threads: int = 2, most_streams: int = 1_000, buffered_bytes: int = 262_144
    ) -> None:
        self._executor = ThreadPoolExecutor(threads, thread_name_prefix="decode")
        self._most_streams = most_streams
        self._buffered_bytes = buffered_bytes
        self._streams: set[HearingStream] = set()
        self._refused = self._delayed = self._failed = self._running = 0

    @property
    def figures(self) -> PoolFigures:
        return PoolFigures(
            streams=len(self._streams),
            running_jobs=self._running,
            refused_streams=self._refused,
            delayed_feeds=self._delayed,
            failed_streams=self._failed,
        )

    def attach(self, listener: Listener) -> HearingStream:
        """Takes over `listener`: only the pool's threads touch it until it is closed.

        Raises TooManyStreams; the listener is closed then.
        """
        if len(self._streams) >= self._most_streams:
            self._refused += 1
            listener.close()
            raise TooManyStreams(f"{self._most_streams} streams are open.")
        stream = HearingStream(self, listener, self._buffered_bytes)
        self._streams.add(stream)
        return stream

    async def aclose(self) -> None:
        """Closes every stream, waits for jobs in progress and ends the threads."""
        await asyncio.gather(*(stream.aclose() for stream in list(self._streams)))
        self._executor.shutdown(wait=False)


class HearingStream:
    """One stream in the pool. Close it in every case: `async with` does."""

    def __init__(self, pool: DecodePool, listener: Listener, buffered_bytes: int) -> None:
        self._pool = pool
        self._listener = listener
        self._most_bytes = buffered_bytes
        self._chunks: deque[bytes] = deque()
        self._bytes = 0
        self._room = asyncio.Event()
        self._room.set()
        self._events: asyncio.Queue[HearingEvent | BaseException | None] = asyncio.Queue()
        self._finishing = self._finished = self._ended = self._closed = False
        self._job: asyncio.Future[Sequence[HearingEvent]] | None = None
        self._releasing: asyncio.Future[None] | None = None
        self._released = asyncio.Event()

    async def __aenter__(self) -> HearingStream:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.aclose()

    async def feed(self, audio: bytes) -> None:
        """Queues a chunk; waits while the stream's buffer is full.

        Ignored once the utterance has ended or failed: the device may send on for a moment.
        """
        if self._bytes and self._bytes + len(audio) > self._most_bytes:
            self._pool._delayed += 1
            while self._bytes and self._bytes + len(audio) > self._most_bytes and not self._over:
                self._room.clear()
                await self._room.wait()
        if self._over or self._finishing:
            return
        self._chunks.append(audio)
        self._bytes += len(audio)
        self._schedule()

    async def finish(self) -> None:
        """No more audio follows; `events` ends with `Heard` or `NothingHeard`."""
        if not self._over and not self._finishing:
            self._finishing = True
            self._schedule()

    async def events(self) -> AsyncIterator[HearingEvent]:
        """What was heard, as it is heard; ends after `Heard` or `NothingHeard`, or on `aclose`.

        Raises what the listener raised, such as BadRequest or RecognizersBusy. One reader.
        """
        while True:
            event = await self._events.get()
            if event is None:
                return
            if isinstance(event, BaseException):
                raise event
            yield event

    async def aclose(self) -> None:
        """Drops what is queued, waits for the running job and closes the listener.

        Safe to call twice; when cancelled, the running job still closes the listener.
        """
        self._closed = True
        self._drop()
        if self._job is None:
            self._release()
        await self._released.wait()

    @property
    def _over(self) -> bool:
        return self._ended or self._closed

    def _schedule(self) -> None:
        """Queues the next job, behind those of other streams."""
        due = self._finishing or self._bytes >= _WORTH_A_JOB_BYTES
        if due and self._job is None and not self._over:
            audio, last = self._next()
            self._pool._running += 1
            loop = asyncio.get_running_loop()
            self._job = loop.run_in_executor(self._pool._executor, self._hear, audio, last)
            self._job.add_done_callback(self._job_done)

    def _job_done(self, job: asyncio.Future[Sequence[HearingEvent]]) -> None:
        self._pool._running -= 1
        self._job = None
        failure = job.exception()
        if failure is None:
            self._publish(job.result())
        else:
            self._pool._failed += 1
            self._end(failure)
        if self._over:
            self._release()
        else:
            self._schedule()

    def _hear(self, audio: list[bytes], last: bool) -> Sequence[HearingEvent]:
        events = [event for chunk in audio for event in self._listener.hear(chunk)]
        if last:
            events += self._listener.finish()
        return events

    def _next(self) -> tuple[list[bytes], bool]:
        taken: list[bytes] = []
        size = 0
        while self._chunks and size < _JOB_BYTES:
            chunk = self._chunks.popleft()
            room = _JOB_BYTES - size
            if len(chunk) > room:
                self._chunks.appendleft(chunk[room:])
                chunk = chunk[:room]
            taken.append(chunk)
            size += len(chunk)
        self._bytes -= size
        self._room.set()
        self._finished = self._finishing and not self._chunks
        return taken, self._finished

    def _publish(self, events: Sequence[HearingEvent]) -> None:
        for event in events:
            self._events.put_nowait(event)
        if self._finished or any(isinstance(event, Heard | NothingHeard) for event in events):
            self._end(None)

    def _end(self, failure: BaseException | None) -> None:
        self._ended = True
        self._events.put_nowait(failure)
        self._drop()

    def _drop(self) -> None:
        self._chunks.clear()
        self._bytes = 0
        self._room.set()

    def _release(self) -> None:
        """Closes the listener on a thread: ending a recogniser's utterance takes time."""
        if self._releasing is None:
            loop = asyncio.get_running_loop()
            self._releasing = loop.run_in_executor(self._pool._executor, self._listener.close)
            self._releasing.add_done_callback(self._on_released)

    def _on_released(self, _: asyncio.Future[None]) -> None:
        self._pool._streams.discard(self)
        self._events.put_nowait(None)
        self._released.set()
