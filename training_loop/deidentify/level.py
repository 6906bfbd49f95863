"""How far a clip was de-identified, and why not further."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum


class Level(Enum):
    """What a reviewer gets. Neither level hides everything: see the decision record 0901."""

    ALTERED = "altered"
    """A redacted transcript, and the words that it shows in another voice."""
    TRANSCRIPT_ONLY = "transcript_only"
    """A redacted transcript and no sound."""


class Obstacle(Enum):
    """Why a clip has no sound; the value is a stable word."""

    NO_AUDIO = "no_audio"
    TOO_SHORT = "too_short"
    TOO_LONG = "too_long"
    NO_WORD_TIMES = "no_word_times"
    """What has to be cut can't be found in the sound."""
    NOTHING_TO_HEAR = "nothing_to_hear"
    """Every word is hidden, or none was recognised."""
    NO_VOICING = "no_voicing"
    TOO_NOISY = "too_noisy"
    VOCODER_FAILED = "vocoder_failed"


class Step(Enum):
    """What was done to the sound; the value is a stable word."""

    OTHER_SOUND_SILENCED = "other_sound_silenced"
    """Everything outside of the shown words."""
    REDACTIONS_TONED = "redactions_toned"
    BACKGROUND_LOWERED = "background_lowered"
    PITCH_REPLACED = "pitch_replaced"
    FORMANTS_SHIFTED = "formants_shifted"
    TIMBRE_CHANGED = "timbre_changed"
    PACE_CHANGED = "pace_changed"
    LOUDNESS_NORMALISED = "loudness_normalised"


@dataclass(frozen=True, slots=True, kw_only=True)
class Treatment:
    """The level that a clip carries."""

    level: Level
    steps: tuple[Step, ...] = ()
    obstacle: Obstacle | None = None
    """None exactly when the sound was altered."""
