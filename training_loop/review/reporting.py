"""Clips that leave the general queue at once."""

from __future__ import annotations

import asyncio
import base64
import json
import secrets
from typing import Any

from redis.asyncio import Redis

from training_loop.consent.policy import Purpose
from training_loop.consent.reads import Reads
from training_loop.erasure.tombstones import TombstoneLog
from training_loop.queue.intake import key_purpose
from training_loop.queue.record import Place, StoredValue, open_utterance
from training_loop.review.false_wakes import FalseWakeScores
from training_loop.review.lending import Lending, place_of
from training_loop.review.officers_key import OfficersKey
from training_loop.review.task import ClipReport, TaskState
from training_loop.review.task_errors import TaskWithdrawn, lost
from training_loop.review.task_name import Seat
from training_loop.review.unmeant import HistoryKey, bury, remove_condemned
from training_loop.store import keys
from training_loop.store.script_runner import Scripts, text
from training_loop.vault.blobs import BlobStore, new_blob
from training_loop.vault.cipher import decrypt, encrypt
from training_loop.vault.errors import Corrupted
from training_loop.vault.vault import Vault

DUE_MS = 24 * 3600 * 1000
"""How soon a safety officer has to have taken a case."""
_REFERENCE_WITHIN_MS = 120_000
_REMEMBER_RESULT_S = 600


