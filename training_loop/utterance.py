"""One utterance and what became of it: the values handed from the assistant to the loop."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum


@dataclass(frozen=True, slots=True, kw_only=True)
class SpokenWord:
    """A recognised word; times from the beginning of the utterance's audio."""

    text: str
    start_ms: int
    end_ms: int
    confidence: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """One hypothesis of what was said, confidence 0 to 1."""

    text: str
    confidence: float


@dataclass(frozen=True, slots=True, kw_only=True)
class NamedEntity:
    """A part of the text with a meaning; `role` may be empty, `start` and `end` are characters."""

    name: str
    role: str = ""
    value: str
    text: str
    start: int
    end: int
    confidence: float = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Correction:
    """What the account holder says was said; empty where nothing is wrong with it."""

    text: str = field(default="", repr=False)
    intent: str = field(default="", repr=False)
    at_s: float
    """Unix time."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Utterance:
    """What a device said and what was answered. Personal: `repr` shows the id alone."""

    utterance_id: str
    account: str
    device: str
    captured_at_s: float
    """Unix time."""
    pcm: bytes = field(repr=False)
    """16 kHz, one channel, signed 16-bit little-endian; empty for typed requests."""
    heard: str = field(repr=False)
    confidence: float
    words: tuple[SpokenWord, ...] = field(default=(), repr=False)
    alternatives: tuple[Reading, ...] = field(default=(), repr=False)
    intent: str = field(default="", repr=False)
    intent_confidence: float = 0.0
    entities: tuple[NamedEntity, ...] = field(default=(), repr=False)
    answer: str = field(default="", repr=False)
    skill: str = ""
    """Which skill answered; empty when none did."""
    correction: Correction | None = field(default=None, repr=False)
    device_kind: str = ""
    """What said it, as a coarse stable word such as "speaker"; empty where the device did not
    say."""
    wake_score: float | None = None
    """How sure the server's own detector was of the wake word, 0 to 1; None where a button or a
    keyboard began, or in records from before it was kept."""
    locale: str = "en"
    """The language that the device is set to: "en", one of a few English locales that many people
    have, such as "en-GB", or "other"."""
    removed: str = ""
    """Why nothing is left of it but when and where: "false_wake" or "child_voice", which people
    found out in review. Empty where nothing was taken away."""

    def without_content(self, removed: str) -> Utterance:
        """The note that stays in the history of its account."""
        return Utterance(
            utterance_id=self.utterance_id,
            account=self.account,
            device=self.device,
            captured_at_s=self.captured_at_s,
            pcm=b"",
            heard="",
            confidence=0.0,
            removed=removed,
        )


class Wake(Enum):
    """How a request began."""

    VERIFIED = "verified"
    """A second detector found the wake word as well."""
    PUSHED = "pushed"
    """A button or a keyboard: nothing was claimed that could be wrong."""
    UNVERIFIED = "unverified"
    """The device claims a wake word, and nobody has checked."""
    REFUSED = "refused"
    """There was no wake word."""


class Speaker(Enum):
    """Whose voice it was, where that is told apart."""

    ENROLLED = "enrolled"
    STRANGER = "stranger"


@dataclass(frozen=True, slots=True, kw_only=True)
class CaptureContext:
    """What the policy needs to know about a request.

    None means that it is not known: see the policies `Awake` and `KnownVoice` for what that does.
    The verdict on the wake word comes after the request has begun, and is filled in before keeping.
    """

    account: str
    device: str
    guest: bool = False
    no_training: bool = False
    wake: Wake | None = None
    speaker: Speaker | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CaptureConsent:
    """The account's consent as it stood when the request began.

    An epoch is None where that purpose was not allowed at capture; `reason` says why in a stable
    word. Storing compares the epochs again: a consent that changed in between refuses.
    """

    context: CaptureContext
    history_epoch: int | None
    learning_epoch: int | None
    reason: str = ""
    review_epoch: int | None = None
    """Not None where a person may listen to the item as well."""
    generation: int = 0
    """Rises when the account deletes a range of time: what was captured before is refused."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fate:
    """What became of an utterance; `reason` is a stable word, empty when kept and queued."""

    kept: bool = False
    queued: bool = False
    reason: str = ""
