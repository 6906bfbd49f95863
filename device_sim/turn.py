"""What came of one request, as a device saw it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from device_sim.wake import WakeDetection


@dataclass(frozen=True, slots=True, kw_only=True)
class WakeVerdict:
    """The server's own opinion of the wake word; `score` 0 to 1."""

    accepted: bool
    score: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Word:
    """Times count from the beginning of the stream's audio."""

    text: str
    start_ms: int
    end_ms: int
    confidence: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Alternative:
    text: str
    confidence: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Transcript:
    text: str
    confidence: float
    words: tuple[Word, ...] = ()
    alternatives: tuple[Alternative, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Entity:
    """`role` is empty where the entity has none; `text` is as it was said."""

    name: str
    value: str
    role: str = ""
    text: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Interpretation:
    """`intent` is empty when nothing was understood."""

    intent: str
    confidence: float
    entities: tuple[Entity, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class DirectiveNote:
    """What the assistant asked the device to do: "set_volume", "stop" or "ring".

    `percent` counts for "set_volume"; `ring_kind` ("timer", "alarm", "reminder"), `label` and
    `due_at` (seconds since 1970) for "ring".
    """

    id: str
    action: str
    percent: int = 0
    ring_kind: str = ""
    label: str = ""
    due_at: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    text: str
    skill: str = ""
    expect_speech: bool = False
    directives: tuple[DirectiveNote, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Speech:
    """Signed 16-bit little-endian samples, one channel."""

    pcm: bytes = field(repr=False)
    sample_rate_hz: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """What became of the utterance; `outcome` as in the contract, lower case ("answered").

    `stage_ms` is the server's latency by stage: "wake", "recognition", "interpretation", "skill",
    "speech", "end_of_speech_to_answer".
    """

    outcome: str
    utterance_id: str
    kept: bool
    queued: bool
    reason: str
    stage_ms: Mapping[str, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class Timing:
    """Milliseconds by the device's own clock; None for what did not happen.

    `answer_ms` and `first_speech_ms` count from the end of speech where the source knows it, else
    from the moment the device stopped sending; `first_partial_ms` and `total_ms` from the opening
    of the stream.
    """

    answer_ms: float | None = None
    first_speech_ms: float | None = None
    first_partial_ms: float | None = None
    total_ms: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """One stream from `start` to `report`. None where an event did not come.

    `wake` is None for push-to-talk and for a reply that was asked for; `stop_reason` is as in the
    contract, lower case ("end_of_speech"), empty when the server did not stop the capture;
    `sent_ms` is the length of the audio that left the device.
    """

    session_id: str = ""
    wake: WakeDetection | None = None
    verdict: WakeVerdict | None = None
    partials: tuple[str, ...] = ()
    stop_reason: str = ""
    transcript: Transcript | None = None
    interpretation: Interpretation | None = None
    answer: Answer | None = None
    speech: Speech | None = None
    report: Report | None = None
    timing: Timing = field(default_factory=Timing)
    sent_ms: int = 0

    @property
    def expects_speech(self) -> bool:
        return self.answer is not None and self.answer.expect_speech

    @property
    def is_false_wake(self) -> bool:
        return self.verdict is not None and not self.verdict.accepted
