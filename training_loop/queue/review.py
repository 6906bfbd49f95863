"""What a person said about one utterance."""

from __future__ import annotations

from dataclasses import dataclass, field

from training_loop.utterance import NamedEntity, Utterance


@dataclass(frozen=True, slots=True, kw_only=True)
class Review:
    """The corrected text, intent and entities. Personal: `repr` shows none of them."""

    text: str = field(repr=False)
    intent: str = field(repr=False)
    entities: tuple[NamedEntity, ...] = field(default=(), repr=False)
    reviewer: str
    """A pseudonym."""
    flags: frozenset[str] = frozenset()
    """Stable words, for example "background_speech"."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReviewedItem:
    """A reviewed utterance whose account consents now, at the epoch it consented then."""

    item: str
    account: str
    epoch: int
    review: Review
    utterance: Utterance
    label: str = field(default="", repr=False)
    """HMAC of the review under the key that seals it."""
