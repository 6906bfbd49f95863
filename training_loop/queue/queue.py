"""The learning queue: what consenting accounts said, lent to machines one at a time."""

from __future__ import annotations

import contextlib
import random
import secrets
from collections.abc import AsyncIterator, Iterable
from dataclasses import replace

from redis.asyncio import Redis

from training_loop.consent.account_record import read_account
from training_loop.consent.policy import Purpose
from training_loop.consent.reads import Reads
from training_loop.errors import AccountGone
from training_loop.queue.intake import key_purpose
from training_loop.queue.lease import LeasedItem, LeaseLost, QueuePage, QueueStatistics
from training_loop.queue.listing import Listing
from training_loop.queue.record import Place, StoredValue, open_utterance, seal_review
from training_loop.queue.review import Review, ReviewedItem
from training_loop.queue.reviewed import Reviewed
from training_loop.store import keys
from training_loop.store.script_runner import Scripts, text
from training_loop.utterance import Utterance
from training_loop.vault.blobs import BlobStore
from training_loop.vault.cipher import decrypt
from training_loop.vault.errors import BlobsUnavailable, Corrupted
from training_loop.vault.vault import Vault

LEASE_MS = 10 * 60 * 1000
LEASES_PER_ACCOUNT = 64
_EXPIRED_PER_SHARD = 16
_TRIES = 8
_REMEMBER_RESULT_S = 600


