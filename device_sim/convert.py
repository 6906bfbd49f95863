"""From the messages of the contract to values."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from assistant.v1 import assistant_pb2, directive_pb2
from device_sim.turn import (
    Alternative,
    Answer,
    DirectiveNote,
    Entity,
    Interpretation,
    Report,
    Transcript,
    WakeVerdict,
    Word,
)

_ACTIONS: Final[dict[str, Callable[[directive_pb2.Directive], DirectiveNote]]] = {
    "set_volume": lambda d: DirectiveNote(
        id=d.id, action="set_volume", percent=d.set_volume.percent
    ),
    "stop": lambda d: DirectiveNote(id=d.id, action="stop"),
    "ring": lambda d: DirectiveNote(
        id=d.id,
        action="ring",
        ring_kind=_word(directive_pb2.Ring.Kind, d.ring.kind),
        label=d.ring.label,
        due_at=d.ring.due_time.ToNanoseconds() / 1e9,
    ),
}


def directive_note(directive: directive_pb2.Directive) -> DirectiveNote:
    """An action that this version does not know comes as "unknown"."""
    make = _ACTIONS.get(directive.WhichOneof("action") or "")
    return make(directive) if make else DirectiveNote(id=directive.id, action="unknown")


def wake_verdict(message: assistant_pb2.WakeVerdict) -> WakeVerdict:
    return WakeVerdict(accepted=message.accepted, score=message.score)


def transcript(message: assistant_pb2.Transcript) -> Transcript:
    return Transcript(
        text=message.text,
        confidence=message.confidence,
        words=tuple(
            Word(text=w.text, start_ms=w.start_ms, end_ms=w.end_ms, confidence=w.confidence)
            for w in message.words
        ),
        alternatives=tuple(
            Alternative(text=a.text, confidence=a.confidence) for a in message.alternatives
        ),
    )


def interpretation(message: assistant_pb2.Interpretation) -> Interpretation:
    return Interpretation(
        intent=message.intent,
        confidence=message.confidence,
        entities=tuple(
            Entity(name=e.name, value=e.value, role=e.role, text=e.text) for e in message.entities
        ),
    )


def answer(message: assistant_pb2.Answer) -> Answer:
    return Answer(
        text=message.text,
        skill=message.skill,
        expect_speech=message.expect_speech,
        directives=tuple(directive_note(d) for d in message.directives),
    )


def report(message: assistant_pb2.Report) -> Report:
    latency = message.latency
    return Report(
        outcome=_word(assistant_pb2.Report.Outcome, message.outcome),
        utterance_id=message.utterance_id,
        kept=message.fate.kept,
        queued=message.fate.queued,
        reason=message.fate.reason,
        stage_ms={
            "wake": latency.wake_ms,
            "recognition": latency.recognition_ms,
            "interpretation": latency.interpretation_ms,
            "skill": latency.skill_ms,
            "speech": latency.speech_ms,
            "end_of_speech_to_answer": latency.end_of_speech_to_answer_ms,
        },
    )


def stop_reason(message: assistant_pb2.StopCapture) -> str:
    return _word(assistant_pb2.StopCapture.Reason, message.reason)


def _word(enumeration: Any, number: int) -> str:
    """The value's name in lower case; "unknown" for one of a newer contract."""
    try:
        return str(enumeration.Name(number)).lower()
    except ValueError:
        return "unknown"
