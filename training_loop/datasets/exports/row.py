"""One item as an export gives it away, and what every writer of a format does."""

from __future__ import annotations

import io
import wave
from dataclasses import dataclass, field
from typing import Protocol

from training_loop.datasets.split import Split
from training_loop.utterance import NamedEntity

RATE_HZ = 16_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """`item` and `speaker` are made for one export: they lead nowhere, and not from one export to
    another."""

    item: str
    speaker: str
    split: Split
    text: str = field(repr=False)
    intent: str = field(repr=False)
    entities: tuple[NamedEntity, ...] = field(repr=False)
    heard: str = field(repr=False)
    pcm: bytes = field(repr=False)

    @property
    def duration_s(self) -> float:
        return len(self.pcm) / 2 / RATE_HZ


class Writer(Protocol):
    """Writes rows under a directory. Blocking. Raises OSError."""

    def add(self, row: Row) -> None: ...

    def close(self) -> None:
        """Writes what could not be written before the last row, and closes its files."""
        ...


def wav_of(pcm: bytes) -> bytes:
    """A WAV file: 16 kHz, one channel, 16 bits."""
    file = io.BytesIO()
    with wave.open(file, "wb") as sound:
        sound.setnchannels(1)
        sound.setsampwidth(2)
        sound.setframerate(RATE_HZ)
        sound.writeframes(pcm)
    return file.getvalue()
