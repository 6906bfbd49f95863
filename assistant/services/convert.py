"""Between the messages of `Assistant` and the values of a conversation."""

from __future__ import annotations

import re
import secrets
from collections.abc import Callable
from dataclasses import dataclass, replace

from google.protobuf.timestamp_pb2 import Timestamp

from assistant.answers.skill import DeviceAction, Ring, RingKind, SetVolume, StopEverything
from assistant.asr.recognizer import Transcript
from assistant.conversation.opening import Opening
from assistant.conversation.report import Outcome, Report
from assistant.conversation.turn import Answered, Interpreted, TurnEvent
from assistant.errors import BadRequest
from assistant.hearing.events import CaptureEnded, EndReason, Heard, PartialHeard, WakeVerified
from assistant.locales import locale_of
from assistant.speech.synthesizer import SpeechChunk
from assistant.v1 import assistant_pb2 as pb
from assistant.v1 import directive_pb2
from training_loop.access import Principal

SESSION_ID = re.compile(r"[A-Za-z0-9_-]{0,64}")
PRE_ROLL_MS = range(200, 3001)
_DEVICE_KINDS = {
    number: name.removeprefix("DEVICE_KIND_").lower()
    for name, number in pb.DeviceKind.items()
    if number != pb.DEVICE_KIND_UNSPECIFIED
}
"""What a device says of itself beyond these is not kept."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SpokenStart:
    """A `start` whose fields are known to be within the contract."""

    opening: Opening
    sample_rate_hz: int
    wake_phrase: str | None
    pre_roll_ms: int


def spoken_start(start: pb.Start, principal: Principal) -> SpokenStart:
    """Raises BadRequest for anything the contract does not allow."""
    if start.audio_format.encoding != pb.AudioFormat.LINEAR16:
        raise BadRequest(
            "UNSUPPORTED_ENCODING",
            "The audio's encoding is not supported.",
            "Send signed 16-bit little-endian PCM, one channel, as LINEAR16.",
        )
    wake = start.wake_word if start.HasField("wake_word") else None
    if wake is not None and wake.pre_roll_ms not in PRE_ROLL_MS:
        raise BadRequest(
            "PRE_ROLL_OUT_OF_RANGE",
            "The pre-roll's length is out of range.",
            f"Send {PRE_ROLL_MS.start} to {PRE_ROLL_MS.stop - 1} ms of audio from before waking.",
        )
    return SpokenStart(
        opening=replace(opening(start, principal), woken=wake is not None),
        sample_rate_hz=start.audio_format.sample_rate_hz,
        wake_phrase=wake.phrase if wake else None,
        pre_roll_ms=wake.pre_roll_ms if wake else 0,
    )


def opening(request: pb.Start | pb.InterpretRequest, principal: Principal) -> Opening:
    """Raises BadRequest for anything the contract does not allow."""
    if not SESSION_ID.fullmatch(request.session_id):
        raise BadRequest(
            "BAD_SESSION_ID",
            "The session id is not valid.",
            "Use 1 to 64 letters, digits, '_' or '-', or leave it empty.",
        )
    return Opening(
        account=principal.account,
        device=principal.device,
        session=request.session_id,
        no_training=request.no_training,
        guest=request.guest,
        text_only=request.text_only,
        device_kind=_DEVICE_KINDS.get(request.device_kind, ""),
        locale=locale_of(request.locale),
    )


def response(event: TurnEvent) -> pb.ConverseResponse | None:
    """None for events that only concern the server."""
    convert = _CONVERTERS.get(type(event))
    return convert(event) if convert else None


def _wake_verdict(event: WakeVerified) -> pb.ConverseResponse:
    return pb.ConverseResponse(
        wake_verdict=pb.WakeVerdict(accepted=event.accepted, score=event.score)
    )


def _partial(event: PartialHeard) -> pb.ConverseResponse:
    return pb.ConverseResponse(partial=pb.Partial(text=event.text))


_STOP_REASONS = {
    EndReason.END_OF_SPEECH: pb.StopCapture.END_OF_SPEECH,
    EndReason.NO_SPEECH: pb.StopCapture.NO_SPEECH,
    EndReason.MAXIMUM_DURATION: pb.StopCapture.MAXIMUM_DURATION,
    EndReason.FALSE_WAKE: pb.StopCapture.FALSE_WAKE,
    EndReason.END_OF_AUDIO: pb.StopCapture.END_OF_AUDIO,
}


def _stop_capture(event: CaptureEnded) -> pb.ConverseResponse:
    return pb.ConverseResponse(stop_capture=pb.StopCapture(reason=_STOP_REASONS[event.reason]))


def cancelled_capture() -> pb.ConverseResponse:
    return pb.ConverseResponse(stop_capture=pb.StopCapture(reason=pb.StopCapture.CANCELLED))


def _heard(event: Heard) -> pb.ConverseResponse:
    return pb.ConverseResponse(transcript=_transcript(event.transcript))


def _transcript(transcript: Transcript) -> pb.Transcript:
    return pb.Transcript(
        text=transcript.text,
        confidence=transcript.confidence,
        words=[
            pb.Word(
                text=word.text,
                start_ms=word.start_ms,
                end_ms=word.end_ms,
                confidence=word.confidence,
            )
            for word in transcript.words
        ],
        alternatives=[
            pb.Alternative(text=reading.text, confidence=reading.confidence)
            for reading in transcript.alternatives
        ],
    )


def _interpretation(event: Interpreted) -> pb.ConverseResponse:
    meaning = event.interpretation
    return pb.ConverseResponse(
        interpretation=pb.Interpretation(
            intent=meaning.intent,
            confidence=meaning.confidence,
            entities=[
                pb.Entity(name=entity.name, role=entity.role, value=entity.value, text=entity.text)
                for entity in meaning.entities
            ],
        )
    )


def _answer(event: Answered) -> pb.ConverseResponse:
    answer = event.reply.answer
    return pb.ConverseResponse(
        answer=pb.Answer(
            text=answer.text,
            directives=[directive(secrets.token_hex(8), action) for action in answer.actions],
            expect_speech=answer.question is not None,
            skill=event.reply.skill,
        )
    )


_RING_KINDS = {
    RingKind.TIMER: directive_pb2.Ring.TIMER,
    RingKind.ALARM: directive_pb2.Ring.ALARM,
    RingKind.REMINDER: directive_pb2.Ring.REMINDER,
}


def directive(name: str, action: DeviceAction) -> directive_pb2.Directive:
    """A device action under the id `name`."""
    message = directive_pb2.Directive(id=name)
    match action:
        case SetVolume():
            message.set_volume.percent = action.percent
        case StopEverything():
            message.stop.SetInParent()
        case Ring():
            message.ring.kind = _RING_KINDS[action.kind]
            message.ring.label = action.label
            message.ring.due_time.CopyFrom(_timestamp(action.due_at_s))
    return message


def _timestamp(seconds: float) -> Timestamp:
    stamp = Timestamp()
    stamp.FromMilliseconds(round(seconds * 1000))
    return stamp


def _speech(chunk: SpeechChunk) -> pb.ConverseResponse:
    return pb.ConverseResponse(
        speech=pb.Speech(
            audio=chunk.pcm, sample_rate_hz=chunk.sample_rate_hz, sentence=chunk.sentence
        )
    )


_OUTCOMES = {
    Outcome.ANSWERED: pb.Report.ANSWERED,
    Outcome.ASKED: pb.Report.ASKED,
    Outcome.NOT_UNDERSTOOD: pb.Report.NOT_UNDERSTOOD,
    Outcome.NOTHING_HEARD: pb.Report.NOTHING_HEARD,
    Outcome.FALSE_WAKE: pb.Report.FALSE_WAKE,
    Outcome.CANCELLED: pb.Report.CANCELLED,
    Outcome.UNAVAILABLE: pb.Report.UNAVAILABLE,
}


def report_message(report: Report) -> pb.ConverseResponse:
    latency = report.latency
    return pb.ConverseResponse(
        report=pb.Report(
            utterance_id=report.utterance_id,
            outcome=_OUTCOMES[report.outcome],
            fate=pb.Fate(
                kept=report.fate.kept, queued=report.fate.queued, reason=report.fate.reason
            ),
            latency=pb.Latency(
                wake_ms=latency.wake_ms,
                recognition_ms=latency.recognition_ms,
                interpretation_ms=latency.interpretation_ms,
                skill_ms=latency.skill_ms,
                speech_ms=latency.speech_ms,
                end_of_speech_to_answer_ms=latency.end_of_speech_to_answer_ms,
            ),
        )
    )


_CONVERTERS: dict[type, Callable[..., pb.ConverseResponse]] = {
    WakeVerified: _wake_verdict,
    PartialHeard: _partial,
    CaptureEnded: _stop_capture,
    Heard: _heard,
    Interpreted: _interpretation,
    Answered: _answer,
    SpeechChunk: _speech,
    Report: report_message,
}
