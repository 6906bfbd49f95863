"""Cases of the safety officers: listed, taken, heard, closed."""

from __future__ import annotations

import asyncio
import base64
import contextlib
import json
import secrets
from collections.abc import AsyncIterator, Mapping, Sequence
from typing import Any

from redis.asyncio import Redis

from training_loop.consent.policy import Purpose
from training_loop.consent.reads import ReadGrant, Reads
from training_loop.queue.intake import key_purpose
from training_loop.queue.record import Place, StoredValue
from training_loop.review.case import (
    CaseNotYours,
    CaseState,
    CaseUnknown,
    Disposition,
    SafetyCase,
)
from training_loop.review.clip_record import clip_of
from training_loop.review.listening import LISTENS_REMEMBERED, Marker, note_end
from training_loop.review.offering import place_of
from training_loop.review.officers_key import OfficersKey
from training_loop.review.play import AHEAD_MS, played
from training_loop.review.task import ClipReport, DeidentifiedClip, SourceItem
from training_loop.review.task_errors import TaskWithdrawn
from training_loop.store import keys
from training_loop.store.client import store_errors
from training_loop.store.script_runner import Scripts, text
from training_loop.vault.blobs import BlobStore
from training_loop.vault.cipher import decrypt
from training_loop.vault.errors import BlobsUnavailable
from training_loop.vault.vault import Vault

MOST_LISTED = 200
_REMEMBERED_S = 600


class SafetyCases:
    """Every method raises StoreUnavailable; those with a case raise CaseUnknown, CaseNotYours for
    one that the officer has not taken, and OfficersKeyRefused where the officers' key is not here.
    """

    def __init__(
        self,
        store: Redis,
        vault: Vault,
        blobs: BlobStore,
        reads: Reads,
        officers: OfficersKey,
        marker: Marker,
        *,
        ahead_ms: int = AHEAD_MS,
    ) -> None:
        self.vault = vault
        self.blobs = blobs
        self.reads = reads
        self.officers = officers
        self.marker = marker
        self.scripts = Scripts(store)
        self._store = store
        self._ahead_ms = ahead_ms

    async def list(self) -> tuple[SafetyCase, ...]:
        """Those that are not closed, the most urgent first; at most `MOST_LISTED`."""
        cases = await self._all()
        urgent = sorted(cases, key=lambda case: (case.state is CaseState.TAKEN, case.due_at_s))
        return tuple(urgent[:MOST_LISTED])

    async def of(self, staff: str) -> tuple[int, int]:
        """How many of the clips that a member handed on still wait, and how many somebody took."""
        states = [case.state for case in await self._all() if case.reporter == staff]
        waiting = states.count(CaseState.WAITING)
        with store_errors():
            async with self._store.pipeline(transaction=False) as pipeline:
                for shard in keys.all_shards():
                    pipeline.hget(keys.review_counts(shard), f"closed_of {staff}")
                closed = sum(int(count or 0) for count in await pipeline.execute())
        return waiting, len(states) - waiting + closed

    async def take(self, staff: str, reference: str) -> SafetyCase:
        """With its clip. Again for an officer who has it."""
        source = await self._open(reference)
        grant = self.reads.open(source.account)
        try:
            found = await self.opened(source, staff, grant, take=True)
            fields = _json(found[1]) | {"now": int(found[3])}
            sealed = base64.b64decode(fields["sealed"])
            place = place_of(source)
            content = decrypt(self.key(source, found[2]), sealed, place.of("case"))
            written = await asyncio.to_thread(self.officers.unseal, content, place.of("case"))
        finally:
            grant.end_soon()
        if not grant.usable:
            raise CaseUnknown("reading took longer than a consent may be relied on")
        record = clip_of(written)
        return _case(fields, record.clip, record.clip_ms)

    def sound(self, staff: str, reference: str) -> AsyncIterator[bytes]:
        """The clip of a case that the officer has taken, like `ReviewTasks.sound`."""
        return self._sound(staff, reference)

    async def _sound(self, staff: str, reference: str) -> AsyncIterator[bytes]:
        play = _CasePlay(self, await self._open(reference), staff)
        async with contextlib.aclosing(
            played(play, self.reads, from_ms=0, ahead_ms=self._ahead_ms)
        ) as chunks:
            async for chunk in chunks:
                yield chunk

    async def close(self, staff: str, reference: str, disposition: Disposition) -> SafetyCase:
        """The clip, and what it was made from, are deleted. Closing twice changes nothing."""
        source = await self._find(reference)
        if isinstance(source, SafetyCase):
            return source
        found = await self.scripts.run(
            "close_case",
            [keys.account(source.account)],
            [*self.arguments(source, staff), disposition.value, _REMEMBERED_S],
        )
        _check(found)
        for blob in found[2:]:
            with contextlib.suppress(BlobsUnavailable):  # condemned: the sweep tries again
                await self.blobs.remove(text(blob))
        return _case(json.loads(found[1]))

    def arguments(self, source: SourceItem, staff: str) -> Sequence[str | int]:
        """What scripts about a case begin with."""
        who = self.vault.pseudonym(staff)
        return [source.account, source.item, source.epoch, source.review_epoch, who, staff]

    def key(self, source: SourceItem, wrapped: bytes) -> bytes:
        purpose = key_purpose(Purpose.LEARNING, source.epoch)
        return self.vault.unwrap(source.account, purpose, wrapped)

    async def opened(
        self,
        source: SourceItem,
        staff: str,
        grant: ReadGrant,
        *,
        take: bool,
        listen: str = "",
        heard_ms: int = 0,
    ) -> Sequence[bytes]:
        """The case's value, wrapped key and the store's time after its state."""
        account = source.account
        found = await self.scripts.run(
            "open_case",
            [keys.account(account), keys.read_grants(account), keys.listens(account)],
            [
                *(*self.arguments(source, staff), str(int(take)), grant.id, self.reads.grant_ms),
                *(listen, heard_ms, LISTENS_REMEMBERED),
            ],
        )
        _check(found)
        return tuple(found)

    async def _all(self) -> tuple[SafetyCase, ...]:
        found = await self.scripts.run_each(
            "list_cases",
            [(keys.case_accounts(shard),) for shard in keys.all_shards()],
            [MOST_LISTED],
        )
        return tuple(_case(json.loads(case)) for shard in found for case in shard)

    async def _open(self, reference: str) -> SourceItem:
        source = await self._find(reference)
        if isinstance(source, SafetyCase):
            raise CaseUnknown("the case is closed")
        return source

    async def _find(self, reference: str) -> SourceItem | SafetyCase:
        """Whose it is; or the case itself, when it was closed lately."""
        found = await self.scripts.run_each(
            "find_case",
            [(keys.case_accounts(shard),) for shard in keys.all_shards()],
            [reference],
        )
        for owner in found:
            if len(owner) == 1:
                return _case(json.loads(owner[0]))
            if owner:
                account, item, epoch, review_epoch = map(text, owner)
                return SourceItem(
                    account=account, item=item, epoch=int(epoch), review_epoch=int(review_epoch)
                )
        raise CaseUnknown("there is no such case")


