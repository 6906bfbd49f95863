"""The sound of clips for those who review them, and every play on record."""

from __future__ import annotations

import asyncio
import contextlib
import secrets
from collections.abc import AsyncIterator
from typing import Protocol

from redis.asyncio import Redis

from training_loop.consent.policy import Purpose
from training_loop.consent.reads import ReadGrant, Reads
from training_loop.errors import StoreUnavailable
from training_loop.queue.intake import key_purpose
from training_loop.queue.record import StoredValue
from training_loop.review.lending import Lending, place_of
from training_loop.review.play import AHEAD_MS, played
from training_loop.review.task import TaskState
from training_loop.review.task_errors import TaskWithdrawn, lost
from training_loop.review.task_name import Seat
from training_loop.store import keys
from training_loop.store.script_runner import Scripts, text
from training_loop.vault.blobs import BlobStore
from training_loop.vault.cipher import decrypt
from training_loop.vault.vault import Vault

LISTENS_REMEMBERED = 1000


class Marker(Protocol):
    """Puts a mark into a clip that tells one listen from all others, and that nobody hears."""

    def mark(self, pcm: bytes, listen: str) -> bytes:
        """The clip with its mark, as long as before; `listen` has 16 hexadecimal digits and stands
        in the audit log. Takes time: runs in a thread."""
        ...


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
        self.vault = vault
        self.blobs = blobs
        self.reads = reads
        self.lending = lending
        self.marker = marker
        self.scripts = Scripts(store)
        self._ahead_ms = ahead_ms

    def sound(self, staff: str, name: str, from_ms: int) -> AsyncIterator[bytes]:
        """Implements `ReviewTasks.sound`."""
        play = _TaskPlay(self, self.lending.seat(staff, name))
        return played(play, self.reads, from_ms=from_ms, ahead_ms=self._ahead_ms)


class _TaskPlay:
    """A clip heard by who has it as a task."""

    def __init__(self, listening: Listening, seat: Seat) -> None:
        self.account = seat.account
        self._to = listening
        self._seat = seat
        self._listen = secrets.token_hex(8)

    async def begin(self, grant: ReadGrant) -> bytes:
        found = await self._hear(grant, 0, beginning=True)
        stored = StoredValue.read(found[1])
        if not stored.blob:
            return b""
        purpose = key_purpose(Purpose.LEARNING, self._seat.epoch)
        key = self._to.vault.unwrap(self.account, purpose, found[2])
        try:
            sealed = await self._to.blobs.read(stored.blob)
        except FileNotFoundError as gone:
            raise TaskWithdrawn("the clip was withdrawn") from gone
        pcm = decrypt(key, sealed, place_of(self._seat).of("clip audio"))
        return await asyncio.to_thread(self._to.marker.mark, pcm, self._listen)

    async def go_on(self, grant: ReadGrant, heard_ms: int) -> None:
        await self._hear(grant, heard_ms, beginning=False)

    async def end(self, heard_ms: int) -> None:
        who = self._to.vault.pseudonym(self._seat.staff)
        await note_end(self._to.scripts, self.account, self._seat.item, who, self._listen, heard_ms)

    async def _hear(self, grant: ReadGrant, heard_ms: int, *, beginning: bool) -> list[bytes]:
        """Raises TaskWithdrawn and TaskExpired."""
        found = await self._to.scripts.run(
            "hear_clip",
            [
                keys.account(self.account),
                keys.read_grants(self.account),
                keys.listens(self.account),
            ],
            [
                *(*self._to.lending.arguments(self._seat), self._to.lending.lease_ms),
                *(grant.id, self._to.reads.grant_ms, self._listen, heard_ms),
                *(LISTENS_REMEMBERED, str(int(beginning))),
            ],
        )
        state = TaskState(text(found[0]))
        if state is not TaskState.OPEN:
            raise lost(state)
        return list(found)


async def note_end(
    scripts: Scripts, account: str, item: str, who: str, listen: str, heard_ms: int
) -> None:
    """Where it cannot be noted now, the length that was noted with the last part stands."""
    with contextlib.suppress(StoreUnavailable):
        await scripts.run(
            "end_listen",
            [keys.account(account), keys.listens(account)],
            [item, who, listen, heard_ms],
        )
