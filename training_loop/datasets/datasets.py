"""Makes data sets, and reads them again while those who are in them consent."""

from __future__ import annotations

import asyncio
import secrets
import time
from collections.abc import AsyncIterator, Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from redis.asyncio import Redis

from training_loop.audit.log import AuditLog
from training_loop.audit.notary import Notary
from training_loop.consent.reads import Reads
from training_loop.datasets.errors import (
    DatasetEmpty,
    DatasetTampered,
    HoldOutWouldTrain,
    LatestTampered,
)
from training_loop.datasets.gathering import Accepts, GatheringProgress, content_of, gather
from training_loop.datasets.gold import UNKNOWN, GoldItem, Group
from training_loop.datasets.item_ref import ItemRef
from training_loop.datasets.manifest import DatasetManifest, Difference, difference
from training_loop.datasets.selection import select
from training_loop.datasets.shelf import ManifestShelf
from training_loop.datasets.split import Shares, Split
from training_loop.datasets.uses import Uses
from training_loop.deidentify.placeholders import Filled
from training_loop.queue.review import Review, ReviewedItem
from training_loop.queue.reviewed import Reviewed
from training_loop.vault.blobs import BlobStore
from training_loop.vault.vault import Vault

DEFAULT_SEED = 42
PER_ACCOUNT = 500


def _anything(review: Review) -> bool:
    return True