class _CasePlay:
    """A clip heard by the safety officer who has its case."""

    def __init__(self, cases: SafetyCases, source: SourceItem, staff: str) -> None:
        self.account = source.account
        self._cases = cases
        self._source = source
        self._staff = staff
        self._listen = secrets.token_hex(8)

    async def begin(self, grant: ReadGrant) -> bytes:
        found = await self._open(grant, 0)
        blob = StoredValue.read(found[1]).blob
        if not blob:
            return b""
        try:
            sealed = await self._cases.blobs.read(blob)
        except FileNotFoundError as gone:
            raise TaskWithdrawn("the clip was withdrawn") from gone
        place: Place = place_of(self._source)
        content = decrypt(self._cases.key(self._source, found[2]), sealed, place.of("case audio"))
        pcm = await asyncio.to_thread(self._cases.officers.unseal, content, place.of("case audio"))
        return await asyncio.to_thread(self._cases.marker.mark, pcm, self._listen)

    async def go_on(self, grant: ReadGrant, heard_ms: int) -> None:
        await self._open(grant, heard_ms)

    async def end(self, heard_ms: int) -> None:
        who = self._cases.vault.pseudonym(self._staff)
        await note_end(
            self._cases.scripts, self.account, self._source.item, who, self._listen, heard_ms
        )

    async def _open(self, grant: ReadGrant, heard_ms: int) -> Sequence[bytes]:
        """Raises TaskWithdrawn once the case is gone."""
        try:
            return await self._cases.opened(
                *(self._source, self._staff, grant),
                take=False,
                listen=self._listen,
                heard_ms=heard_ms,
            )
        except CaseUnknown as gone:
            raise TaskWithdrawn("the clip was withdrawn") from gone


def _check(found: Sequence[bytes]) -> None:
    """Raises CaseUnknown and CaseNotYours."""
    match text(found[0]):
        case "gone":
            raise CaseUnknown("there is no such case")
        case "taken" | "waiting":
            raise CaseNotYours("this officer has not taken the case")


def _json(value: bytes) -> dict[str, Any]:
    written: dict[str, Any] = json.loads(StoredValue.read(value).sealed)
    return written


def _case(
    fields: Mapping[str, Any], clip: DeidentifiedClip | None = None, clip_ms: int = 0
) -> SafetyCase:
    state = CaseState(fields["state"])
    return SafetyCase(
        reference=fields["case"],
        report=ClipReport(fields["report"]),
        state=state,
        reported_at_s=fields["reported"] / 1000,
        due_at_s=fields["due"] / 1000,
        overdue=state is CaseState.WAITING and fields["now"] > fields["due"],
        reporter=fields["reporter"],
        clip=clip,
        clip_ms=clip_ms,
    )