class LearningQueue:
    """Every method raises StoreUnavailable; those that take a lease raise LeaseLost."""

    def __init__(
        self,
        store: Redis,
        vault: Vault,
        blobs: BlobStore,
        reads: Reads,
        *,
        lease_ms: int = LEASE_MS,
        chance: random.Random | None = None,
    ) -> None:
        self._store = store
        self._vault = vault
        self._blobs = blobs
        self._reads = reads
        self._lease_ms = lease_ms
        self._chance = chance or random.SystemRandom()
        self._scripts = Scripts(store)
        self._listing = Listing(store, vault)
        self._reviewed = Reviewed(store, vault, blobs, reads)

    async def lease(self, worker: str, *, oldest: bool = False) -> LeasedItem | None:
        """An item for a machine: of a random account, then a random one; or the oldest.

        Only accounts that let people listen now, and only what they said since they do. None when
        nothing is ready.
        """
        for _ in range(_TRIES):
            account = await self._pick_account(oldest=oldest)
            if not account:
                return None
            token = secrets.token_hex(16)
            lent = await self._scripts.run(
                "lease",
                [keys.account(account), keys.request(account, token)],
                [
                    account,
                    "oldest" if oldest else "random",
                    token,
                    self._lease_ms,
                    LEASES_PER_ACCOUNT,
                    _REMEMBER_RESULT_S,
                    self._vault.pseudonym(worker),
                ],
            )
            if lent:
                item, epoch, review_epoch, expires_at_ms = map(text, lent)
                return LeasedItem(
                    item=item,
                    account=account,
                    epoch=int(epoch),
                    review_epoch=int(review_epoch),
                    token=token,
                    worker=worker,
                    expires_at_s=int(expires_at_ms) / 1000,
                )
        return None

    async def read(self, lease: LeasedItem) -> Utterance:
        """The utterance, with its audio, for a machine: people are given clips, see `review`.

        An opt-out that returns after this call began waits until this call has ended, or makes it
        raise LeaseLost. Raises Corrupted when the audio or the record was changed.
        """
        grant = self._reads.open(lease.account)
        found = await self._scripts.run(
            "read",
            [keys.account(lease.account), keys.read_grants(lease.account)],
            [
                *(lease.account, lease.item, lease.epoch, lease.review_epoch, lease.token),
                *(grant.id, self._reads.grant_ms, self._vault.pseudonym(lease.worker)),
            ],
        )
        if not found:
            raise LeaseLost("the item is no longer this lease's")
        try:
            utterance = await self._open(lease, *found)
        except FileNotFoundError as gone:
            await self.renew(lease)  # raises LeaseLost where the item went meanwhile
            raise Corrupted("the audio of an item is missing") from gone
        finally:
            grant.end_soon()
        if not grant.usable:
            raise LeaseLost("reading took longer than a consent may be relied on")
        return utterance

    async def renew(self, lease: LeasedItem) -> LeasedItem:
        expiry = await self._scripts.run(
            "renew",
            [keys.account(lease.account)],
            [lease.account, lease.item, lease.review_epoch, lease.token, self._lease_ms],
        )
        if not expiry:
            raise LeaseLost("the item is no longer this lease's")
        return replace(lease, expires_at_s=expiry / 1000)

    async def release(self, lease: LeasedItem) -> None:
        """Gives the item back unreviewed. Harmless when the lease is lost."""
        await self._scripts.run(
            "release",
            [keys.account(lease.account)],
            [
                *(lease.account, lease.item, lease.review_epoch, lease.token),
                self._vault.pseudonym(lease.worker),
            ],
        )

    async def ack(self, lease: LeasedItem, review: Review) -> None:
        """Stores the review. The item and its audio stay until the consent to learning ends."""
        sealed = seal_review(await self._key(lease), _place(lease), review)
        done = await self._scripts.run(
            "acknowledge",
            [keys.account(lease.account), keys.request(lease.account, f"ack:{lease.token}")],
            [
                *(lease.account, lease.item, lease.epoch, lease.review_epoch, lease.token),
                *(sealed, _REMEMBER_RESULT_S, self._vault.pseudonym(lease.worker)),
            ],
        )
        if not done:
            raise LeaseLost("the item is no longer this lease's")

    async def discard(self, lease: LeasedItem) -> None:
        """Deletes the item and its audio from the queue; audio that can't be reached now goes
        with the next sweep."""
        done, blob = await self._scripts.run(
            "discard",
            [keys.account(lease.account)],
            [
                *(lease.account, lease.item, lease.epoch, lease.review_epoch, lease.token),
                self._vault.pseudonym(lease.worker),
            ],
        )
        if not done:
            raise LeaseLost("the item is no longer this lease's")
        if blob:
            with contextlib.suppress(BlobsUnavailable):
                await self._blobs.remove(text(blob))

    async def statistics(self) -> QueueStatistics:
        return await self._listing.statistics()

    async def items(self, page_size: int = 100, page_token: str = "") -> QueuePage:
        """Ids, states, times and epochs. Raises InvalidArgument for a token that is none."""
        return await self._listing.page(page_size, page_token)

    def reviewed(self, *, with_audio: bool = True) -> AsyncIterator[ReviewedItem]:
        """Every reviewed item of accounts that consent at the moment it is handed on."""
        return self._reviewed.items(with_audio=with_audio)

    async def record_model_use(self, model: str, items: Iterable[ReviewedItem]) -> frozenset[str]:
        """Notes with each account that a model learned from it.

        Returns the items whose consent has ended since they were read: what to leave out.
        """
        return await self._reviewed.record_model_use(model, items)

    async def _pick_account(self, *, oldest: bool) -> str:
        shards = keys.all_shards()
        offers = await self._scripts.run_each(
            "offer_shard",
            [(keys.queue_accounts(shard), keys.leasing_accounts(shard)) for shard in shards],
            [_EXPIRED_PER_SHARD],
        )
        offers = [offer for offer in offers if offer[0]]
        if not offers:
            return ""
        if oldest:
            return text(min(offers, key=lambda offer: float(offer[3]))[2])
        chosen = self._chance.choices(offers, weights=[offer[0] for offer in offers])[0]
        return text(chosen[1])

    async def _open(self, lease: LeasedItem, value: bytes, wrapped: bytes) -> Utterance:
        place = _place(lease)
        stored = StoredValue.read(value)
        key = self._vault.unwrap(lease.account, key_purpose(Purpose.LEARNING, lease.epoch), wrapped)
        pcm = b""
        if stored.blob:
            pcm = decrypt(key, await self._blobs.read(stored.blob), place.of("audio"))
        return open_utterance(key, place, stored.sealed, pcm)

    async def _key(self, lease: LeasedItem) -> bytes:
        try:
            record = await read_account(self._store, lease.account)
        except AccountGone as gone:
            raise LeaseLost("the account was deleted") from gone
        container = record.containers.get(Purpose.LEARNING)
        if container is None or container.epoch != lease.epoch:
            raise LeaseLost("the account took its consent back")
        return self._vault.unwrap(
            lease.account, key_purpose(Purpose.LEARNING, lease.epoch), container.wrapped_key
        )


def _place(lease: LeasedItem) -> Place:
    return Place(
        account=lease.account,
        purpose=Purpose.LEARNING.value,
        epoch=lease.epoch,
        item=lease.item,
    )
