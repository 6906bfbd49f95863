"""The port to a speech synthesiser."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Protocol


@dataclass(frozen=True, slots=True, kw_only=True)
class SpeechChunk:
    """Signed 16-bit little-endian samples, one channel; `sentence` counts from 0."""

    pcm: bytes = field(repr=False)
    sample_rate_hz: int
    sentence: int


class Synthesizer(Protocol):
    """Speaks text. Safe for concurrent use."""

    def speak(self, text: str) -> AsyncIterator[SpeechChunk]:
        """Yields the speech sentence by sentence, in chunks of at most 64 KiB."""
        ...
