"""How many streams there may be, and for how long."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from assistant import metrics
from assistant.errors import TooLong, TooManyStreams


class StreamTooLong(TooLong):
    code = "STREAM_TOO_LONG"
    hint = "Open a stream for each utterance."


@dataclass(frozen=True, slots=True, kw_only=True)
class StreamLimits:
    """`start_s`: for the first message; `stream_s`: for all of it."""

    streams: int = 1000
    streams_per_device: int = 4
    start_s: float = 30.0
    stream_s: float = 600.0


class StreamSlots:
    """Counts open streams, and refuses those beyond the limits."""

    def __init__(self, limits: StreamLimits) -> None:
        self._limits = limits
        self._open: Counter[str] = Counter()

    @contextmanager
    def taken(self, device: str) -> Iterator[None]:
        """Holds a slot for a device's stream; raises TooManyStreams."""
        if self._open.total() >= self._limits.streams:
            metrics.STREAMS_REFUSED.labels("streams").inc()
            raise TooManyStreams("The server holds as many streams as it can.")
        if self._open[device] >= self._limits.streams_per_device:
            metrics.STREAMS_REFUSED.labels("streams_per_device").inc()
            raise TooManyStreams("This device holds as many streams as it may.")
        self._open[device] += 1
        metrics.OPEN_STREAMS.inc()
        try:
            yield
        finally:
            metrics.OPEN_STREAMS.dec()
            self._open[device] -= 1
            if not self._open[device]:
                del self._open[device]


async def end_after(seconds: float) -> None:
    """Raises StreamTooLong after that time."""
    await asyncio.sleep(seconds)
    raise StreamTooLong(f"The stream was open for more than {seconds:g} seconds.")
