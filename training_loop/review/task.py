"""What a member of staff is given to work on, and what comes back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum

from training_loop.utterance import NamedEntity, Utterance


class Stage(Enum):
    REVIEW = "review"
    """Two reviewers, neither of whom sees what the other said."""
    ADJUDICATION = "adjudication"
    """A third who decides between them."""


class TaskState(Enum):
    """How a task stands for the member of staff it was lent to."""

    OPEN = "open"
    UNDOABLE = "undoable"
    """Submitted or skipped; may be taken back yet."""
    ENDED = "ended"
    WITHDRAWN = "withdrawn"
    """The account took its consent back, or the clip was deleted: drop everything of it."""
    EXPIRED = "expired"
    """The lease ran out; somebody else will get the clip."""


class SampleReason(Enum):
    """Why an item was picked; names nobody."""

    RANDOM = "random"
    UNSURE_WORDS = "unsure_words"
    UNSURE_INTENT = "unsure_intent"
    REPHRASED = "rephrased"
    CORRECTED = "corrected"


class Level(Enum):
    """What was done to a clip so that its speaker is harder to recognise."""

    ALTERED_VOICE = "altered_voice"
    """Text redacted, hidden words toned out, voice altered."""
    TRANSCRIPT_ONLY = "transcript_only"
    """Text redacted; there is no sound."""


class ClipReport(Enum):
    """Why a clip leaves the general queue at once."""

    DISTRESSING = "distressing"
    SUSPECTED_CRIME = "suspected_crime"
    CHILD_VOICE = "child_voice"
    FALSE_WAKE = "false_wake"

    @property
    def deletes(self) -> bool:
        """Nobody reviews a child's voice or what was never meant for the assistant."""
        return self in (ClipReport.CHILD_VOICE, ClipReport.FALSE_WAKE)


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownWord:
    """A word as staff see it; times from the beginning of the altered clip."""

    text: str = field(repr=False)
    """The word, or what stands for it: "<number>", "<name>", "<address>", "<email>", "<rare>"."""
    start_ms: int
    end_ms: int
    redacted: bool = False
    confidence: float = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class DeidentifiedClip:
    """All that staff may ever see or hear of an utterance. `repr` shows none of it."""

    pcm: bytes = field(repr=False)
    """Altered: 16 kHz, one channel, signed 16-bit little-endian; empty for TRANSCRIPT_ONLY."""
    level: Level
    text: str = field(repr=False)
    """The words in order, with single spaces."""
    words: tuple[ShownWord, ...] = field(default=(), repr=False)
    readings: tuple[str, ...] = field(default=(), repr=False)
    """Other hypotheses, best first, redacted alike."""
    intent: str = ""
    entities: tuple[NamedEntity, ...] = field(default=(), repr=False)
    """Places are characters of `text`; a hidden one is not among them."""
    template: str = field(default="", repr=False)
    """The normalised text: what is counted for k-anonymity."""
    redactions: Mapping[str, int] = field(default_factory=dict)
    """How many words were hidden, by kind."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceItem:
    """Where a clip comes from. For the machine alone: no member of staff is ever told."""

    account: str = field(repr=False)
    item: str
    epoch: int
    """Of the consent to learning."""
    review_epoch: int
    """Of the consent to human review."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WaitingItem:
    """An utterance that may be offered for review: for the machine alone."""

    source: SourceItem
    utterance: Utterance
    """Without its sound."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReviewTask:
    """A clip lent to one member of staff.

    `name` is sealed and opaque, good for this member of staff and this lease alone; another
    reviewer's task of the same clip has another one.
    """

    name: str = field(repr=False)
    stage: Stage
    clip: DeidentifiedClip = field(repr=False)
    """Without its sound, which is streamed."""
    clip_ms: int
    reason: SampleReason
    lease_left_s: float
    opinions: tuple[Opinion, ...] = field(default=(), repr=False)
    """For adjudication: what the reviewers said, in random order, without their names."""
    waveform: bytes = field(default=b"", repr=False)
    """Loudness over the clip's length, 0 to 255, for drawing it; at most 400 values."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Opinion:
    """What a reviewer or adjudicator says about a clip."""

    text: str = field(default="", repr=False)
    intent: str = field(default="", repr=False)
    entities: tuple[NamedEntity, ...] = field(default=(), repr=False)
    wake: bool = True
    not_for_assistant: bool = False
    unusable: bool = False
    took_ms: int = 0
    """From lease to submission; shown to its reviewer alone."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What two reviewers, or an adjudicator after them, made of a clip."""

    outcome: VerdictOutcome
    opinion: Opinion | None = field(default=None, repr=False)
    """The truth, where it is AGREED or ADJUDICATED."""


class VerdictOutcome(Enum):
    AGREED = "agreed"
    ADJUDICATED = "adjudicated"
    DISAGREED = "disagreed"
    """An adjudicator has to look."""
    UNUSABLE = "unusable"
    """Nothing to learn; the clip is out of review."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReviewCounts:
    """What became of the clips of this installation. Counts since its first day, which erasures
    leave as they are; `waiting`, `in_work` and `checks` are those of now."""

    offered: int = 0
    agreed: int = 0
    adjudicated: int = 0
    disagreed: int = 0
    unusable: int = 0
    deleted: int = 0
    """Reported as a child's voice or a false wake, or two people heard no wake word."""
    escalated: int = 0
    listens: int = 0
    waiting: int = 0
    """Clips with a ticket that nobody has."""
    in_work: int = 0
    """Clips in review in which somebody has a seat or all tickets are taken."""
    checks: int = 0
    """Gold clips that are lent as hidden checks."""
