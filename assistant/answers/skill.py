"""The contract of a skill: what it is given, and what it answers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum
from typing import Final, Protocol

from assistant.nlu.interpreter import Interpretation
from training_loop.utterance import Fate, Reading

CONFIRMATION: Final = "confirmation"
"""The slot of a question to be answered with yes or no."""


class RingKind(Enum):
    TIMER = "timer"
    ALARM = "alarm"
    REMINDER = "reminder"


@dataclass(frozen=True, slots=True, kw_only=True)
class SetVolume:
    """0 (mute) to 100."""

    percent: int


@dataclass(frozen=True, slots=True, kw_only=True)
class StopEverything:
    """Stop speaking, ringing and playing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ring:
    """Something is due: make it heard until stopped."""

    kind: RingKind
    label: str = field(default="", repr=False)
    due_at_s: float


DeviceAction = SetVolume | StopEverything | Ring


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """The answer asks for a slot; the next utterance of the session comes back to the skill
    with `Request.expecting` and `Request.slots` set, unless it is clearly another request.

    "Stop" and "cancel" end the question, and so does "no" unless the slot is CONFIRMATION."""

    slot: str
    slots: Mapping[str, str] = field(default_factory=dict, repr=False)
    accepts: frozenset[str] = frozenset()
    """Intents that count as a reply, besides `inform`, `affirm` and, to CONFIRMATION, `deny`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Previous:
    """The request that was answered last on a device, as long as the device remembers it."""

    interpretation: Interpretation = field(repr=False)
    spoken: bool
    """Else it was typed."""
    confidence: float
    """Of the words, 0 to 1."""
    alternatives: tuple[Reading, ...] = field(default=(), repr=False)
    skill: str
    """Empty when nobody understood."""
    utterance_id: str
    """Empty when nothing of it was kept."""
    fate: Fate


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """One understood request. Belongs to one account and one device."""

    account: str
    device: str
    interpretation: Interpretation
    now: datetime
    """Aware, in the account's time zone."""
    guest: bool = False
    previous_answer: str = field(default="", repr=False)
    """What the assistant said last in this session; empty for none."""
    previous_utterance_ids: tuple[str, ...] = ()
    """The latest kept utterances of this session, newest first."""
    previous: Previous | None = None
    """None when there was none lately, or nothing of it may be remembered."""
    asked_by: str = ""
    """The skill whose question is open in this session, empty for none."""
    question: Question | None = None
    """That open question, as the skill asked it."""
    expecting: str = ""
    """The slot to fill when this request replies to the skill's own question, else empty.
    The registry sets it: a skill never sees another skill's question."""
    slots: Mapping[str, str] = field(default_factory=dict, repr=False)
    """What the asking skill wanted to remember until this reply. The registry sets it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What to say and do."""

    text: str = field(repr=False)
    actions: tuple[DeviceAction, ...] = ()
    question: Question | None = None
    forget: bool = False
    """Nothing of this utterance may be kept, whatever the switches say."""


class Skill(Protocol):
    """Answers the requests of some intents.

    Skills are discovered through the entry point group `earmark.skills`: each entry is a callable
    that takes the `SkillPorts` and returns a skill.
    """

    @property
    def name(self) -> str:
        """Lower case with underscores; unique."""
        ...

    @property
    def intents(self) -> frozenset[str]:
        """The intents this skill answers; no two skills share one."""
        ...

    @property
    def examples(self) -> tuple[str, ...]:
        """One to three things to say, for "help"."""
        ...

    async def answer(self, request: Request) -> Answer:
        """Raises EarmarkError for expected failures, which become a spoken apology."""
        ...
