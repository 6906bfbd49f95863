"""How a turn ended, and how long its stages took."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum

from training_loop.utterance import Fate


class Outcome(Enum):
    """How a turn ended, as it is reported and counted."""

    ANSWERED = "answered"
    ASKED = "asked"
    NOT_UNDERSTOOD = "not_understood"
    NOTHING_HEARD = "nothing_heard"
    FALSE_WAKE = "false_wake"
    CANCELLED = "cancelled"
    UNAVAILABLE = "unavailable"


@dataclass(slots=True, kw_only=True)
class Latency:
    """Milliseconds by stage, filled in while the turn runs; 0 where a stage did not run."""

    wake_ms: float = 0.0
    recognition_ms: float = 0.0
    interpretation_ms: float = 0.0
    skill_ms: float = 0.0
    speech_ms: float = 0.0
    end_of_speech_to_answer_ms: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """The last event of every turn. `utterance_id` is empty when nothing was kept."""

    outcome: Outcome
    fate: Fate = field(default_factory=Fate)
    utterance_id: str = ""
    latency: Latency
