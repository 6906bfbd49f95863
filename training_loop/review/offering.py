"""What waits for review, and how it becomes clips: the machine's side, before any person."""

from __future__ import annotations

import logging
import secrets
from collections.abc import AsyncIterator, Iterator, Sequence
from typing import Any

from redis.asyncio import Redis

from training_loop.consent.account_record import read_account
from training_loop.consent.policy import Purpose
from training_loop.consent.reads import Reads
from training_loop.errors import AccountGone, StoreUnavailable
from training_loop.queue.intake import key_purpose
from training_loop.queue.listing import consenting_accounts
from training_loop.queue.record import Place, StoredValue, open_utterance
from training_loop.review.clip_record import seal_clip
from training_loop.review.task import DeidentifiedClip, SampleReason, SourceItem, WaitingItem
from training_loop.review.task_errors import TaskWithdrawn
from training_loop.store import keys
from training_loop.store.client import store_errors
from training_loop.store.script_runner import Scripts, text
from training_loop.utterance import Utterance
from training_loop.vault.blobs import BlobStore, new_blob
from training_loop.vault.cipher import decrypt, encrypt
from training_loop.vault.errors import Corrupted
from training_loop.vault.vault import Vault

_log = logging.getLogger(__name__)
_AT_ONCE = 32
_REFERENCE_WITHIN_MS = 120_000
_ROUNDS_WITHOUT_AN_ITEM = 5


