"""Holds consents still for the moment in which something made of them is handed over."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from redis.asyncio import Redis

from training_loop.consent.reads import ReadGrant, Reads
from training_loop.datasets.uses import ByConsent
from training_loop.errors import StoreUnavailable
from training_loop.store import keys
from training_loop.store.script_runner import Scripts

HELD_MS = 10_000
"""The longest that an opt-out waits for a delivery whose process died."""
_USABLE = 0.75
_AT_ONCE = 64


class ConsentEnded(Exception):
    """Something of it may not be used any more."""


@asynccontextmanager
async def consents_held(store: Redis, reads: Reads, items: ByConsent) -> AsyncIterator[None]:
    """While it is open, an opt-out or erasure of any of the accounts waits.

    Raises ConsentEnded when one of the items may not be used any more, and StoreUnavailable when
    holding all of them takes too long to rely on; what is done inside must take a moment only.
    """
    began = time.monotonic()
    scripts = Scripts(store)
    grants: list[ReadGrant] = []
    consents = list(items)
    try:
        for first in range(0, len(consents), _AT_ONCE):
            some = consents[first : first + _AT_ONCE]
            opened = [reads.open(account) for account, _ in some]
            grants += opened
            held = await asyncio.gather(
                *(
                    scripts.run(
                        "hold_learning",
                        [keys.account(consent[0]), keys.read_grants(consent[0])],
                        [consent[1], grant.id, HELD_MS, *(ref.item for ref in items[consent])],
                    )
                    for consent, grant in zip(some, opened, strict=True)
                )
            )
            if not all(held):
                raise ConsentEnded
        if time.monotonic() - began > _USABLE * HELD_MS / 1000:
            raise StoreUnavailable("holding the consents takes longer than they may be relied on")
        yield
    finally:
        for first in range(0, len(grants), _AT_ONCE):
            await asyncio.gather(*(grant.end() for grant in grants[first : first + _AT_ONCE]))
