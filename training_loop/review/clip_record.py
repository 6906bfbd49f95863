"""Clips and opinions as sealed bytes."""

from __future__ import annotations

import base64
import json
from dataclasses import asdict, dataclass, field, replace
from typing import Any

from training_loop.queue.record import Place
from training_loop.review.task import DeidentifiedClip, Level, Opinion, ShownWord
from training_loop.review.waveform import waveform
from training_loop.utterance import NamedEntity
from training_loop.vault.cipher import decrypt, encrypt

SAMPLE_RATE = 16_000
BYTES_PER_MS = SAMPLE_RATE * 2 // 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class ClipRecord:
    """A clip without its sound, and what is known of that."""

    clip: DeidentifiedClip = field(repr=False)
    clip_ms: int
    waveform: bytes = field(default=b"", repr=False)


def seal_clip(key: bytes, place: Place, clip: DeidentifiedClip) -> bytes:
    """Everything but the sound."""
    return encrypt(key, clip_bytes(clip), place.of("clip"))


def open_clip(key: bytes, place: Place, sealed: bytes) -> ClipRecord:
    """Raises Corrupted."""
    return clip_of(decrypt(key, sealed, place.of("clip")))


def clip_bytes(clip: DeidentifiedClip) -> bytes:
    fields = asdict(replace(clip, pcm=b"")) | {"level": clip.level.value}
    del fields["pcm"]
    shape = base64.b64encode(waveform(clip.pcm)).decode()
    return _dump({"clip": fields, "clip_ms": _duration_ms(clip), "waveform": shape})


def clip_of(written: bytes) -> ClipRecord:
    content = json.loads(written)
    fields = content["clip"]
    clip = DeidentifiedClip(
        pcm=b"",
        level=Level(fields.pop("level")),
        words=tuple(ShownWord(**word) for word in fields.pop("words")),
        readings=tuple(fields.pop("readings")),
        entities=tuple(NamedEntity(**entity) for entity in fields.pop("entities")),
        **fields,
    )
    shape = base64.b64decode(content["waveform"])
    return ClipRecord(clip=clip, clip_ms=content["clip_ms"], waveform=shape)


def seal_opinion(key: bytes, place: Place, seat: str, opinion: Opinion) -> str:
    """How long it took is not kept."""
    written = _dump(asdict(replace(opinion, took_ms=0)))
    return base64.b64encode(encrypt(key, written, place.of(f"opinion/{seat}"))).decode()


def open_opinion(key: bytes, place: Place, seat: str, sealed: str) -> Opinion:
    """Raises Corrupted."""
    written = decrypt(key, base64.b64decode(sealed), place.of(f"opinion/{seat}"))
    fields: dict[str, Any] = json.loads(written)
    entities = tuple(NamedEntity(**entity) for entity in fields.pop("entities"))
    return Opinion(entities=entities, **fields)


def _duration_ms(clip: DeidentifiedClip) -> int:
    """Of its sound; where there is none, until the end of its last word."""
    if clip.pcm:
        return len(clip.pcm) // BYTES_PER_MS
    return max((word.end_ms for word in clip.words), default=0)


def _dump(fields: object) -> bytes:
    return json.dumps(fields, ensure_ascii=False, separators=(",", ":")).encode()
