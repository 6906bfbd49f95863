import datetime

from google.protobuf import duration_pb2 as _duration_pb2
from google.protobuf import timestamp_pb2 as _timestamp_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class ReviewStage(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    REVIEW_STAGE_UNSPECIFIED: _ClassVar[ReviewStage]
    REVIEW_STAGE_REVIEW: _ClassVar[ReviewStage]
    REVIEW_STAGE_ADJUDICATION: _ClassVar[ReviewStage]

class TaskState(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    TASK_STATE_UNSPECIFIED: _ClassVar[TaskState]
    TASK_STATE_OPEN: _ClassVar[TaskState]
    TASK_STATE_UNDOABLE: _ClassVar[TaskState]
    TASK_STATE_ENDED: _ClassVar[TaskState]
    TASK_STATE_WITHDRAWN: _ClassVar[TaskState]
    TASK_STATE_EXPIRED: _ClassVar[TaskState]

class DeidentificationLevel(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    DEIDENTIFICATION_LEVEL_UNSPECIFIED: _ClassVar[DeidentificationLevel]
    DEIDENTIFICATION_LEVEL_ALTERED_VOICE: _ClassVar[DeidentificationLevel]
    DEIDENTIFICATION_LEVEL_TRANSCRIPT_ONLY: _ClassVar[DeidentificationLevel]

class SampleReason(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    SAMPLE_REASON_UNSPECIFIED: _ClassVar[SampleReason]
    SAMPLE_REASON_RANDOM: _ClassVar[SampleReason]
    SAMPLE_REASON_UNSURE_WORDS: _ClassVar[SampleReason]
    SAMPLE_REASON_UNSURE_INTENT: _ClassVar[SampleReason]
    SAMPLE_REASON_REPHRASED: _ClassVar[SampleReason]
    SAMPLE_REASON_CORRECTED: _ClassVar[SampleReason]

class ClipReport(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    CLIP_REPORT_UNSPECIFIED: _ClassVar[ClipReport]
    CLIP_REPORT_DISTRESSING: _ClassVar[ClipReport]
    CLIP_REPORT_SUSPECTED_CRIME: _ClassVar[ClipReport]
    CLIP_REPORT_CHILD_VOICE: _ClassVar[ClipReport]
    CLIP_REPORT_FALSE_WAKE: _ClassVar[ClipReport]
REVIEW_STAGE_UNSPECIFIED: ReviewStage
REVIEW_STAGE_REVIEW: ReviewStage
REVIEW_STAGE_ADJUDICATION: ReviewStage
TASK_STATE_UNSPECIFIED: TaskState
TASK_STATE_OPEN: TaskState
TASK_STATE_UNDOABLE: TaskState
TASK_STATE_ENDED: TaskState
TASK_STATE_WITHDRAWN: TaskState
TASK_STATE_EXPIRED: TaskState
DEIDENTIFICATION_LEVEL_UNSPECIFIED: DeidentificationLevel
DEIDENTIFICATION_LEVEL_ALTERED_VOICE: DeidentificationLevel
DEIDENTIFICATION_LEVEL_TRANSCRIPT_ONLY: DeidentificationLevel
SAMPLE_REASON_UNSPECIFIED: SampleReason
SAMPLE_REASON_RANDOM: SampleReason
SAMPLE_REASON_UNSURE_WORDS: SampleReason
SAMPLE_REASON_UNSURE_INTENT: SampleReason
SAMPLE_REASON_REPHRASED: SampleReason
SAMPLE_REASON_CORRECTED: SampleReason
CLIP_REPORT_UNSPECIFIED: ClipReport
CLIP_REPORT_DISTRESSING: ClipReport
CLIP_REPORT_SUSPECTED_CRIME: ClipReport
CLIP_REPORT_CHILD_VOICE: ClipReport
CLIP_REPORT_FALSE_WAKE: ClipReport

class LeaseTaskRequest(_message.Message):
    __slots__ = ("request_id",)
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    request_id: str
    def __init__(self, request_id: _Optional[str] = ...) -> None: ...

class LeaseTaskResponse(_message.Message):
    __slots__ = ("outcome", "task")
    class Outcome(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
        __slots__ = ()
        OUTCOME_UNSPECIFIED: _ClassVar[LeaseTaskResponse.Outcome]
        LENT: _ClassVar[LeaseTaskResponse.Outcome]
        NOTHING_WAITS: _ClassVar[LeaseTaskResponse.Outcome]
        CAP_REACHED: _ClassVar[LeaseTaskResponse.Outcome]
        BREAK_DUE: _ClassVar[LeaseTaskResponse.Outcome]
        NO_SHIFT: _ClassVar[LeaseTaskResponse.Outcome]
        HELD: _ClassVar[LeaseTaskResponse.Outcome]
    OUTCOME_UNSPECIFIED: LeaseTaskResponse.Outcome
    LENT: LeaseTaskResponse.Outcome
    NOTHING_WAITS: LeaseTaskResponse.Outcome
    CAP_REACHED: LeaseTaskResponse.Outcome
    BREAK_DUE: LeaseTaskResponse.Outcome
    NO_SHIFT: LeaseTaskResponse.Outcome
    HELD: LeaseTaskResponse.Outcome
    OUTCOME_FIELD_NUMBER: _ClassVar[int]
    TASK_FIELD_NUMBER: _ClassVar[int]
    outcome: LeaseTaskResponse.Outcome
    task: ReviewTask
    def __init__(self, outcome: _Optional[_Union[LeaseTaskResponse.Outcome, str]] = ..., task: _Optional[_Union[ReviewTask, _Mapping]] = ...) -> None: ...

class ReviewTask(_message.Message):
    __slots__ = ("task", "stage", "level", "reason", "clip_duration", "words", "readings", "intent", "entities", "lease_left", "opinions", "state", "waveform")
    TASK_FIELD_NUMBER: _ClassVar[int]
    STAGE_FIELD_NUMBER: _ClassVar[int]
    LEVEL_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    CLIP_DURATION_FIELD_NUMBER: _ClassVar[int]
    WORDS_FIELD_NUMBER: _ClassVar[int]
    READINGS_FIELD_NUMBER: _ClassVar[int]
    INTENT_FIELD_NUMBER: _ClassVar[int]
    ENTITIES_FIELD_NUMBER: _ClassVar[int]
    LEASE_LEFT_FIELD_NUMBER: _ClassVar[int]
    OPINIONS_FIELD_NUMBER: _ClassVar[int]
    STATE_FIELD_NUMBER: _ClassVar[int]
    WAVEFORM_FIELD_NUMBER: _ClassVar[int]
    task: str
    stage: ReviewStage
    level: DeidentificationLevel
    reason: SampleReason
    clip_duration: _duration_pb2.Duration
    words: _containers.RepeatedCompositeFieldContainer[ClipWord]
    readings: _containers.RepeatedScalarFieldContainer[str]
    intent: str
    entities: _containers.RepeatedCompositeFieldContainer[MarkedEntity]
    lease_left: _duration_pb2.Duration
    opinions: _containers.RepeatedCompositeFieldContainer[ReviewContent]
    state: TaskState
    waveform: bytes
    def __init__(self, task: _Optional[str] = ..., stage: _Optional[_Union[ReviewStage, str]] = ..., level: _Optional[_Union[DeidentificationLevel, str]] = ..., reason: _Optional[_Union[SampleReason, str]] = ..., clip_duration: _Optional[_Union[datetime.timedelta, _duration_pb2.Duration, _Mapping]] = ..., words: _Optional[_Iterable[_Union[ClipWord, _Mapping]]] = ..., readings: _Optional[_Iterable[str]] = ..., intent: _Optional[str] = ..., entities: _Optional[_Iterable[_Union[MarkedEntity, _Mapping]]] = ..., lease_left: _Optional[_Union[datetime.timedelta, _duration_pb2.Duration, _Mapping]] = ..., opinions: _Optional[_Iterable[_Union[ReviewContent, _Mapping]]] = ..., state: _Optional[_Union[TaskState, str]] = ..., waveform: _Optional[bytes] = ...) -> None: ...

class ClipWord(_message.Message):
    __slots__ = ("text", "start", "end", "redacted", "confidence")
    TEXT_FIELD_NUMBER: _ClassVar[int]
    START_FIELD_NUMBER: _ClassVar[int]
    END_FIELD_NUMBER: _ClassVar[int]
    REDACTED_FIELD_NUMBER: _ClassVar[int]
    CONFIDENCE_FIELD_NUMBER: _ClassVar[int]
    text: str
    start: _duration_pb2.Duration
    end: _duration_pb2.Duration
    redacted: bool
    confidence: float
    def __init__(self, text: _Optional[str] = ..., start: _Optional[_Union[datetime.timedelta, _duration_pb2.Duration, _Mapping]] = ..., end: _Optional[_Union[datetime.timedelta, _duration_pb2.Duration, _Mapping]] = ..., redacted: _Optional[bool] = ..., confidence: _Optional[float] = ...) -> None: ...

class MarkedEntity(_message.Message):
    __slots__ = ("name", "role", "value", "start", "end")
    NAME_FIELD_NUMBER: _ClassVar[int]
    ROLE_FIELD_NUMBER: _ClassVar[int]
    VALUE_FIELD_NUMBER: _ClassVar[int]
    START_FIELD_NUMBER: _ClassVar[int]
    END_FIELD_NUMBER: _ClassVar[int]
    name: str
    role: str
    value: str
    start: int
    end: int
    def __init__(self, name: _Optional[str] = ..., role: _Optional[str] = ..., value: _Optional[str] = ..., start: _Optional[int] = ..., end: _Optional[int] = ...) -> None: ...

class StreamClipRequest(_message.Message):
    __slots__ = ("task",)
    TASK_FIELD_NUMBER: _ClassVar[int]
    FROM_FIELD_NUMBER: _ClassVar[int]
    task: str
    def __init__(self, task: _Optional[str] = ..., **kwargs) -> None: ...

class ClipChunk(_message.Message):
    __slots__ = ("pcm",)
    PCM_FIELD_NUMBER: _ClassVar[int]
    pcm: bytes
    def __init__(self, pcm: _Optional[bytes] = ...) -> None: ...

class WatchTaskRequest(_message.Message):
    __slots__ = ("task",)
    TASK_FIELD_NUMBER: _ClassVar[int]
    task: str
    def __init__(self, task: _Optional[str] = ...) -> None: ...

class TaskStatus(_message.Message):
    __slots__ = ("state", "lease_left")
    STATE_FIELD_NUMBER: _ClassVar[int]
    LEASE_LEFT_FIELD_NUMBER: _ClassVar[int]
    state: TaskState
    lease_left: _duration_pb2.Duration
    def __init__(self, state: _Optional[_Union[TaskState, str]] = ..., lease_left: _Optional[_Union[datetime.timedelta, _duration_pb2.Duration, _Mapping]] = ...) -> None: ...

class ReviewContent(_message.Message):
    __slots__ = ("text", "intent", "entities", "wake", "not_for_assistant", "unusable")
    TEXT_FIELD_NUMBER: _ClassVar[int]
    INTENT_FIELD_NUMBER: _ClassVar[int]
    ENTITIES_FIELD_NUMBER: _ClassVar[int]
    WAKE_FIELD_NUMBER: _ClassVar[int]
    NOT_FOR_ASSISTANT_FIELD_NUMBER: _ClassVar[int]
    UNUSABLE_FIELD_NUMBER: _ClassVar[int]
    text: str
    intent: str
    entities: _containers.RepeatedCompositeFieldContainer[MarkedEntity]
    wake: bool
    not_for_assistant: bool
    unusable: bool
    def __init__(self, text: _Optional[str] = ..., intent: _Optional[str] = ..., entities: _Optional[_Iterable[_Union[MarkedEntity, _Mapping]]] = ..., wake: _Optional[bool] = ..., not_for_assistant: _Optional[bool] = ..., unusable: _Optional[bool] = ...) -> None: ...

class SubmitReviewRequest(_message.Message):
    __slots__ = ("task", "content", "request_id")
    TASK_FIELD_NUMBER: _ClassVar[int]
    CONTENT_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    task: str
    content: ReviewContent
    request_id: str
    def __init__(self, task: _Optional[str] = ..., content: _Optional[_Union[ReviewContent, _Mapping]] = ..., request_id: _Optional[str] = ...) -> None: ...

class SubmitReviewResponse(_message.Message):
    __slots__ = ("undo_left",)
    UNDO_LEFT_FIELD_NUMBER: _ClassVar[int]
    undo_left: _duration_pb2.Duration
    def __init__(self, undo_left: _Optional[_Union[datetime.timedelta, _duration_pb2.Duration, _Mapping]] = ...) -> None: ...

class UndoReviewRequest(_message.Message):
    __slots__ = ("task",)
    TASK_FIELD_NUMBER: _ClassVar[int]
    task: str
    def __init__(self, task: _Optional[str] = ...) -> None: ...

class SkipTaskRequest(_message.Message):
    __slots__ = ("task",)
    TASK_FIELD_NUMBER: _ClassVar[int]
    task: str
    def __init__(self, task: _Optional[str] = ...) -> None: ...

class SkipTaskResponse(_message.Message):
    __slots__ = ("undo_left",)
    UNDO_LEFT_FIELD_NUMBER: _ClassVar[int]
    undo_left: _duration_pb2.Duration
    def __init__(self, undo_left: _Optional[_Union[datetime.timedelta, _duration_pb2.Duration, _Mapping]] = ...) -> None: ...

class ReportClipRequest(_message.Message):
    __slots__ = ("task", "report", "request_id")
    TASK_FIELD_NUMBER: _ClassVar[int]
    REPORT_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    task: str
    report: ClipReport
    request_id: str
    def __init__(self, task: _Optional[str] = ..., report: _Optional[_Union[ClipReport, str]] = ..., request_id: _Optional[str] = ...) -> None: ...

class ReportClipResponse(_message.Message):
    __slots__ = ("case_reference", "deleted")
    CASE_REFERENCE_FIELD_NUMBER: _ClassVar[int]
    DELETED_FIELD_NUMBER: _ClassVar[int]
    case_reference: str
    deleted: bool
    def __init__(self, case_reference: _Optional[str] = ..., deleted: _Optional[bool] = ...) -> None: ...

class StartShiftRequest(_message.Message):
    __slots__ = ("text_first",)
    TEXT_FIRST_FIELD_NUMBER: _ClassVar[int]
    text_first: bool
    def __init__(self, text_first: _Optional[bool] = ...) -> None: ...

class GetMyShiftRequest(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class Shift(_message.Message):
    __slots__ = ("start_time", "on_shift", "done", "skipped", "reported", "left", "until_break", "break_left", "check_accuracy", "median_time", "text_first", "help", "cases_waiting", "cases_taken")
    START_TIME_FIELD_NUMBER: _ClassVar[int]
    ON_SHIFT_FIELD_NUMBER: _ClassVar[int]
    DONE_FIELD_NUMBER: _ClassVar[int]
    SKIPPED_FIELD_NUMBER: _ClassVar[int]
    REPORTED_FIELD_NUMBER: _ClassVar[int]
    LEFT_FIELD_NUMBER: _ClassVar[int]
    UNTIL_BREAK_FIELD_NUMBER: _ClassVar[int]
    BREAK_LEFT_FIELD_NUMBER: _ClassVar[int]
    CHECK_ACCURACY_FIELD_NUMBER: _ClassVar[int]
    MEDIAN_TIME_FIELD_NUMBER: _ClassVar[int]
    TEXT_FIRST_FIELD_NUMBER: _ClassVar[int]
    HELP_FIELD_NUMBER: _ClassVar[int]
    CASES_WAITING_FIELD_NUMBER: _ClassVar[int]
    CASES_TAKEN_FIELD_NUMBER: _ClassVar[int]
    start_time: _timestamp_pb2.Timestamp
    on_shift: bool
    done: int
    skipped: int
    reported: int
    left: int
    until_break: _duration_pb2.Duration
    break_left: _duration_pb2.Duration
    check_accuracy: float
    median_time: _duration_pb2.Duration
    text_first: bool
    help: str
    cases_waiting: int
    cases_taken: int
    def __init__(self, start_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., on_shift: _Optional[bool] = ..., done: _Optional[int] = ..., skipped: _Optional[int] = ..., reported: _Optional[int] = ..., left: _Optional[int] = ..., until_break: _Optional[_Union[datetime.timedelta, _duration_pb2.Duration, _Mapping]] = ..., break_left: _Optional[_Union[datetime.timedelta, _duration_pb2.Duration, _Mapping]] = ..., check_accuracy: _Optional[float] = ..., median_time: _Optional[_Union[datetime.timedelta, _duration_pb2.Duration, _Mapping]] = ..., text_first: _Optional[bool] = ..., help: _Optional[str] = ..., cases_waiting: _Optional[int] = ..., cases_taken: _Optional[int] = ...) -> None: ...

class GetOntologyRequest(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class Ontology(_message.Message):
    __slots__ = ("intents", "entities", "roles")
    INTENTS_FIELD_NUMBER: _ClassVar[int]
    ENTITIES_FIELD_NUMBER: _ClassVar[int]
    ROLES_FIELD_NUMBER: _ClassVar[int]
    intents: _containers.RepeatedScalarFieldContainer[str]
    entities: _containers.RepeatedScalarFieldContainer[str]
    roles: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, intents: _Optional[_Iterable[str]] = ..., entities: _Optional[_Iterable[str]] = ..., roles: _Optional[_Iterable[str]] = ...) -> None: ...

class GetReviewStatisticsRequest(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class ReviewStatistics(_message.Message):
    __slots__ = ("offered", "waiting", "in_work", "agreed", "adjudicated", "unusable", "deleted", "escalated", "intent_alpha", "text_alpha", "reviewers")
    OFFERED_FIELD_NUMBER: _ClassVar[int]
    WAITING_FIELD_NUMBER: _ClassVar[int]
    IN_WORK_FIELD_NUMBER: _ClassVar[int]
    AGREED_FIELD_NUMBER: _ClassVar[int]
    ADJUDICATED_FIELD_NUMBER: _ClassVar[int]
    UNUSABLE_FIELD_NUMBER: _ClassVar[int]
    DELETED_FIELD_NUMBER: _ClassVar[int]
    ESCALATED_FIELD_NUMBER: _ClassVar[int]
    INTENT_ALPHA_FIELD_NUMBER: _ClassVar[int]
    TEXT_ALPHA_FIELD_NUMBER: _ClassVar[int]
    REVIEWERS_FIELD_NUMBER: _ClassVar[int]
    offered: int
    waiting: int
    in_work: int
    agreed: int
    adjudicated: int
    unusable: int
    deleted: int
    escalated: int
    intent_alpha: float
    text_alpha: float
    reviewers: _containers.RepeatedCompositeFieldContainer[ReviewerStatistics]
    def __init__(self, offered: _Optional[int] = ..., waiting: _Optional[int] = ..., in_work: _Optional[int] = ..., agreed: _Optional[int] = ..., adjudicated: _Optional[int] = ..., unusable: _Optional[int] = ..., deleted: _Optional[int] = ..., escalated: _Optional[int] = ..., intent_alpha: _Optional[float] = ..., text_alpha: _Optional[float] = ..., reviewers: _Optional[_Iterable[_Union[ReviewerStatistics, _Mapping]]] = ...) -> None: ...

class ReviewerStatistics(_message.Message):
    __slots__ = ("pseudonym", "reviews", "checks", "check_accuracy", "agreement", "held")
    PSEUDONYM_FIELD_NUMBER: _ClassVar[int]
    REVIEWS_FIELD_NUMBER: _ClassVar[int]
    CHECKS_FIELD_NUMBER: _ClassVar[int]
    CHECK_ACCURACY_FIELD_NUMBER: _ClassVar[int]
    AGREEMENT_FIELD_NUMBER: _ClassVar[int]
    HELD_FIELD_NUMBER: _ClassVar[int]
    pseudonym: str
    reviews: int
    checks: int
    check_accuracy: float
    agreement: float
    held: bool
    def __init__(self, pseudonym: _Optional[str] = ..., reviews: _Optional[int] = ..., checks: _Optional[int] = ..., check_accuracy: _Optional[float] = ..., agreement: _Optional[float] = ..., held: _Optional[bool] = ...) -> None: ...

class ReleaseReviewerRequest(_message.Message):
    __slots__ = ("pseudonym",)
    PSEUDONYM_FIELD_NUMBER: _ClassVar[int]
    pseudonym: str
    def __init__(self, pseudonym: _Optional[str] = ...) -> None: ...

class GetSamplingReportRequest(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class SamplingReport(_message.Message):
    __slots__ = ("round_time", "seed", "eligible", "picked", "rate", "picked_by_reason", "picked_by_intent", "withheld_by_reason", "accounts_alike", "altered_voice", "transcript_only")
    class PickedByReasonEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: int
        def __init__(self, key: _Optional[str] = ..., value: _Optional[int] = ...) -> None: ...
    class PickedByIntentEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: int
        def __init__(self, key: _Optional[str] = ..., value: _Optional[int] = ...) -> None: ...
    class WithheldByReasonEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: int
        def __init__(self, key: _Optional[str] = ..., value: _Optional[int] = ...) -> None: ...
    ROUND_TIME_FIELD_NUMBER: _ClassVar[int]
    SEED_FIELD_NUMBER: _ClassVar[int]
    ELIGIBLE_FIELD_NUMBER: _ClassVar[int]
    PICKED_FIELD_NUMBER: _ClassVar[int]
    RATE_FIELD_NUMBER: _ClassVar[int]
    PICKED_BY_REASON_FIELD_NUMBER: _ClassVar[int]
    PICKED_BY_INTENT_FIELD_NUMBER: _ClassVar[int]
    WITHHELD_BY_REASON_FIELD_NUMBER: _ClassVar[int]
    ACCOUNTS_ALIKE_FIELD_NUMBER: _ClassVar[int]
    ALTERED_VOICE_FIELD_NUMBER: _ClassVar[int]
    TRANSCRIPT_ONLY_FIELD_NUMBER: _ClassVar[int]
    round_time: _timestamp_pb2.Timestamp
    seed: str
    eligible: int
    picked: int
    rate: float
    picked_by_reason: _containers.ScalarMap[str, int]
    picked_by_intent: _containers.ScalarMap[str, int]
    withheld_by_reason: _containers.ScalarMap[str, int]
    accounts_alike: int
    altered_voice: int
    transcript_only: int
    def __init__(self, round_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., seed: _Optional[str] = ..., eligible: _Optional[int] = ..., picked: _Optional[int] = ..., rate: _Optional[float] = ..., picked_by_reason: _Optional[_Mapping[str, int]] = ..., picked_by_intent: _Optional[_Mapping[str, int]] = ..., withheld_by_reason: _Optional[_Mapping[str, int]] = ..., accounts_alike: _Optional[int] = ..., altered_voice: _Optional[int] = ..., transcript_only: _Optional[int] = ...) -> None: ...

class GetTransparencyFiguresRequest(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class TransparencyFigures(_message.Message):
    __slots__ = ("since", "sample_rate", "listens", "false_wakes_dropped", "escalations", "median_erasure", "erasures", "withheld")
    SINCE_FIELD_NUMBER: _ClassVar[int]
    SAMPLE_RATE_FIELD_NUMBER: _ClassVar[int]
    LISTENS_FIELD_NUMBER: _ClassVar[int]
    FALSE_WAKES_DROPPED_FIELD_NUMBER: _ClassVar[int]
    ESCALATIONS_FIELD_NUMBER: _ClassVar[int]
    MEDIAN_ERASURE_FIELD_NUMBER: _ClassVar[int]
    ERASURES_FIELD_NUMBER: _ClassVar[int]
    WITHHELD_FIELD_NUMBER: _ClassVar[int]
    since: _timestamp_pb2.Timestamp
    sample_rate: float
    listens: int
    false_wakes_dropped: int
    escalations: int
    median_erasure: _duration_pb2.Duration
    erasures: int
    withheld: int
    def __init__(self, since: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., sample_rate: _Optional[float] = ..., listens: _Optional[int] = ..., false_wakes_dropped: _Optional[int] = ..., escalations: _Optional[int] = ..., median_erasure: _Optional[_Union[datetime.timedelta, _duration_pb2.Duration, _Mapping]] = ..., erasures: _Optional[int] = ..., withheld: _Optional[int] = ...) -> None: ...

class ListCasesRequest(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class ListCasesResponse(_message.Message):
    __slots__ = ("cases",)
    CASES_FIELD_NUMBER: _ClassVar[int]
    cases: _containers.RepeatedCompositeFieldContainer[SafetyCase]
    def __init__(self, cases: _Optional[_Iterable[_Union[SafetyCase, _Mapping]]] = ...) -> None: ...

class SafetyCase(_message.Message):
    __slots__ = ("case_reference", "report", "state", "report_time", "due_time", "overdue", "words", "clip_duration")
    class State(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
        __slots__ = ()
        STATE_UNSPECIFIED: _ClassVar[SafetyCase.State]
        WAITING: _ClassVar[SafetyCase.State]
        TAKEN: _ClassVar[SafetyCase.State]
        CLOSED: _ClassVar[SafetyCase.State]
    STATE_UNSPECIFIED: SafetyCase.State
    WAITING: SafetyCase.State
    TAKEN: SafetyCase.State
    CLOSED: SafetyCase.State
    CASE_REFERENCE_FIELD_NUMBER: _ClassVar[int]
    REPORT_FIELD_NUMBER: _ClassVar[int]
    STATE_FIELD_NUMBER: _ClassVar[int]
    REPORT_TIME_FIELD_NUMBER: _ClassVar[int]
    DUE_TIME_FIELD_NUMBER: _ClassVar[int]
    OVERDUE_FIELD_NUMBER: _ClassVar[int]
    WORDS_FIELD_NUMBER: _ClassVar[int]
    CLIP_DURATION_FIELD_NUMBER: _ClassVar[int]
    case_reference: str
    report: ClipReport
    state: SafetyCase.State
    report_time: _timestamp_pb2.Timestamp
    due_time: _timestamp_pb2.Timestamp
    overdue: bool
    words: _containers.RepeatedCompositeFieldContainer[ClipWord]
    clip_duration: _duration_pb2.Duration
    def __init__(self, case_reference: _Optional[str] = ..., report: _Optional[_Union[ClipReport, str]] = ..., state: _Optional[_Union[SafetyCase.State, str]] = ..., report_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., due_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., overdue: _Optional[bool] = ..., words: _Optional[_Iterable[_Union[ClipWord, _Mapping]]] = ..., clip_duration: _Optional[_Union[datetime.timedelta, _duration_pb2.Duration, _Mapping]] = ...) -> None: ...

class TakeCaseRequest(_message.Message):
    __slots__ = ("case_reference",)
    CASE_REFERENCE_FIELD_NUMBER: _ClassVar[int]
    case_reference: str
    def __init__(self, case_reference: _Optional[str] = ...) -> None: ...

class StreamCaseClipRequest(_message.Message):
    __slots__ = ("case_reference",)
    CASE_REFERENCE_FIELD_NUMBER: _ClassVar[int]
    case_reference: str
    def __init__(self, case_reference: _Optional[str] = ...) -> None: ...

class CloseCaseRequest(_message.Message):
    __slots__ = ("case_reference", "disposition", "request_id")
    class Disposition(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
        __slots__ = ()
        DISPOSITION_UNSPECIFIED: _ClassVar[CloseCaseRequest.Disposition]
        NO_ACTION: _ClassVar[CloseCaseRequest.Disposition]
        HANDED_ON: _ClassVar[CloseCaseRequest.Disposition]
    DISPOSITION_UNSPECIFIED: CloseCaseRequest.Disposition
    NO_ACTION: CloseCaseRequest.Disposition
    HANDED_ON: CloseCaseRequest.Disposition
    CASE_REFERENCE_FIELD_NUMBER: _ClassVar[int]
    DISPOSITION_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    case_reference: str
    disposition: CloseCaseRequest.Disposition
    request_id: str
    def __init__(self, case_reference: _Optional[str] = ..., disposition: _Optional[_Union[CloseCaseRequest.Disposition, str]] = ..., request_id: _Optional[str] = ...) -> None: ...
