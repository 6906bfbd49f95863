"""What goes between a round and its worker: a clip each way, without whose it is.

A message is two lengths of four bytes, then JSON, then sound. JSON and not pickle: the worker
computes on sound that anybody may have made, and what it answers is not trusted with more.
"""

from __future__ import annotations

import asyncio
import json
import struct
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from typing import Any, BinaryIO

from training_loop.utterance import Correction, NamedEntity, Reading, SpokenWord, Utterance

LARGEST_MESSAGE = 64 * 1024 * 1024
_LENGTHS = struct.Struct(">II")


class BrokenMessage(Exception):
    """What came is no message."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    content: dict[str, Any] = field(repr=False)
    pcm: bytes = field(default=b"", repr=False)

    def __bytes__(self) -> bytes:
        written = json.dumps(self.content, separators=(",", ":")).encode()
        return _LENGTHS.pack(len(written), len(self.pcm)) + written + self.pcm


async def receive(stream: asyncio.StreamReader) -> Message:
    """Raises BrokenMessage, and IncompleteReadError at the stream's end."""
    sizes = _checked(await stream.readexactly(_LENGTHS.size))
    written = await stream.readexactly(sizes[0])
    return _message(written, await stream.readexactly(sizes[1]))


def read(stream: BinaryIO) -> Message | None:
    """None at the stream's end. Raises BrokenMessage."""
    head = stream.read(_LENGTHS.size)
    if len(head) < _LENGTHS.size:
        return None
    sizes = _checked(head)
    return _message(stream.read(sizes[0]), stream.read(sizes[1]))


def request_of(utterance: Utterance, names: Iterable[str], known: Iterable[str]) -> Message:
    """The words and their sound; not the account, the device, the time or the answer."""
    fields = {
        "heard": utterance.heard,
        "confidence": utterance.confidence,
        "words": [asdict(word) for word in utterance.words],
        "alternatives": [asdict(reading) for reading in utterance.alternatives],
        "intent": utterance.intent,
        "intent_confidence": utterance.intent_confidence,
        "entities": [asdict(entity) for entity in utterance.entities],
        "corrected": utterance.correction.text if utterance.correction else "",
    }
    content = {"utterance": fields, "names": sorted(names), "known": sorted(known)}
    return Message(content=content, pcm=utterance.pcm)


def utterance_of(message: Message) -> Utterance:
    fields = dict(message.content["utterance"])
    corrected = fields.pop("corrected")
    return Utterance(
        utterance_id="",
        account="",
        device="",
        captured_at_s=0.0,
        pcm=message.pcm,
        words=tuple(SpokenWord(**word) for word in fields.pop("words")),
        alternatives=tuple(Reading(**reading) for reading in fields.pop("alternatives")),
        entities=tuple(NamedEntity(**entity) for entity in fields.pop("entities")),
        correction=Correction(text=corrected, at_s=0.0) if corrected else None,
        **fields,
    )


def _checked(head: bytes) -> tuple[int, int]:
    written, pcm = _LENGTHS.unpack(head)
    if written + pcm > LARGEST_MESSAGE:
        raise BrokenMessage("a message is too large")
    return written, pcm


def _message(written: bytes, pcm: bytes) -> Message:
    try:
        content = json.loads(written)
    except ValueError:
        raise BrokenMessage("a message is no JSON") from None
    if not isinstance(content, dict):
        raise BrokenMessage("a message is no JSON object")
    return Message(content=content, pcm=pcm)
