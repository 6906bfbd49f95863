"""Telling those who wait in this process that something of a device changed."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from typing import Final

_MOST_DEVICES: Final = 50_000


class DeviceChanges:
    """A change that comes while nobody waits ends the next wait at once.

    Beyond 50,000 devices the one that changed longest ago is forgotten: its next wait lasts to
    the timeout.
    """

    def __init__(self) -> None:
        self._events: OrderedDict[tuple[str, str], asyncio.Event] = OrderedDict()

    def tell(self, account: str, device: str) -> None:
        self._event(account, device).set()

    async def wait(self, account: str, device: str, timeout_s: float) -> None:
        """Returns after a change, or after the timeout."""
        event = self._event(account, device)
        try:
            async with asyncio.timeout(timeout_s):
                await event.wait()
        except TimeoutError:
            return
        event.clear()

    def forget(self, account: str) -> None:
        for key in [key for key in self._events if key[0] == account]:
            self._events.pop(key).set()

    def _event(self, account: str, device: str) -> asyncio.Event:
        key = (account, device)
        event = self._events.setdefault(key, asyncio.Event())
        self._events.move_to_end(key)
        if len(self._events) > _MOST_DEVICES:
            self._events.popitem(last=False)
        return event
