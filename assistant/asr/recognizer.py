"""The port to a speech recogniser."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Protocol

from training_loop.utterance import Reading, SpokenWord


@dataclass(frozen=True, slots=True, kw_only=True)
class Transcript:
    """A final result. Times count from the first sample given since the last `reset`."""

    text: str = field(repr=False)
    confidence: float
    words: tuple[SpokenWord, ...] = field(default=(), repr=False)
    alternatives: tuple[Reading, ...] = field(default=(), repr=False)


class Recognizer(Protocol):
    """Recognises one utterance at a time. Blocking and not thread-safe: use it from one job."""

    def accept(self, pcm: bytes) -> None:
        """Decodes 16 kHz, one channel, signed 16-bit little-endian samples."""
        ...

    def partial(self) -> str:
        """What has been recognised so far; may still change."""
        ...

    def final(self) -> Transcript:
        """Ends the utterance."""
        ...

    def reset(self) -> None:
        """Forgets everything heard and is ready for the next utterance."""
        ...
