"""Numbers that are counted in memory and told to the store now and then."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable

from training_loop.errors import StoreUnavailable

_log = logging.getLogger(__name__)


async def keep_telling(tell: Callable[[], Awaitable[None]], every_s: float, what: str) -> None:
    """Tells until it is cancelled, and a last time then. While the store is away `what` waits, and
    the log says so: `tell` raises StoreUnavailable and keeps what it could not tell."""
    try:
        while True:
            await asyncio.sleep(every_s)
            await _try(tell, what)
    finally:
        await _try(tell, what)


async def _try(tell: Callable[[], Awaitable[None]], what: str) -> None:
    try:
        await tell()
    except StoreUnavailable:
        _log.warning("%s waits for the store", what)
