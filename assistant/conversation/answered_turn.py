"""What can be counted of a turn once it is over; kept by nobody who is told."""

from __future__ import annotations

from dataclasses import dataclass, field

from assistant.answers.skill import Previous
from assistant.conversation.opening import Opening
from assistant.conversation.report import Latency, Outcome
from assistant.hearing.events import Heard
from assistant.nlu.interpreter import Interpretation
from training_loop.utterance import Fate


@dataclass(frozen=True, slots=True, kw_only=True)
class AnsweredTurn:
    opening: Opening
    text: str = field(repr=False)
    heard: Heard | None = field(repr=False)
    """None for a typed request."""
    interpretation: Interpretation | None = field(repr=False)
    """None when the interpreter was away."""
    previous: Previous | None = field(repr=False)
    """The request that was answered before it on the device."""
    outcome: Outcome
    fate: Fate
    latency: Latency