def _silent(read: int) -> None:
    """For callers that do not watch."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Verified:
    """What `Datasets.verify` found."""

    manifest: DatasetManifest
    readable: int
    tombstones: int
    """Items whose consent ended or that were deleted: nobody reads them again."""
    relabelled: tuple[ItemRef, ...]
    """Items whose review is another one now: `read` leaves them out."""


class Datasets:
    """Data sets of one state directory and its store.

    Everything raises StoreUnavailable; what names a data set raises DatasetUnknown, and
    DatasetTampered for a manifest that is not what was signed.
    """

    def __init__(
        self,
        root: Path,
        store: Redis,
        vault: Vault,
        blobs: BlobStore,
        reads: Reads,
        notary: Notary,
        *,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._shelf = ManifestShelf(root, notary)
        self._vault = vault
        self._reviewed = Reviewed(store, vault, blobs, reads)
        self._uses = Uses(store)
        self._clock = clock
        self._audit = AuditLog(store)
        self._told: set[str] = set()

    async def create(
        self,
        *,
        seed: int = DEFAULT_SEED,
        shares: Shares | None = None,
        per_account: int = PER_ACCOUNT,
        accepts: Accepts = _anything,
        progress: GatheringProgress = _silent,
    ) -> DatasetManifest:
        """A data set of all that was reviewed and is consented to now; signed, and on the disk.

        `accepts` says which reviews fit the domain; `per_account` is the most of one account that
        may train. Raises DatasetEmpty, HoldOutWouldTrain, LatestTampered, and OSError for a full
        disk.
        """
        shares = shares or Shares()
        previous = await self.latest()
        if previous and shares.hold_out < previous.shares.hold_out:
            raise HoldOutWouldTrain("The hold-out of the latest data set was larger.")
        gathered, accounts = await gather(
            self._reviewed, self._vault, shares, accepts=accepts, progress=progress
        )
        manifest = select(
            gathered,
            previous=previous,
            shares=shares,
            seed=seed,
            per_account=per_account,
            now_s=self._clock(),
        )
        if not manifest.items:
            raise DatasetEmpty("Nothing that was reviewed can be learned from now.")
        await self._uses.note(manifest.name, _by_consent(accounts, manifest.refs()))
        await asyncio.to_thread(self._shelf.put, manifest)
        return manifest

    async def names(self) -> tuple[str, ...]:
        """Of all data sets, oldest first; one that was tampered with comes last."""
        found = {}
        for name in await asyncio.to_thread(lambda: tuple(self._shelf.names())):
            try:
                found[name] = (await self.manifest(name)).created_at_s
            except DatasetTampered:
                found[name] = float("inf")
        return tuple(sorted(found, key=lambda name: (found[name], name)))

    async def latest(self) -> DatasetManifest | None:
        """The newest; None where there is none.

        Raises LatestTampered where that one was changed or is gone, which is audited: nothing older
        takes its place by itself. See `set_aside`.
        """
        try:
            return await asyncio.to_thread(self._shelf.latest)
        except LatestTampered as found:
            if found.data_set not in self._told:
                await self._audit.record("machine", "data_set_tampered", subject=found.data_set)
                self._told.add(found.data_set)
            raise

    async def set_aside(self, name: str, *, by: str) -> DatasetManifest | None:
        """Takes one that was changed, or is gone, out of the way and returns the newest that is
        left. The audit log has it before it counts. Raises InvalidArgument where it is what was
        signed, and DatasetUnknown where nothing names it."""
        await asyncio.to_thread(self._shelf.refuse_sound, name)
        await self._audit.record(by, "data_set_set_aside", subject=name)
        await asyncio.to_thread(self._shelf.set_aside, name)
        return await self.latest()

    async def manifest(self, name: str) -> DatasetManifest:
        return await asyncio.to_thread(self._shelf.manifest, name)

    async def read(
        self, name: str, *splits: Split, with_audio: bool = False
    ) -> AsyncIterator[GoldItem]:
        """The items of some splits (of all without any), each handed on while its account
        consents: an opt-out waits for the item that is being handed on, and nothing of the account
        comes afterwards. What is gone, or was reviewed anew, is left out. See `tombstones`."""
        async for _, item in self.read_with_accounts(name, *splits, with_audio=with_audio):
            yield item

    async def read_with_accounts(
        self, name: str, *splits: Split, with_audio: bool = False
    ) -> AsyncIterator[tuple[str, GoldItem]]:
        """As `read`, each with its account: for lineage alone."""
        manifest = await self.manifest(name)
        chosen = splits or tuple(Split)
        wanted = {item.ref: item for item in manifest.items if item.split in chosen}
        speakers: dict[str, str] = {}
        accounts = await self._uses.accounts_of(name)
        found = self._reviewed.items(with_audio=with_audio, only=wanted, accounts=accounts)
        async for reviewed in found:
            item = wanted[ItemRef(item=reviewed.item, epoch=reviewed.epoch)]
            content = content_of(reviewed)
            if content is None or reviewed.label != item.label:
                continue
            speaker = speakers.setdefault(reviewed.account, secrets.token_hex(6))
            yield reviewed.account, _gold(reviewed, content, item.split, speaker)

    async def tombstones(self, name: str) -> int:
        """How many of its items nobody reads again."""
        refs = (await self.manifest(name)).refs()
        return len(refs) - len(refs & await self.learnable())

    async def learnable(self) -> frozenset[ItemRef]:
        """Every reviewed item that may be learned from at this moment. Opens none of them."""
        found = await self._reviewed.learnable()
        return frozenset(ref for refs in found.values() for ref in refs)

    async def verify(self, name: str, *, progress: GatheringProgress = _silent) -> Verified:
        """Reads all of it and compares each label. Raises DatasetTampered."""
        manifest = await self.manifest(name)
        labels = {item.ref: item.label for item in manifest.items}
        accounts = await self._uses.accounts_of(name)
        readable, relabelled = 0, []
        async for item in self._reviewed.items(with_audio=False, only=labels, accounts=accounts):
            ref = ItemRef(item=item.item, epoch=item.epoch)
            if item.label == labels[ref]:
                readable += 1
            else:
                relabelled.append(ref)
            progress(readable + len(relabelled))
        return Verified(
            manifest=manifest,
            readable=readable,
            tombstones=len(labels) - readable - len(relabelled),
            relabelled=tuple(relabelled),
        )

    async def diff(self, before: str, after: str) -> Difference:
        return difference(await self.manifest(before), await self.manifest(after))

    async def accounts(self) -> int:
        """How many accounts have something that may be learned from now."""
        return len(await self._reviewed.learnable())

    async def record_model_use(
        self, model: str, name: str, *splits: Split, only: frozenset[ItemRef] | None = None
    ) -> frozenset[ItemRef]:
        """Notes with each account that a model learned from it. Returns the items whose consent
        has ended: a model that was trained on one of them must not be released. `only`: those of
        the items that were really learned from."""
        refs = (await self.manifest(name)).refs(*splits)
        refs = refs if only is None else refs & only
        owned = await self._reviewed.learnable(await self._uses.accounts_of(name))
        noted = await self._uses.note_model(model, _by_consent(owned, refs))
        return refs - noted


def _gold(item: ReviewedItem, content: Filled, split: Split, speaker: str) -> GoldItem:
    said = item.utterance
    return GoldItem(
        ref=ItemRef(item=item.item, epoch=item.epoch),
        split=split,
        speaker=speaker,
        text=content.text,
        intent=item.review.intent,
        entities=content.entities,
        heard=said.heard,
        heard_intent=said.intent,
        heard_intent_confidence=said.intent_confidence,
        words=said.words,
        pcm=said.pcm,
        group=Group(
            device_kind=said.device_kind or UNKNOWN,
            locale=said.locale,
        ),
        wake_score=said.wake_score,
    )


def _by_consent(
    owned: Mapping[str, Iterable[ItemRef]], refs: frozenset[ItemRef]
) -> dict[tuple[str, int], frozenset[ItemRef]]:
    """The chosen items by account and epoch."""
    found: dict[tuple[str, int], set[ItemRef]] = {}
    for account, own in owned.items():
        for ref in own:
            if ref in refs:
                found.setdefault((account, ref.epoch), set()).add(ref)
    return {consent: frozenset(items) for consent, items in found.items()}
