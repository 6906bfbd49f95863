"""What is left of a recording that nobody meant to be made: a note in its account's own history."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable
from dataclasses import dataclass, field

from training_loop.consent.policy import Purpose
from training_loop.erasure.tombstones import (
    Forgotten,
    Tombstone,
    TombstoneLog,
    account_digest,
    now_s,
    utterance_digest,
)
from training_loop.errors import StoreUnavailable
from training_loop.queue.intake import key_purpose
from training_loop.queue.record import Place, seal_utterance
from training_loop.review.task import ClipReport
from training_loop.store.script_runner import text
from training_loop.utterance import Utterance
from training_loop.vault.blobs import BlobStore
from training_loop.vault.errors import BlobsUnavailable
from training_loop.vault.vault import Vault


@dataclass(frozen=True, slots=True, kw_only=True)
class HistoryKey:
    """Where and under which key the history has an utterance; empty where it has not got it."""

    epoch: str = ""
    place: Place | None = None
    key: bytes = field(default=b"", repr=False)

    @staticmethod
    def unwrapped(vault: Vault, learning: Place, epoch: bytes, wrapped: bytes) -> HistoryKey:
        """`learning` is the item's place in the queue. Raises Corrupted."""
        if not epoch:
            return HistoryKey()
        place = Place(
            account=learning.account,
            purpose=Purpose.HISTORY.value,
            epoch=int(epoch),
            item=learning.item,
        )
        key = vault.unwrap(place.account, key_purpose(Purpose.HISTORY, place.epoch), wrapped)
        return HistoryKey(epoch=text(epoch), place=place, key=key)

    def note(self, utterance: Utterance, why: ClipReport) -> bytes:
        """That something was recorded, when and by which device, and why it was deleted; sealed.
        Empty where the history has not got it."""
        if self.place is None:
            return b""
        return seal_utterance(self.key, self.place, utterance.without_content(why.value))


async def bury(tombstones: TombstoneLog, place: Place) -> None:
    """Before it is deleted: returns once no restore brings it back, not into the history either.
    Raises StoreUnavailable when that cannot be written down."""
    event = Tombstone(
        event=Forgotten.UTTERANCES,
        account=account_digest(place.account),
        at_s=now_s(),
        utterances=(utterance_digest(place.account, place.item),),
    )
    try:
        await tombstones.bury(event)
    except OSError as error:
        raise StoreUnavailable("the deletion could not be written down") from error


async def remove_condemned(blobs: BlobStore, paths: Iterable[bytes]) -> None:
    """What cannot be removed now is left to the sweep."""
    for path in paths:
        with contextlib.suppress(BlobsUnavailable):
            await blobs.remove(text(path))
