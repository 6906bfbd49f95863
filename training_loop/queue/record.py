"""Utterances and reviews as sealed bytes."""

from __future__ import annotations

import hmac
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from training_loop.queue.review import Review
from training_loop.utterance import (
    Correction,
    NamedEntity,
    Reading,
    SpokenWord,
    Utterance,
)
from training_loop.vault.cipher import decrypt, encrypt
from training_loop.vault.errors import Corrupted
from training_loop.vault.local_keys import derive


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """What sealed bytes are bound to: moved anywhere else they do not open."""

    account: str
    purpose: str
    """ "history" or "learning"."""
    epoch: int
    item: str

    def of(self, part: str) -> str:
        return f"{part}/{self.account}/{self.purpose}/{self.epoch}/{self.item}"


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredValue:
    """A field of an items' hash: `<blob>|<time, ms>|<sealed record>`."""

    blob: str
    stored_at_ms: int
    sealed: bytes = field(repr=False)

    @staticmethod
    def read(value: bytes) -> StoredValue:
        """Raises Corrupted."""
        parts = value.split(b"|", 2)
        if len(parts) != 3 or not parts[1].isdigit():
            raise Corrupted("a record has no header")
        return StoredValue(
            blob=parts[0].decode("ascii"), stored_at_ms=int(parts[1]), sealed=parts[2]
        )


def seal_utterance(key: bytes, place: Place, utterance: Utterance) -> bytes:
    """Everything but the audio."""
    fields = {name: value for name, value in asdict(utterance).items() if name != "pcm"}
    return encrypt(key, _dump(fields), place.of("record"))


def open_utterance(key: bytes, place: Place, sealed: bytes, pcm: bytes = b"") -> Utterance:
    """Raises Corrupted."""
    fields = _load(decrypt(key, sealed, place.of("record")))
    if fields["account"] != place.account or fields["utterance_id"] != place.item:
        raise Corrupted("a record stands at another utterance's place")
    words = tuple(SpokenWord(**word) for word in fields.pop("words"))
    alternatives = tuple(Reading(**reading) for reading in fields.pop("alternatives"))
    entities = _entities(fields.pop("entities"))
    corrected = fields.pop("correction", None)
    return Utterance(
        words=words,
        alternatives=alternatives,
        entities=entities,
        correction=Correction(**corrected) if corrected else None,
        pcm=pcm,
        **fields,
    )


def seal_review(key: bytes, place: Place, review: Review) -> bytes:
    fields = asdict(review) | {"flags": sorted(review.flags)}
    return encrypt(key, _dump(fields), place.of("review"))


def open_review(key: bytes, place: Place, sealed: bytes) -> Review:
    """Raises Corrupted."""
    fields = _load(decrypt(key, sealed, place.of("review")))
    flags = frozenset(fields.pop("flags"))
    return Review(entities=_entities(fields.pop("entities")), flags=flags, **fields)


def label_of(key: bytes, place: Place, review: Review) -> str:
    """The same as long as the review is, and nothing to anybody once the key is destroyed."""
    agreed: dict[str, object] = {
        "text": review.text,
        "intent": review.intent,
        "entities": [asdict(entity) for entity in review.entities],
        "at": place.of("label"),
    }
    content = json.dumps(agreed, ensure_ascii=False, sort_keys=True).encode()
    return hmac.digest(derive(key, "labels"), content, "sha256").hex()[:32]


def _entities(found: list[dict[str, Any]]) -> tuple[NamedEntity, ...]:
    return tuple(NamedEntity(**entity) for entity in found)


def _dump(fields: Mapping[str, object]) -> bytes:
    return json.dumps(fields, ensure_ascii=False, separators=(",", ":")).encode()


def _load(plaintext: bytes) -> dict[str, Any]:
    fields = json.loads(plaintext)
    assert isinstance(fields, dict)
    return fields