class Offering:
    """Every method raises StoreUnavailable."""

    def __init__(self, store: Redis, vault: Vault, blobs: BlobStore, reads: Reads) -> None:
        self._store = store
        self._vault = vault
        self._blobs = blobs
        self._reads = reads
        self._scripts = Scripts(store)

    async def waiting(self) -> AsyncIterator[WaitingItem]:
        """Items that may be offered, of accounts that let people listen at the moment an item is
        handed on; in no order. Nobody listens. A record that was changed is passed over."""
        for shard in keys.all_shards():
            with store_errors():
                found: Any = await self._store.zrange(keys.queue_accounts(shard), 0, -1)
            for account in map(text, found):
                for source in await self._ready(account):
                    async for utterance in self._opened(account, source[0], source[1], source[2]):
                        yield WaitingItem(
                            source=SourceItem(
                                account=account,
                                item=utterance.utterance_id,
                                epoch=source[0],
                                review_epoch=source[1],
                            ),
                            utterance=utterance,
                        )

    async def said(self) -> AsyncIterator[tuple[str, str, str]]:
        """Account, item and what was heard, of all that machines may learn from now."""
        for account in await consenting_accounts(self._store):
            try:
                record = await read_account(self._store, account)
            except AccountGone:
                continue
            if Purpose.LEARNING not in record.containers:
                continue
            epoch = record.containers[Purpose.LEARNING].epoch
            with store_errors():
                items: Any = await self._store.hkeys(keys.learning_items(account, epoch))
            async for utterance in self._opened(account, epoch, None, list(map(text, items))):
                yield account, utterance.utterance_id, utterance.heard

    async def with_audio(self, source: SourceItem) -> Utterance:
        """Raises TaskWithdrawn where the item does not wait any more, and Corrupted."""
        grant = self._reads.open(source.account)
        try:
            found = await self._open_items(
                source.account, source.epoch, source.review_epoch, [source.item], grant.id
            )
            if len(found) < 3:
                raise TaskWithdrawn("the item does not wait any more")
            utterance = await self._with_audio(source, found[0], found[2])
        finally:
            grant.end_soon()
        if not grant.usable:
            raise TaskWithdrawn("reading took longer than a consent may be relied on")
        return utterance

    async def offer(
        self, source: SourceItem, clip: DeidentifiedClip, reason: SampleReason, *, check: bool
    ) -> bool:
        """False when the item does not wait any more, or its account has not the consents of then;
        then nothing of the clip is kept. Raises OSError when its sound cannot be stored."""
        name = new_blob() if clip.pcm else ""
        given = await self._scripts.run(
            "announce_clip",
            [keys.account(source.account), keys.blob_intents(keys.shard_of(source.account))],
            [source.epoch, source.review_epoch, name, _REFERENCE_WITHIN_MS],
        )
        if not given:
            return False
        key = self._key(source.account, source.epoch, given[1])
        place = place_of(source)
        blob = f"{text(given[0])}/{name}" if name else ""
        if blob:
            await self._blobs.write(blob, encrypt(key, clip.pcm, place.of("clip audio")))
        taken = await self._scripts.run(
            "offer_clip",
            [keys.account(source.account), keys.blob_intents(keys.shard_of(source.account))],
            [
                *(source.account, source.item, source.epoch, source.review_epoch),
                *(blob, seal_clip(key, place, clip), secrets.token_hex(16)),
                *(reason.value, str(int(check))),
            ],
        )
        return bool(taken)

    async def withhold(self, source: SourceItem) -> None:
        await self._scripts.run(
            "withhold",
            [keys.account(source.account)],
            [source.account, source.item, source.review_epoch],
        )

    async def _ready(self, account: str) -> Sequence[tuple[int, int, list[str]]]:
        """The epochs of now with the items that wait; empty without both consents."""
        with store_errors():
            epochs: Any = await self._store.hmget(
                keys.account(account), ["learning_epoch", "review_epoch"]
            )
        if None in epochs:
            return ()
        epoch, review_epoch = map(int, epochs)
        with store_errors():
            items: Any = await self._store.zrange(keys.ready(account, review_epoch), 0, -1)
        return ((epoch, review_epoch, list(map(text, items))),)

    async def _opened(
        self, account: str, epoch: int, review_epoch: int | None, items: Sequence[str]
    ) -> AsyncIterator[Utterance]:
        """Each is handed on under a read grant, for which an opt-out waits."""
        waiting, rounds = list(items), 0
        while waiting:
            rounds += 1
            if rounds > _ROUNDS_WITHOUT_AN_ITEM:
                raise StoreUnavailable(
                    "reading an item takes longer than a consent may be relied on"
                )
            batch, waiting = waiting[:_AT_ONCE], waiting[_AT_ONCE:]
            grant = self._reads.open(account)
            try:
                found = await self._open_items(account, epoch, review_epoch, batch, grant.id)
                if not found:
                    return
                for utterance in self._utterances(account, epoch, found):
                    if not grant.usable:
                        waiting.append(utterance.utterance_id)
                        continue
                    rounds = 0
                    yield utterance
            finally:
                await grant.end()

    async def _open_items(
        self, account: str, epoch: int, review_epoch: int | None, items: Sequence[str], grant: str
    ) -> list[bytes]:
        found = await self._scripts.run(
            "open_items",
            [keys.account(account), keys.read_grants(account)],
            [
                *(account, str(epoch), "" if review_epoch is None else str(review_epoch)),
                *(grant, str(self._reads.grant_ms), *items),
            ],
        )
        return list(found)

    def _utterances(self, account: str, epoch: int, found: list[bytes]) -> Iterator[Utterance]:
        key = self._key(account, epoch, found[0])
        for item, value in zip(found[1::2], found[2::2], strict=True):
            place = Place(
                account=account, purpose=Purpose.LEARNING.value, epoch=epoch, item=text(item)
            )
            try:
                utterance = open_utterance(key, place, StoredValue.read(value).sealed)
            except Corrupted:
                _log.warning("a record of the learning queue was changed and is passed over")
                continue
            yield utterance

    async def _with_audio(self, source: SourceItem, wrapped: bytes, value: bytes) -> Utterance:
        key = self._key(source.account, source.epoch, wrapped)
        place, stored, pcm = place_of(source), StoredValue.read(value), b""
        if stored.blob:
            try:
                pcm = decrypt(key, await self._blobs.read(stored.blob), place.of("audio"))
            except FileNotFoundError as gone:
                raise Corrupted("the audio of an item is missing") from gone
        return open_utterance(key, place, stored.sealed, pcm)

    def _key(self, account: str, epoch: int, wrapped: bytes) -> bytes:
        return self._vault.unwrap(account, key_purpose(Purpose.LEARNING, epoch), wrapped)


def place_of(source: SourceItem) -> Place:
    return Place(
        account=source.account,
        purpose=Purpose.LEARNING.value,
        epoch=source.epoch,
        item=source.item,
    )
