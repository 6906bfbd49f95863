"""Events that stop as soon as something goes wrong beside them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator
from typing import Any, TypeVar

Event = TypeVar("Event")


async def while_unharmed(
    events: AsyncIterator[Event], *guards: asyncio.Task[None]
) -> AsyncGenerator[Event]:
    """Yields `events` until they end; raises a guard's failure the moment it happens.

    A guard that returns is no longer watched. All guards are cancelled at the end.
    """
    watched = set(guards)
    step: asyncio.Future[Event] | None = None
    try:
        while True:
            step = asyncio.ensure_future(anext(events))
            while not step.done():
                await asyncio.wait({step, *watched}, return_when=asyncio.FIRST_COMPLETED)
                for guard in [guard for guard in watched if guard.done()]:
                    watched.discard(guard)
                    guard.result()
            try:
                event = step.result()
            except StopAsyncIteration:
                return
            yield event
    finally:
        await _end(*guards, *([step] if step else []))
        aclose = getattr(events, "aclose", None)
        if aclose is not None:
            await aclose()


async def _end(*futures: asyncio.Future[Any]) -> None:
    for future in futures:
        future.cancel()
    await asyncio.gather(*futures, return_exceptions=True)
