"""What a listener reports while audio streams in. No `repr` shows what was said."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum

from assistant.asr.recognizer import Transcript


class EndReason(Enum):
    """Why listening ended."""

    END_OF_SPEECH = "end_of_speech"
    NO_SPEECH = "no_speech"
    MAXIMUM_DURATION = "maximum_duration"
    FALSE_WAKE = "false_wake"
    END_OF_AUDIO = "end_of_audio"


@dataclass(frozen=True, slots=True, kw_only=True)
class WakeVerified:
    """The server's own verdict on the wake word, score 0 to 1."""

    accepted: bool
    score: float
    took_ms: float


@dataclass(frozen=True, slots=True, kw_only=True)
class PartialHeard:
    text: str = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class PauseHeard:
    """Silence has begun after speech; `text` is what would be final if it lasted."""

    text: str = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class CaptureEnded:
    """The device may close its microphone. Comes before `Heard` or `NothingHeard`."""

    reason: EndReason


@dataclass(frozen=True, slots=True, kw_only=True)
class Heard:
    """The final transcript; its times count from the beginning of the stream's audio."""

    transcript: Transcript = field(repr=False)
    reason: EndReason
    pcm: bytes = field(repr=False)
    """The utterance from shortly before the first word to the end, 16 kHz mono 16-bit."""
    recognition_ms: float
    """How long the last result took after the end was detected."""
    detected_at: float
    """time.perf_counter() when the end of speech was detected."""
    wake_score: float | None = None
    """By which any threshold would have believed the wake word or not; None where none was
    claimed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NothingHeard:
    """Silence, noise or a false wake: nothing to act on."""

    reason: EndReason


HearingEvent = WakeVerified | PartialHeard | PauseHeard | CaptureEnded | Heard | NothingHeard
