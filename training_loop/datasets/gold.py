"""One reviewed utterance as a trainer gets it: what was truly said and meant."""

from __future__ import annotations

from dataclasses import dataclass, field

from training_loop.datasets.item_ref import ItemRef
from training_loop.datasets.split import Split
from training_loop.utterance import NamedEntity, SpokenWord

UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """What a model must not be worse for. Each is a stable word; `UNKNOWN` where nobody knows.

    `noise` and `pitch` are known only where somebody heard the audio: see `sound_features`.
    """

    device_kind: str = UNKNOWN
    """What the device said of itself, for example "speaker" or "phone"."""
    noise: str = UNKNOWN
    """ "quiet", "some" or "loud"."""
    locale: str = "en"
    """The language that the device is set to, for example "en-GB"; "other" for what few have."""
    pitch: str = UNKNOWN
    """Of the voice: "low", "middle" or "high"."""


@dataclass(frozen=True, slots=True, kw_only=True)
class GoldItem:
    """Personal: `repr` shows nothing that was said. Valid for the read that gave it."""

    ref: ItemRef
    split: Split
    speaker: str
    """Random in each read; equal for the items of one account."""
    text: str = field(repr=False)
    """Without placeholders: the words that reviewers were not shown are back in."""
    intent: str = field(repr=False)
    entities: tuple[NamedEntity, ...] = field(default=(), repr=False)
    heard: str = field(default="", repr=False)
    """What the recogniser made of it."""
    heard_intent: str = field(default="", repr=False)
    """What the model in service made of that, with its confidence."""
    heard_intent_confidence: float = 0.0
    words: tuple[SpokenWord, ...] = field(default=(), repr=False)
    pcm: bytes = field(default=b"", repr=False)
    """16 kHz, one channel, signed 16-bit little-endian; empty unless asked for."""
    group: Group = Group()
    wake_score: float | None = None
    """Of a wake word that reviewers found meant, see `Utterance`."""
