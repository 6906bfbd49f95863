"""What a connected device is told, and when."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import AsyncGenerator, Iterator
from contextlib import contextmanager

from assistant.errors import TooLong
from assistant.services.directives import Directives, DueEntry
from training_loop.access import Principal

LONGEST_WAIT_S = 5.0
"""So long until a change that another process made is seen."""


class TooManyWatches(TooLong):
    """A device watches on more connections than it may."""

    code = "TOO_MANY_WATCHES"
    hint = "Close the other connections of this device first."


class WatchSlots:
    """Counts the open watches of each device."""

    def __init__(self, most: int = 4) -> None:
        self._most = most
        self._open: Counter[str] = Counter()

    @contextmanager
    def taken(self, device: str) -> Iterator[None]:
        """Raises TooManyWatches."""
        if self._open[device] >= self._most:
            raise TooManyWatches("the device watches on too many connections")
        self._open[device] += 1
        try:
            yield
        finally:
            self._open[device] -= 1
            if not self._open[device]:
                del self._open[device]


async def due_entries(directives: Directives, caller: Principal) -> AsyncGenerator[DueEntry]:
    """Each entry once as it becomes due, for ever. A new call begins with all that is due."""
    delivered: dict[str, float] = {}
    while True:
        now_s = time.time()
        entries = await directives.due(caller.account, caller.device, now_s)
        fresh = [e for e in entries if delivered.get(e.entry_id) != e.ring.due_at_s]
        delivered = {e.entry_id: e.ring.due_at_s for e in entries}
        for entry in fresh:
            yield entry
        next_s = await directives.next_due_s(caller.account, caller.device, now_s)
        wait_s = LONGEST_WAIT_S if next_s is None else max(0.0, next_s - time.time())
        await directives.changed(caller.account, caller.device, min(wait_s, LONGEST_WAIT_S))
