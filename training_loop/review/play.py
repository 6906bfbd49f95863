"""Sound that is handed on a little ahead of who listens, each part under a look at the consent."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncGenerator
from typing import Protocol

from training_loop.consent.reads import ReadGrant, Reads
from training_loop.review.clip_record import BYTES_PER_MS

CHUNK_MS = 100
PART_MS = 500
"""What is handed on under one look at the consent."""
AHEAD_MS = 1000
"""How far the sound may be ahead of somebody who listens at its own pace: what a player still has
when the consent ends."""


class Play(Protocol):
    """One listen. Its methods raise LeaseLost once nothing more may be heard."""

    @property
    def account(self) -> str: ...

    async def begin(self, grant: ReadGrant) -> bytes:
        """Notes that somebody listens; the sound, marked, or nothing where there is none."""
        ...

    async def go_on(self, grant: ReadGrant, heard_ms: int) -> None:
        """Asks whether more may be heard, and notes how much was."""
        ...

    async def end(self, heard_ms: int) -> None:
        """Notes how much was heard in the end."""
        ...


async def played(play: Play, reads: Reads, *, from_ms: int, ahead_ms: int) -> AsyncGenerator[bytes]:
    """Chunks of `CHUNK_MS`, each handed on while a read grant is open; between parts none is, so
    that a withdrawal never waits for a listener."""
    grant = reads.open(play.account)
    try:
        pcm = await play.begin(grant)
    except BaseException:
        await grant.end()
        raise
    if not pcm:
        await grant.end()
        return
    began, heard_ms = time.monotonic(), 0
    at = min(max(0, from_ms) * BYTES_PER_MS, len(pcm))
    try:
        while at < len(pcm):
            if heard_ms:
                await _pace(began, heard_ms, ahead_ms)
                grant = reads.open(play.account)
                await play.go_on(grant, heard_ms)
            part_end = min(at + PART_MS * BYTES_PER_MS, len(pcm))
            while at < part_end:
                if not grant.usable:  # whoever listens is slower than a consent may be relied on
                    grant = reads.open(play.account)
                    await play.go_on(grant, heard_ms)
                chunk = pcm[at : min(at + CHUNK_MS * BYTES_PER_MS, part_end)]
                at += len(chunk)
                heard_ms += len(chunk) // BYTES_PER_MS
                yield chunk
            await grant.end()
    finally:
        await grant.end()
        await play.end(heard_ms)


async def _pace(began: float, heard_ms: int, ahead_ms: int) -> None:
    ahead_s = (heard_ms - ahead_ms) / 1000 - (time.monotonic() - began)
    if ahead_s > 0:
        await asyncio.sleep(ahead_s)
