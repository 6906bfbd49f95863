"""The sound of a clip, a little ahead of who listens, and every play on record."""

from __future__ import annotations

import asyncio
import contextlib
import secrets
import time
from collections.abc import AsyncIterator
from typing import Protocol

from redis.asyncio import Redis

from training_loop.consent.policy import Purpose
from training_loop.consent.reads import ReadGrant, Reads
from training_loop.errors import StoreUnavailable
from training_loop.queue.intake import key_purpose
from training_loop.queue.record import StoredValue
from training_loop.review.clip_record import BYTES_PER_MS
from training_loop.review.lending import Lending, place_of
from training_loop.review.task import TaskState
from training_loop.review.task_errors import TaskWithdrawn, lost
from training_loop.review.task_name import Seat
from training_loop.store import keys
from training_loop.store.script_runner import Scripts, text
from training_loop.vault.blobs import BlobStore
from training_loop.vault.cipher import decrypt
from training_loop.vault.vault import Vault

LISTENS_REMEMBERED = 1000
CHUNK_MS = 100
PART_MS = 500
"""What is handed on under one look at the consent."""
AHEAD_MS = 1000
"""How far the sound may be ahead of somebody who listens at its own pace: what a player still has
when the consent ends."""


class Marker(Protocol):
    """Puts a mark into a clip that tells one listen from all others, and that nobody hears."""

    def mark(self, pcm: bytes, listen: str) -> bytes:
        """The clip with its mark, as long as before. Takes time: runs in a thread."""
        ...


class Unmarked:
    """For those who give nobody anything to hear."""

    def mark(self, pcm: bytes, listen: str) -> bytes:
        return pcm


class Listening:
    def __init__(
        self,
        store: Redis,
        vault: Vault,
        blobs: BlobStore,
        reads: Reads,
        lending: Lending,
        marker: Marker,
        *,
        ahead_ms: int = AHEAD_MS,
    ) -> None:
        self._vault = vault
        self._blobs = blobs
        self._reads = reads
        self._lending = lending
        self._marker = marker
        self._ahead_ms = ahead_ms
        self._scripts = Scripts(store)

    async def sound(self, staff: str, name: str, from_ms: int) -> AsyncIterator[bytes]:
        """Implements `ReviewTasks.sound`."""
        seat = self._lending.seat(staff, name)
        listen = secrets.token_hex(8)
        grant = self._reads.open(seat.account)
        heard_ms = 0
        try:
            pcm = await self._open(seat, listen, grant)
        except BaseException:
            await grant.end()
            raise
        if not pcm:
            await grant.end()
            return
        began = time.monotonic()
        try:
            at = max(0, from_ms) * BYTES_PER_MS
            while at < len(pcm):
                part = pcm[at : at + PART_MS * BYTES_PER_MS]
                if heard_ms:
                    await self._pace(began, heard_ms)
                    grant = self._reads.open(seat.account)
                    await self._look(seat, listen, grant, heard_ms)
                for start in range(0, len(part), CHUNK_MS * BYTES_PER_MS):
                    if not grant.usable:
                        grant = self._reads.open(seat.account)
                        await self._look(seat, listen, grant, heard_ms)
                    chunk = part[start : start + CHUNK_MS * BYTES_PER_MS]
                    heard_ms += len(chunk) // BYTES_PER_MS
                    yield chunk
                await grant.end()
                at += len(part)
        finally:
            await grant.end()
            await self._ended(seat, listen, heard_ms)

    async def _open(self, seat: Seat, listen: str, grant: ReadGrant) -> bytes:
        found = await self._hear(seat, listen, grant, 0, beginning=True)
        stored = StoredValue.read(found[1])
        if not stored.blob:
            return b""
        purpose = key_purpose(Purpose.LEARNING, seat.epoch)
        key = self._vault.unwrap(seat.account, purpose, found[2])
        try:
            sealed = await self._blobs.read(stored.blob)
        except FileNotFoundError as gone:
            raise TaskWithdrawn("the clip was withdrawn") from gone
        pcm = decrypt(key, sealed, place_of(seat).of("clip audio"))
        return await asyncio.to_thread(self._marker.mark, pcm, listen)

    async def _look(self, seat: Seat, listen: str, grant: ReadGrant, heard_ms: int) -> None:
        await self._hear(seat, listen, grant, heard_ms, beginning=False)

    async def _hear(
        self, seat: Seat, listen: str, grant: ReadGrant, heard_ms: int, *, beginning: bool
    ) -> list[bytes]:
        """Raises TaskWithdrawn and TaskExpired."""
        account = seat.account
        found = await self._scripts.run(
            "hear_clip",
            [keys.account(account), keys.read_grants(account), keys.listens(account)],
            [
                *(*self._lending.arguments(seat), self._lending.lease_ms),
                *(grant.id, self._reads.grant_ms, listen, heard_ms, LISTENS_REMEMBERED),
                str(int(beginning)),
            ],
        )
        state = TaskState(text(found[0]))
        if state is not TaskState.OPEN:
            raise lost(state)
        return list(found)

    async def _pace(self, began: float, heard_ms: int) -> None:
        ahead_s = heard_ms / 1000 - (time.monotonic() - began) - self._ahead_ms / 1000
        if ahead_s > 0:
            await asyncio.sleep(ahead_s)

    async def _ended(self, seat: Seat, listen: str, heard_ms: int) -> None:
        """Where it cannot be noted now, the length noted with the last part stands."""
        with contextlib.suppress(StoreUnavailable):
            await self._scripts.run(
                "end_listen",
                [keys.account(seat.account), keys.listens(seat.account)],
                [seat.item, self._vault.pseudonym(seat.staff), listen, heard_ms],
            )
