"""Reads everything that was reviewed, as far as choosing a data set needs to know it."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from training_loop.datasets.hidden_words import filled
from training_loop.datasets.item_ref import ItemRef
from training_loop.datasets.selection import (
    HIDDEN_WORDS,
    OTHER_DOMAIN,
    Candidate,
    Gathered,
    content_digest,
    text_digest,
)
from training_loop.datasets.split import Shares, Split, split_of
from training_loop.deidentify.placeholders import Filled
from training_loop.queue.review import Review, ReviewedItem
from training_loop.queue.reviewed import Reviewed
from training_loop.vault.vault import Vault

Accepts = Callable[[Review], bool]
"""Whether a review fits the domain."""
GatheringProgress = Callable[[int], None]
"""Told now and then how many items have been read."""

Owned = Mapping[str, Sequence[ItemRef]]
"""Items by account."""


async def gather(
    reviewed: Reviewed,
    vault: Vault,
    shares: Shares,
    *,
    accepts: Accepts,
    progress: GatheringProgress,
) -> tuple[Gathered, Owned]:
    """All that may be learned from now, and whose it is. Raises StoreUnavailable."""
    gathered, key = Gathered(), secrets.token_bytes(32)
    numbers: dict[str, tuple[int, Split]] = {}
    owned: dict[str, list[ItemRef]] = {}
    async for item in reviewed.items(with_audio=False):
        if item.account not in numbers:
            digest = vault.digest("data set splits", item.account)
            numbers[item.account] = (len(numbers), split_of(digest, shares))
            progress(gathered.reviewed)
        content = content_of(item)
        if content is None:
            gathered.left_out[HIDDEN_WORDS] += 1
        elif not accepts(replace(item.review, text=content.text, entities=content.entities)):
            gathered.left_out[OTHER_DOMAIN] += 1
        else:
            candidate = _candidate(item, content, *numbers[item.account], key=key)
            owned.setdefault(item.account, []).append(candidate.ref)
            gathered.filled += content.placeholders > 0
            gathered.candidates.append(candidate)
    progress(gathered.reviewed)
    return gathered, owned


def content_of(item: ReviewedItem) -> Filled | None:
    """With the words that reviewers were not shown; None where nobody can tell them."""
    return filled(item.review.text, item.review.entities, item.utterance.heard)


def _candidate(
    item: ReviewedItem, content: Filled, account: int, split: Split, *, key: bytes
) -> Candidate:
    intent = item.review.intent
    return Candidate(
        ref=ItemRef(item=item.item, epoch=item.epoch),
        account=account,
        split=split,
        intent=intent,
        text_digest=text_digest(key, content.text),
        content_digest=content_digest(content.text, intent, content.entities, item.utterance),
        label=item.label,
    )
