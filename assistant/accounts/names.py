"""Names that an account has given its devices, to be hidden from those who review."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable

from redis.asyncio import Redis

from assistant.accounts.devices import DeviceRegister
from training_loop.vault.sealer import Sealer

_WORD = re.compile(r"[^\W\d_]+")
_ORDINARY = frozenset(
    (
        *("a", "and", "at", "by", "in", "my", "of", "on", "our", "s", "the", "your"),
        *("attic", "basement", "bath", "bathroom", "bed", "bedroom", "cellar", "dining", "garage"),
        *("garden", "guest", "hall", "hallway", "home", "house", "kitchen", "living", "office"),
        *("room", "study", "terrace", "upstairs", "downstairs", "big", "small", "old", "new"),
        *("clock", "device", "display", "lamp", "light", "phone", "radio", "speaker", "tv"),
    )
)
"""Rooms and things: they tell nobody apart, and half of all requests name one."""


def device_names(store: Redis, sealer: Sealer) -> Callable[[str], Awaitable[frozenset[str]]]:
    """Tells an account's own words for its devices, lower case. Raises StoreUnavailable."""
    register = DeviceRegister(store, sealer)

    async def names(account: str) -> frozenset[str]:
        shown = [device.display_name.lower() for device in await register.list(account)]
        return frozenset(word for name in shown for word in _WORD.findall(name)) - _ORDINARY

    return names
