"""Between the messages of the Review service and the values of tasks, shifts and figures."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from google.protobuf.duration_pb2 import Duration

from training_loop.deidentify.placeholders import PLACEHOLDER
from training_loop.errors import InvalidArgument
from training_loop.review.annotation import MAX_TEXT, AnnotationFault, check_text, write
from training_loop.review.ontology import Ontology
from training_loop.review.review_room import Answer, Lent
from training_loop.review.reviewer_record import ReviewerRecord
from training_loop.review.shifts import ShiftNow
from training_loop.review.task import (
    ClipReport,
    Level,
    Opinion,
    ReviewTask,
    SampleReason,
    ShownWord,
    Stage,
    TaskState,
)
from training_loop.services.fields import InvalidField, short_text, timestamp
from training_loop.utterance import NamedEntity
from training_loop.v1 import review_pb2 as pb

MOST_ENTITIES = 50
_TASK_CHARACTERS = 512
_REQUEST_ID_CHARACTERS = 64
_LONGEST_CLIP_MS = 3_600_000
_CONFIDENCE_STEPS = 10

_ANSWERS: Mapping[Answer, Any] = {
    answer: pb.LeaseTaskResponse.Outcome.Value(answer.name) for answer in Answer
}
_STAGES: Mapping[Stage, Any] = {
    stage: pb.ReviewStage.Value(f"REVIEW_STAGE_{stage.name}") for stage in Stage
}
_STATES: Mapping[TaskState, Any] = {
    state: pb.TaskState.Value(f"TASK_STATE_{state.name}") for state in TaskState
}
_LEVELS: Mapping[Level, Any] = {
    level: pb.DeidentificationLevel.Value(f"DEIDENTIFICATION_LEVEL_{level.name}") for level in Level
}
_REASONS: Mapping[SampleReason, Any] = {
    reason: pb.SampleReason.Value(f"SAMPLE_REASON_{reason.name}") for reason in SampleReason
}
REPORTS: Mapping[ClipReport, Any] = {
    report: pb.ClipReport.Value(f"CLIP_REPORT_{report.name}") for report in ClipReport
}


def duration(seconds: float) -> Duration:
    """To the millisecond; nothing is shorter than nothing."""
    message = Duration()
    message.FromMilliseconds(max(0, round(seconds * 1000)))
    return message


def task_name(value: str) -> str:
    """Opaque: only its length is looked at here. Raises InvalidField."""
    if not 0 < len(value) <= _TASK_CHARACTERS:
        raise InvalidField("task", f"must be 1 to {_TASK_CHARACTERS} characters")
    return value


def request_id(value: str) -> str:
    return short_text("request_id", value, most=_REQUEST_ID_CHARACTERS)


def from_ms(request: pb.StreamClipRequest) -> int:
    """Where to begin. Raises InvalidField."""
    begin: Duration = getattr(request, "from")
    milliseconds = begin.seconds * 1000 + begin.nanos // 1_000_000
    if not 0 <= milliseconds <= _LONGEST_CLIP_MS:
        raise InvalidField("from", "must lie within the clip")
    return milliseconds


def clip_report(value: pb.ClipReport) -> ClipReport:
    """Raises InvalidField."""
    for report, number in REPORTS.items():
        if number == value:
            return report
    raise InvalidField("report", "must name why the clip leaves the queue")


def opinion(content: pb.ReviewContent, ontology: Ontology) -> Opinion:
    """What a reviewer says. Text, intent and entities are looked at, and needed, only where there
    is something to learn. Raises InvalidField."""
    flags = Opinion(
        wake=content.wake,
        not_for_assistant=content.not_for_assistant,
        unusable=content.unusable,
    )
    if flags.unusable or flags.not_for_assistant or not flags.wake:
        return flags
    text = _text(content.text)
    entities = tuple(_entity(text, one) for one in _few(content))
    try:
        write(text, entities)
        ontology.check_entities(entities)
    except (AnnotationFault, InvalidArgument) as error:
        raise InvalidField("content.entities", str(error)) from None
    try:
        intent = ontology.check_intent(content.intent)
    except InvalidArgument as error:
        raise InvalidField("content.intent", str(error)) from None
    return Opinion(text=text, intent=intent, entities=entities)


def _text(value: str) -> str:
    """Plain words and placeholders: nothing that another program might take for more."""
    text = " ".join(value.split(" ")).strip() if len(value) <= MAX_TEXT else value
    try:
        check_text(text)
    except AnnotationFault as error:
        raise InvalidField("content.text", str(error)) from None
    if any(sign in PLACEHOLDER.sub("", text) for sign in "<>[]"):
        raise InvalidField("content.text", "brackets stand only around what is hidden")
    return text


def _few(content: pb.ReviewContent) -> list[pb.MarkedEntity]:
    if len(content.entities) > MOST_ENTITIES:
        raise InvalidField("content.entities", f"must be at most {MOST_ENTITIES}")
    return list(content.entities)


def _entity(text: str, message: pb.MarkedEntity) -> NamedEntity:
    if not 0 <= message.start < message.end <= len(text):
        raise InvalidField("content.entities", "must lie within the text")
    words = text[message.start : message.end]
    value = short_text("content.entities.value", message.value, most=MAX_TEXT)
    return NamedEntity(
        name=message.name,
        role=message.role,
        value=value or words,
        text=words,
        start=message.start,
        end=message.end,
    )


def lent_message(lent: Lent) -> pb.LeaseTaskResponse:
    task = task_message(lent.task) if lent.task else None
    return pb.LeaseTaskResponse(outcome=_ANSWERS[lent.answer], task=task)


def task_message(task: ReviewTask) -> pb.ReviewTask:
    clip = task.clip
    return pb.ReviewTask(
        task=task.name,
        stage=_STAGES[task.stage],
        level=_LEVELS[clip.level],
        reason=_REASONS[task.reason],
        clip_duration=duration(task.clip_ms / 1000),
        words=[word_message(word) for word in clip.words],
        readings=clip.readings,
        intent=clip.intent,
        entities=[_entity_message(entity) for entity in clip.entities],
        lease_left=duration(task.lease_left_s),
        opinions=[content_message(one) for one in task.opinions],
        state=pb.TASK_STATE_OPEN,
        waveform=task.waveform,
    )


def word_message(word: ShownWord) -> pb.ClipWord:
    return pb.ClipWord(
        text=word.text,
        start=duration(word.start_ms / 1000),
        end=duration(word.end_ms / 1000),
        redacted=word.redacted,
        confidence=round(word.confidence * _CONFIDENCE_STEPS) / _CONFIDENCE_STEPS,
    )


def content_message(said: Opinion) -> pb.ReviewContent:
    return pb.ReviewContent(
        text=said.text,
        intent=said.intent,
        entities=[_entity_message(entity) for entity in said.entities],
        wake=said.wake,
        not_for_assistant=said.not_for_assistant,
        unusable=said.unusable,
    )


def _entity_message(entity: NamedEntity) -> pb.MarkedEntity:
    return pb.MarkedEntity(
        name=entity.name,
        role=entity.role,
        value=entity.value,
        start=entity.start,
        end=entity.end,
    )


def status_message(state: TaskState, left_s: float) -> pb.TaskStatus:
    return pb.TaskStatus(state=_STATES[state], lease_left=duration(left_s))


def shift_message(
    found: ShiftNow, record: ReviewerRecord, *, help_: str, cases: tuple[int, int]
) -> pb.Shift:
    """`cases`: how many that the caller handed on still wait, and how many were taken."""
    shift, now, limits = found.shift, found.now_ms, found.limits
    on = shift.on(now, limits)
    message = pb.Shift(
        on_shift=on,
        text_first=shift.text_first,
        help=help_,
        check_accuracy=record.latest.accuracy,
        cases_waiting=cases[0],
        cases_taken=cases[1],
    )
    if not on:
        return message
    message.start_time.CopyFrom(timestamp(shift.start_ms / 1000))
    message.done, message.skipped, message.reported = shift.done, shift.skipped, shift.reported
    message.left = shift.left(limits)
    message.until_break.CopyFrom(duration(shift.until_break_s(now, limits)))
    if (break_left := shift.break_left_s(now, limits)) > 0:
        message.break_left.CopyFrom(duration(break_left))
    if (pace := shift.median_s) is not None:
        message.median_time.CopyFrom(duration(pace))
    return message


def ontology_message(ontology: Ontology) -> pb.Ontology:
    roles = sorted({role for known in ontology.entities.values() for role in known})
    return pb.Ontology(intents=ontology.intents, entities=list(ontology.entities), roles=roles)
