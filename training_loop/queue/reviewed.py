"""Reviewed items for machines to learn from, while their accounts consent."""

from __future__ import annotations

from collections.abc import AsyncIterator, Container, Iterable, Mapping, Sequence

from redis.asyncio import Redis

from training_loop.consent.account_record import AccountRecord, read_account
from training_loop.consent.policy import Purpose
from training_loop.consent.reads import ReadGrant, Reads
from training_loop.datasets.item_ref import ItemRef
from training_loop.errors import AccountGone, StoreUnavailable
from training_loop.queue.intake import key_purpose
from training_loop.queue.learnable import learnable_items
from training_loop.queue.listing import consenting_accounts
from training_loop.queue.record import (
    Place,
    StoredValue,
    label_of,
    open_review,
    open_utterance,
)
from training_loop.queue.review import ReviewedItem
from training_loop.store import keys
from training_loop.store.client import store_errors
from training_loop.store.script_runner import Scripts, text
from training_loop.vault.blobs import BlobStore
from training_loop.vault.cipher import decrypt
from training_loop.vault.errors import Corrupted
from training_loop.vault.vault import Vault

_ITEMS_AT_ONCE = 32
_SILENT_AT_ONCE = 256
"""Without audio."""
_ROUNDS_WITHOUT_AN_ITEM = 5


class Reviewed:
    def __init__(self, store: Redis, vault: Vault, blobs: BlobStore, reads: Reads) -> None:
        self._store = store
        self._vault = vault
        self._blobs = blobs
        self._reads = reads
        self._scripts = Scripts(store)

    async def items(
        self,
        *,
        with_audio: bool,
        only: Container[ItemRef] | None = None,
        accounts: Iterable[str] | None = None,
    ) -> AsyncIterator[ReviewedItem]:
        """Each item is handed on under a read grant: an opt-out waits for it, and nothing of that
        account comes afterwards. Raises StoreUnavailable, and Corrupted for changed data.

        `only` some items, of some `accounts`; all where that is not said.
        """
        if accounts is None:
            accounts = await consenting_accounts(self._store)
        for account in accounts:
            try:
                record = await read_account(self._store, account)
            except AccountGone:
                continue
            if Purpose.LEARNING not in record.containers:
                continue
            async for item in self._of(record, with_audio=with_audio, only=only):
                yield item

    async def learnable(self, accounts: Sequence[str] | None = None) -> Mapping[str, list[ItemRef]]:
        """What may be learned from at this moment, by account. Opens nothing. Raises
        StoreUnavailable."""
        return await learnable_items(self._store, accounts)

    async def record_model_use(self, model: str, items: Iterable[ReviewedItem]) -> frozenset[str]:
        by_consent: dict[tuple[str, int], set[str]] = {}
        for item in items:
            by_consent.setdefault((item.account, item.epoch), set()).add(item.item)
        refused: set[str] = set()
        for (account, epoch), used in by_consent.items():
            noted = await self._scripts.run(
                "use_in_model", [keys.account(account), keys.model_uses(account)], [epoch, model]
            )
            if not noted:
                refused |= used
        return frozenset(refused)

    async def _of(
        self, record: AccountRecord, *, with_audio: bool, only: Container[ItemRef] | None
    ) -> AsyncIterator[ReviewedItem]:
        container = record.containers[Purpose.LEARNING]
        at_once = _ITEMS_AT_ONCE if with_audio else _SILENT_AT_ONCE
        waiting = await self._named(record.account, container.epoch, only)
        missed, rounds = "", 0
        while waiting:
            rounds += 1
            grant = self._reads.open(record.account)
            opened = await self._open(record.account, container.epoch, waiting[:at_once], grant)
            if not opened:
                return
            key = self._vault.unwrap(
                record.account, key_purpose(Purpose.LEARNING, container.epoch), opened[0]
            )
            there = {text(item) for item in opened[1::3]}
            waiting = [item for item in waiting[:at_once] if item in there] + waiting[at_once:]
            try:
                for number in range(1, len(opened), 3):
                    found = opened[number : number + 3]
                    item = await self._item(
                        record.account, container.epoch, key, found, with_audio=with_audio
                    )
                    if item is None:
                        missed = _missed_again(text(found[0]), missed)
                        break
                    if not grant.usable:
                        break  # the rest is asked for again, under a new grant
                    waiting.remove(item.item)
                    rounds = 0
                    yield item
            finally:
                await grant.end()
            if rounds > _ROUNDS_WITHOUT_AN_ITEM:
                raise StoreUnavailable(
                    "reading an item takes longer than a consent may be relied on"
                )

    async def _named(self, account: str, epoch: int, only: Container[ItemRef] | None) -> list[str]:
        """The account's reviewed items, in the order of their names."""
        with store_errors():
            found = await self._store.hkeys(keys.reviewed(account, epoch))
        named = sorted(map(text, found))
        if only is None:
            return named
        return [item for item in named if ItemRef(item=item, epoch=epoch) in only]

    async def _open(
        self, account: str, epoch: int, batch: Sequence[str], grant: ReadGrant
    ) -> list[bytes]:
        return list(
            await self._scripts.run(
                "open_reviewed",
                [keys.account(account), keys.read_grants(account)],
                [account, epoch, grant.id, self._reads.grant_ms, *batch],
            )
        )

    async def _item(
        self, account: str, epoch: int, key: bytes, found: Sequence[bytes], *, with_audio: bool
    ) -> ReviewedItem | None:
        """None when its audio is gone."""
        item, value, review = text(found[0]), found[1], found[2]
        place = Place(account=account, purpose=Purpose.LEARNING.value, epoch=epoch, item=item)
        stored = StoredValue.read(value)
        pcm = b""
        if with_audio and stored.blob:
            try:
                sealed = await self._blobs.read(stored.blob)
            except FileNotFoundError:
                return None
            pcm = decrypt(key, sealed, place.of("audio"))
        opened = open_review(key, place, review)
        return ReviewedItem(
            item=item,
            account=account,
            epoch=epoch,
            review=opened,
            label=label_of(key, place, opened),
            utterance=open_utterance(key, place, stored.sealed, pcm),
        )


def _missed_again(name: str, missed: str) -> str:
    """The item whose audio was not there: deleted meanwhile, unless it is still missing under a
    new grant. Then raises Corrupted."""
    if name == missed:
        raise Corrupted("the audio of an item is missing")
    return name
