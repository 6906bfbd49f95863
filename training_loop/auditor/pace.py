"""Keeps the auditor from taking more of the store than it is given."""

from __future__ import annotations

import asyncio
import time

_BURST_S = 0.1


class Pace:
    """At most so many items a second, a burst of a tenth of a second aside."""

    def __init__(self, items_per_s: float) -> None:
        """0 for no bound."""
        self._items_per_s = items_per_s
        self._due_s = 0.0

    async def after(self, items: int) -> None:
        """Waits as long as so many items may take."""
        if not self._items_per_s:
            return
        now = time.monotonic()
        self._due_s = max(self._due_s, now - _BURST_S) + items / self._items_per_s
        if self._due_s > now:
            await asyncio.sleep(self._due_s - now)