class Reporting:
    def __init__(
        self,
        store: Redis,
        vault: Vault,
        blobs: BlobStore,
        reads: Reads,
        lending: Lending,
        false_wakes: FalseWakeScores,
        officers: OfficersKey,
        tombstones: TombstoneLog,
    ) -> None:
        self._vault = vault
        self._false_wakes = false_wakes
        self._blobs = blobs
        self._reads = reads
        self._lending = lending
        self._officers = officers
        self._tombstones = tombstones
        self._scripts = Scripts(store)

    async def report(self, staff: str, name: str, why: ClipReport) -> str:
        """Implements `ReviewTasks.report`."""
        seat = self._lending.seat(staff, name)
        reference = await (self._delete(seat, why) if why.deletes else self._hand_on(seat, why))
        await self._lending.close(staff, name)
        return reference

    async def _delete(self, seat: Seat, why: ClipReport) -> str:
        """Of a false wake the bare score is counted."""
        history, note = await self._noted(seat, why)
        state, *blobs = await self._scripts.run(
            "delete_reported",
            [keys.account(seat.account), self._result(seat)],
            [*self._lending.arguments(seat), why.value, _REMEMBER_RESULT_S, history, note],
        )
        if text(state) != "done":
            raise lost(TaskState(text(state)))
        await remove_condemned(self._blobs, blobs)
        return ""

    async def _noted(self, seat: Seat, why: ClipReport) -> tuple[str, bytes]:
        """Epoch and note of the history. What cannot be read is deleted all the same, without a
        note, as is what is gone already."""
        grant = self._reads.open(seat.account)
        try:
            found = await self._scripts.run(
                "open_reported",
                [keys.account(seat.account), keys.read_grants(seat.account)],
                [*self._lending.arguments(seat), grant.id, self._reads.grant_ms],
            )
            if not found:
                return "", b""
            await bury(self._tombstones, place_of(seat))
            return await self._note_and_count(seat, why, found)
        finally:
            grant.end_soon()

    async def _note_and_count(
        self, seat: Seat, why: ClipReport, found: list[bytes]
    ) -> tuple[str, bytes]:
        wrapped, value, task, epoch, history_key = found
        try:
            sealed = StoredValue.read(value).sealed
            said = open_utterance(self._key(seat, wrapped), place_of(seat), sealed)
            history = HistoryKey.unwrapped(self._vault, place_of(seat), epoch, history_key)
        except Corrupted:
            return text(epoch), b""
        if why is ClipReport.FALSE_WAKE:
            await self._false_wakes.count(text(task), said.wake_score)
        return history.epoch, history.note(said, why)

    async def _hand_on(self, seat: Seat, why: ClipReport) -> str:
        """Seals the clip to the officers and again under the account's key: it takes both to open
        it, and the account's goes with its consent."""
        written, pcm, wrapped = await self._read(seat)
        if not written:
            return await self._earlier(seat)
        place = place_of(seat)
        content = await asyncio.to_thread(self._officers.seal, written, place.of("case"))
        sound = b""
        if pcm:
            sound = await asyncio.to_thread(self._officers.seal, pcm, place.of("case audio"))
        key = self._key(seat, wrapped)
        blob = await self._stored(seat, key, sound)
        case = {
            "case": f"case-{secrets.token_hex(6)}",
            "report": why.value,
            "state": "waiting",
            "reporter": seat.staff,
            "sealed": base64.b64encode(encrypt(key, content, place.of("case"))).decode(),
        }
        found = await self._scripts.run(
            "escalate_task",
            [
                *(keys.account(seat.account), self._result(seat)),
                keys.blob_intents(keys.shard_of(seat.account)),
            ],
            [
                *(*self._lending.arguments(seat), json.dumps(case), blob, DUE_MS),
                _REMEMBER_RESULT_S,
            ],
        )
        return self._reference(found)

    async def _earlier(self, seat: Seat) -> str:
        """The answer that an earlier run of the same report gave."""
        found = await self._scripts.run(
            "escalate_task",
            [
                *(keys.account(seat.account), self._result(seat)),
                keys.blob_intents(keys.shard_of(seat.account)),
            ],
            [*self._lending.arguments(seat), "{}", "", 0, _REMEMBER_RESULT_S],
        )
        return self._reference(found)

    def _reference(self, found: list[bytes]) -> str:
        if text(found[0]) != "done":
            raise lost(TaskState(text(found[0])))
        return text(found[1])

    async def _read(self, seat: Seat) -> tuple[bytes, bytes, bytes]:
        """The clip as it is written, its sound and the wrapped key; empty where it is not open."""
        grant = self._reads.open(seat.account)
        try:
            found: Any = await self._scripts.run(
                "open_task",
                [keys.account(seat.account), keys.read_grants(seat.account)],
                [*self._lending.arguments(seat), grant.id, self._reads.grant_ms],
            )
            if len(found) < 5:
                return b"", b"", b""
            key, place = self._key(seat, found[3]), place_of(seat)
            stored = StoredValue.read(found[2])
            written = decrypt(key, stored.sealed, place.of("clip"))
            return written, await self._sound(key, place, stored.blob), found[3]
        finally:
            grant.end_soon()

    async def _sound(self, key: bytes, place: Place, blob: str) -> bytes:
        if not blob:
            return b""
        try:
            return decrypt(key, await self._blobs.read(blob), place.of("clip audio"))
        except FileNotFoundError as gone:
            raise TaskWithdrawn("the clip was withdrawn") from gone

    async def _stored(self, seat: Seat, key: bytes, sound: bytes) -> str:
        """The path of the sound's blob; empty where there is none."""
        name = new_blob() if sound else ""
        given = await self._scripts.run(
            "announce_clip",
            [keys.account(seat.account), keys.blob_intents(keys.shard_of(seat.account))],
            [seat.epoch, seat.review_epoch, name, _REFERENCE_WITHIN_MS],
        )
        if not given:
            raise TaskWithdrawn("the clip was withdrawn")
        if not name:
            return ""
        blob = f"{text(given[0])}/{name}"
        await self._blobs.write(blob, encrypt(key, sound, place_of(seat).of("case audio")))
        return blob

    def _key(self, seat: Seat, wrapped: bytes) -> bytes:
        purpose = key_purpose(Purpose.LEARNING, seat.epoch)
        return self._vault.unwrap(seat.account, purpose, wrapped)

    def _result(self, seat: Seat) -> str:
        return keys.request(seat.account, f"rep:{seat.token}")
