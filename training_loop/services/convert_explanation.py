"""From an explanation to its message."""

from __future__ import annotations

from google.protobuf.duration_pb2 import Duration

from training_loop.rights import Explanation, Kept
from training_loop.services.convert_privacy import consent_message, removal
from training_loop.services.fields import timestamp
from training_loop.utterance import Utterance
from training_loop.v1 import privacy_pb2

_Message = privacy_pb2.UtteranceExplanation


def explanation_message(explained: Explanation) -> _Message:
    said = explained.utterance
    correction = said.correction
    return _Message(
        utterance_id=said.utterance_id,
        capture_time=timestamp(said.captured_at_s),
        device=said.device,
        heard=_heard(said),
        understood=_understood(said),
        skill=said.skill,
        answer=said.answer,
        corrected_text=correction.text if correction else "",
        corrected_intent=correction.intent if correction else "",
        kept=[_kept(copy) for copy in explained.kept],
        removal=removal(said.removed),
    )


def _heard(said: Utterance) -> _Message.Heard:
    return _Message.Heard(
        text=said.heard,
        confidence=said.confidence,
        words=[
            _Message.Word(
                text=word.text,
                start=_duration(word.start_ms),
                end=_duration(word.end_ms),
                confidence=word.confidence,
            )
            for word in said.words
        ],
        alternatives=[
            _Message.Alternative(text=reading.text, confidence=reading.confidence)
            for reading in said.alternatives
        ],
    )


def _understood(said: Utterance) -> _Message.Understood:
    return _Message.Understood(
        intent=said.intent,
        confidence=said.intent_confidence,
        entities=[
            _Message.Entity(
                name=entity.name,
                role=entity.role,
                value=entity.value,
                text=entity.text,
                confidence=entity.confidence,
            )
            for entity in said.entities
        ],
    )


def _kept(copy: Kept) -> _Message.KeptCopy:
    return _Message.KeptCopy(
        purpose=copy.purpose,
        keep_time=timestamp(copy.kept_at_s),
        expire_time=timestamp(copy.until_s),
        consent=consent_message(copy.consent) if copy.consent else None,
        reviewed_text=copy.reviewed_text,
        reviewed_intent=copy.reviewed_intent,
    )


def _duration(milliseconds: int) -> Duration:
    duration = Duration()
    duration.FromMilliseconds(milliseconds)
    return duration
