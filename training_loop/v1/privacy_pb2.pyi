import datetime

from google.protobuf import duration_pb2 as _duration_pb2
from google.protobuf import field_mask_pb2 as _field_mask_pb2
from google.protobuf import timestamp_pb2 as _timestamp_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class ConsentChannel(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    CONSENT_CHANNEL_UNSPECIFIED: _ClassVar[ConsentChannel]
    CONSENT_CHANNEL_API: _ClassVar[ConsentChannel]
    CONSENT_CHANNEL_PAGE: _ClassVar[ConsentChannel]

class Removal(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    REMOVAL_UNSPECIFIED: _ClassVar[Removal]
    REMOVAL_FALSE_WAKE: _ClassVar[Removal]
    REMOVAL_CHILD_VOICE: _ClassVar[Removal]

class ErasureStep(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    ERASURE_STEP_UNSPECIFIED: _ClassVar[ErasureStep]
    ERASURE_STEP_REQUESTED: _ClassVar[ErasureStep]
    ERASURE_STEP_KEYS_DESTROYED: _ClassVar[ErasureStep]
    ERASURE_STEP_STORES_ERASED: _ClassVar[ErasureStep]
    ERASURE_STEP_BLOBS_REMOVED: _ClassVar[ErasureStep]
    ERASURE_STEP_LOG_REWRITTEN: _ClassVar[ErasureStep]
    ERASURE_STEP_SCANNED: _ClassVar[ErasureStep]
    ERASURE_STEP_RECEIPT_ISSUED: _ClassVar[ErasureStep]
    ERASURE_STEP_DONE: _ClassVar[ErasureStep]

class PendingKind(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    PENDING_KIND_UNSPECIFIED: _ClassVar[PendingKind]
    PENDING_KIND_MODEL_REPLACEMENT: _ClassVar[PendingKind]
    PENDING_KIND_EXPORT_ACKNOWLEDGEMENT: _ClassVar[PendingKind]
    PENDING_KIND_BACKUP_EXPIRY: _ClassVar[PendingKind]
    PENDING_KIND_BLOB_REMOVAL: _ClassVar[PendingKind]
CONSENT_CHANNEL_UNSPECIFIED: ConsentChannel
CONSENT_CHANNEL_API: ConsentChannel
CONSENT_CHANNEL_PAGE: ConsentChannel
REMOVAL_UNSPECIFIED: Removal
REMOVAL_FALSE_WAKE: Removal
REMOVAL_CHILD_VOICE: Removal
ERASURE_STEP_UNSPECIFIED: ErasureStep
ERASURE_STEP_REQUESTED: ErasureStep
ERASURE_STEP_KEYS_DESTROYED: ErasureStep
ERASURE_STEP_STORES_ERASED: ErasureStep
ERASURE_STEP_BLOBS_REMOVED: ErasureStep
ERASURE_STEP_LOG_REWRITTEN: ErasureStep
ERASURE_STEP_SCANNED: ErasureStep
ERASURE_STEP_RECEIPT_ISSUED: ErasureStep
ERASURE_STEP_DONE: ErasureStep
PENDING_KIND_UNSPECIFIED: PendingKind
PENDING_KIND_MODEL_REPLACEMENT: PendingKind
PENDING_KIND_EXPORT_ACKNOWLEDGEMENT: PendingKind
PENDING_KIND_BACKUP_EXPIRY: PendingKind
PENDING_KIND_BLOB_REMOVAL: PendingKind

class GetAccountRequest(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class Account(_message.Message):
    __slots__ = ("account", "erasure")
    ACCOUNT_FIELD_NUMBER: _ClassVar[int]
    ERASURE_FIELD_NUMBER: _ClassVar[int]
    account: str
    erasure: str
    def __init__(self, account: _Optional[str] = ..., erasure: _Optional[str] = ...) -> None: ...

class PrivacySettings(_message.Message):
    __slots__ = ("keep_history", "retention_days", "improve_models", "human_review", "epoch", "needs_confirmation", "learning_paused_until", "learning_days", "current_text_version")
    KEEP_HISTORY_FIELD_NUMBER: _ClassVar[int]
    RETENTION_DAYS_FIELD_NUMBER: _ClassVar[int]
    IMPROVE_MODELS_FIELD_NUMBER: _ClassVar[int]
    HUMAN_REVIEW_FIELD_NUMBER: _ClassVar[int]
    EPOCH_FIELD_NUMBER: _ClassVar[int]
    NEEDS_CONFIRMATION_FIELD_NUMBER: _ClassVar[int]
    LEARNING_PAUSED_UNTIL_FIELD_NUMBER: _ClassVar[int]
    LEARNING_DAYS_FIELD_NUMBER: _ClassVar[int]
    CURRENT_TEXT_VERSION_FIELD_NUMBER: _ClassVar[int]
    keep_history: bool
    retention_days: int
    improve_models: bool
    human_review: bool
    epoch: int
    needs_confirmation: _containers.RepeatedScalarFieldContainer[str]
    learning_paused_until: _timestamp_pb2.Timestamp
    learning_days: int
    current_text_version: str
    def __init__(self, keep_history: _Optional[bool] = ..., retention_days: _Optional[int] = ..., improve_models: _Optional[bool] = ..., human_review: _Optional[bool] = ..., epoch: _Optional[int] = ..., needs_confirmation: _Optional[_Iterable[str]] = ..., learning_paused_until: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., learning_days: _Optional[int] = ..., current_text_version: _Optional[str] = ...) -> None: ...

class GetPrivacySettingsRequest(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class UpdatePrivacySettingsRequest(_message.Message):
    __slots__ = ("settings", "update_mask", "consent_text_version", "request_id", "channel")
    SETTINGS_FIELD_NUMBER: _ClassVar[int]
    UPDATE_MASK_FIELD_NUMBER: _ClassVar[int]
    CONSENT_TEXT_VERSION_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    CHANNEL_FIELD_NUMBER: _ClassVar[int]
    settings: PrivacySettings
    update_mask: _field_mask_pb2.FieldMask
    consent_text_version: str
    request_id: str
    channel: ConsentChannel
    def __init__(self, settings: _Optional[_Union[PrivacySettings, _Mapping]] = ..., update_mask: _Optional[_Union[_field_mask_pb2.FieldMask, _Mapping]] = ..., consent_text_version: _Optional[str] = ..., request_id: _Optional[str] = ..., channel: _Optional[_Union[ConsentChannel, str]] = ...) -> None: ...

class PauseLearningRequest(_message.Message):
    __slots__ = ("duration", "request_id", "channel")
    DURATION_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    CHANNEL_FIELD_NUMBER: _ClassVar[int]
    duration: _duration_pb2.Duration
    request_id: str
    channel: ConsentChannel
    def __init__(self, duration: _Optional[_Union[datetime.timedelta, _duration_pb2.Duration, _Mapping]] = ..., request_id: _Optional[str] = ..., channel: _Optional[_Union[ConsentChannel, str]] = ...) -> None: ...

class ResumeLearningRequest(_message.Message):
    __slots__ = ("request_id", "channel")
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    CHANNEL_FIELD_NUMBER: _ClassVar[int]
    request_id: str
    channel: ConsentChannel
    def __init__(self, request_id: _Optional[str] = ..., channel: _Optional[_Union[ConsentChannel, str]] = ...) -> None: ...

class ConsentRecord(_message.Message):
    __slots__ = ("create_time", "epoch", "keep_history", "improve_models", "human_review", "retention_days", "pause", "text_version", "channel")
    CREATE_TIME_FIELD_NUMBER: _ClassVar[int]
    EPOCH_FIELD_NUMBER: _ClassVar[int]
    KEEP_HISTORY_FIELD_NUMBER: _ClassVar[int]
    IMPROVE_MODELS_FIELD_NUMBER: _ClassVar[int]
    HUMAN_REVIEW_FIELD_NUMBER: _ClassVar[int]
    RETENTION_DAYS_FIELD_NUMBER: _ClassVar[int]
    PAUSE_FIELD_NUMBER: _ClassVar[int]
    TEXT_VERSION_FIELD_NUMBER: _ClassVar[int]
    CHANNEL_FIELD_NUMBER: _ClassVar[int]
    create_time: _timestamp_pb2.Timestamp
    epoch: int
    keep_history: bool
    improve_models: bool
    human_review: bool
    retention_days: int
    pause: _duration_pb2.Duration
    text_version: str
    channel: str
    def __init__(self, create_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., epoch: _Optional[int] = ..., keep_history: _Optional[bool] = ..., improve_models: _Optional[bool] = ..., human_review: _Optional[bool] = ..., retention_days: _Optional[int] = ..., pause: _Optional[_Union[datetime.timedelta, _duration_pb2.Duration, _Mapping]] = ..., text_version: _Optional[str] = ..., channel: _Optional[str] = ...) -> None: ...

class ListConsentsRequest(_message.Message):
    __slots__ = ("page_size", "page_token")
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    page_size: int
    page_token: str
    def __init__(self, page_size: _Optional[int] = ..., page_token: _Optional[str] = ...) -> None: ...

class ListConsentsResponse(_message.Message):
    __slots__ = ("consents", "next_page_token")
    CONSENTS_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    consents: _containers.RepeatedCompositeFieldContainer[ConsentRecord]
    next_page_token: str
    def __init__(self, consents: _Optional[_Iterable[_Union[ConsentRecord, _Mapping]]] = ..., next_page_token: _Optional[str] = ...) -> None: ...

class ListListensRequest(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class ListListensResponse(_message.Message):
    __slots__ = ("listens",)
    LISTENS_FIELD_NUMBER: _ClassVar[int]
    listens: _containers.RepeatedCompositeFieldContainer[Listen]
    def __init__(self, listens: _Optional[_Iterable[_Union[Listen, _Mapping]]] = ...) -> None: ...

class Listen(_message.Message):
    __slots__ = ("listen_time", "reviewer", "utterance_id", "duration")
    LISTEN_TIME_FIELD_NUMBER: _ClassVar[int]
    REVIEWER_FIELD_NUMBER: _ClassVar[int]
    UTTERANCE_ID_FIELD_NUMBER: _ClassVar[int]
    DURATION_FIELD_NUMBER: _ClassVar[int]
    listen_time: _timestamp_pb2.Timestamp
    reviewer: str
    utterance_id: str
    duration: _duration_pb2.Duration
    def __init__(self, listen_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., reviewer: _Optional[str] = ..., utterance_id: _Optional[str] = ..., duration: _Optional[_Union[datetime.timedelta, _duration_pb2.Duration, _Mapping]] = ...) -> None: ...

class ListUsesRequest(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class ListUsesResponse(_message.Message):
    __slots__ = ("models", "data_sets")
    MODELS_FIELD_NUMBER: _ClassVar[int]
    DATA_SETS_FIELD_NUMBER: _ClassVar[int]
    models: _containers.RepeatedCompositeFieldContainer[ModelUse]
    data_sets: _containers.RepeatedCompositeFieldContainer[DataSetUse]
    def __init__(self, models: _Optional[_Iterable[_Union[ModelUse, _Mapping]]] = ..., data_sets: _Optional[_Iterable[_Union[DataSetUse, _Mapping]]] = ...) -> None: ...

class ModelUse(_message.Message):
    __slots__ = ("model", "kind", "create_time", "state", "in_use", "replace_time", "utterances")
    class State(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
        __slots__ = ()
        STATE_UNSPECIFIED: _ClassVar[ModelUse.State]
        CANDIDATE: _ClassVar[ModelUse.State]
        SERVING: _ClassVar[ModelUse.State]
        RETIRED: _ClassVar[ModelUse.State]
        REFUSED: _ClassVar[ModelUse.State]
        TAINTED: _ClassVar[ModelUse.State]
    STATE_UNSPECIFIED: ModelUse.State
    CANDIDATE: ModelUse.State
    SERVING: ModelUse.State
    RETIRED: ModelUse.State
    REFUSED: ModelUse.State
    TAINTED: ModelUse.State
    MODEL_FIELD_NUMBER: _ClassVar[int]
    KIND_FIELD_NUMBER: _ClassVar[int]
    CREATE_TIME_FIELD_NUMBER: _ClassVar[int]
    STATE_FIELD_NUMBER: _ClassVar[int]
    IN_USE_FIELD_NUMBER: _ClassVar[int]
    REPLACE_TIME_FIELD_NUMBER: _ClassVar[int]
    UTTERANCES_FIELD_NUMBER: _ClassVar[int]
    model: str
    kind: str
    create_time: _timestamp_pb2.Timestamp
    state: ModelUse.State
    in_use: bool
    replace_time: _timestamp_pb2.Timestamp
    utterances: int
    def __init__(self, model: _Optional[str] = ..., kind: _Optional[str] = ..., create_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., state: _Optional[_Union[ModelUse.State, str]] = ..., in_use: _Optional[bool] = ..., replace_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., utterances: _Optional[int] = ...) -> None: ...

class DataSetUse(_message.Message):
    __slots__ = ("data_set", "create_time", "expire_time", "utterances")
    DATA_SET_FIELD_NUMBER: _ClassVar[int]
    CREATE_TIME_FIELD_NUMBER: _ClassVar[int]
    EXPIRE_TIME_FIELD_NUMBER: _ClassVar[int]
    UTTERANCES_FIELD_NUMBER: _ClassVar[int]
    data_set: str
    create_time: _timestamp_pb2.Timestamp
    expire_time: _timestamp_pb2.Timestamp
    utterances: int
    def __init__(self, data_set: _Optional[str] = ..., create_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., expire_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., utterances: _Optional[int] = ...) -> None: ...

class UtteranceRecord(_message.Message):
    __slots__ = ("utterance_id", "capture_time", "device", "heard", "intent", "answer", "in_history", "in_learning_queue", "corrected_text", "corrected_intent", "has_recording", "removal")
    UTTERANCE_ID_FIELD_NUMBER: _ClassVar[int]
    CAPTURE_TIME_FIELD_NUMBER: _ClassVar[int]
    DEVICE_FIELD_NUMBER: _ClassVar[int]
    HEARD_FIELD_NUMBER: _ClassVar[int]
    INTENT_FIELD_NUMBER: _ClassVar[int]
    ANSWER_FIELD_NUMBER: _ClassVar[int]
    IN_HISTORY_FIELD_NUMBER: _ClassVar[int]
    IN_LEARNING_QUEUE_FIELD_NUMBER: _ClassVar[int]
    CORRECTED_TEXT_FIELD_NUMBER: _ClassVar[int]
    CORRECTED_INTENT_FIELD_NUMBER: _ClassVar[int]
    HAS_RECORDING_FIELD_NUMBER: _ClassVar[int]
    REMOVAL_FIELD_NUMBER: _ClassVar[int]
    utterance_id: str
    capture_time: _timestamp_pb2.Timestamp
    device: str
    heard: str
    intent: str
    answer: str
    in_history: bool
    in_learning_queue: bool
    corrected_text: str
    corrected_intent: str
    has_recording: bool
    removal: Removal
    def __init__(self, utterance_id: _Optional[str] = ..., capture_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., device: _Optional[str] = ..., heard: _Optional[str] = ..., intent: _Optional[str] = ..., answer: _Optional[str] = ..., in_history: _Optional[bool] = ..., in_learning_queue: _Optional[bool] = ..., corrected_text: _Optional[str] = ..., corrected_intent: _Optional[str] = ..., has_recording: _Optional[bool] = ..., removal: _Optional[_Union[Removal, str]] = ...) -> None: ...

class ListUtterancesRequest(_message.Message):
    __slots__ = ("page_size", "page_token", "since", "until", "device", "intent", "contains")
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    SINCE_FIELD_NUMBER: _ClassVar[int]
    UNTIL_FIELD_NUMBER: _ClassVar[int]
    DEVICE_FIELD_NUMBER: _ClassVar[int]
    INTENT_FIELD_NUMBER: _ClassVar[int]
    CONTAINS_FIELD_NUMBER: _ClassVar[int]
    page_size: int
    page_token: str
    since: _timestamp_pb2.Timestamp
    until: _timestamp_pb2.Timestamp
    device: str
    intent: str
    contains: str
    def __init__(self, page_size: _Optional[int] = ..., page_token: _Optional[str] = ..., since: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., until: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., device: _Optional[str] = ..., intent: _Optional[str] = ..., contains: _Optional[str] = ...) -> None: ...

class ListUtterancesResponse(_message.Message):
    __slots__ = ("utterances", "next_page_token")
    UTTERANCES_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    utterances: _containers.RepeatedCompositeFieldContainer[UtteranceRecord]
    next_page_token: str
    def __init__(self, utterances: _Optional[_Iterable[_Union[UtteranceRecord, _Mapping]]] = ..., next_page_token: _Optional[str] = ...) -> None: ...

class ExplainUtteranceRequest(_message.Message):
    __slots__ = ("utterance_id",)
    UTTERANCE_ID_FIELD_NUMBER: _ClassVar[int]
    utterance_id: str
    def __init__(self, utterance_id: _Optional[str] = ...) -> None: ...

class UtteranceExplanation(_message.Message):
    __slots__ = ("utterance_id", "capture_time", "device", "heard", "understood", "skill", "answer", "corrected_text", "corrected_intent", "kept", "removal")
    class Heard(_message.Message):
        __slots__ = ("text", "confidence", "words", "alternatives")
        TEXT_FIELD_NUMBER: _ClassVar[int]
        CONFIDENCE_FIELD_NUMBER: _ClassVar[int]
        WORDS_FIELD_NUMBER: _ClassVar[int]
        ALTERNATIVES_FIELD_NUMBER: _ClassVar[int]
        text: str
        confidence: float
        words: _containers.RepeatedCompositeFieldContainer[UtteranceExplanation.Word]
        alternatives: _containers.RepeatedCompositeFieldContainer[UtteranceExplanation.Alternative]
        def __init__(self, text: _Optional[str] = ..., confidence: _Optional[float] = ..., words: _Optional[_Iterable[_Union[UtteranceExplanation.Word, _Mapping]]] = ..., alternatives: _Optional[_Iterable[_Union[UtteranceExplanation.Alternative, _Mapping]]] = ...) -> None: ...
    class Word(_message.Message):
        __slots__ = ("text", "start", "end", "confidence")
        TEXT_FIELD_NUMBER: _ClassVar[int]
        START_FIELD_NUMBER: _ClassVar[int]
        END_FIELD_NUMBER: _ClassVar[int]
        CONFIDENCE_FIELD_NUMBER: _ClassVar[int]
        text: str
        start: _duration_pb2.Duration
        end: _duration_pb2.Duration
        confidence: float
        def __init__(self, text: _Optional[str] = ..., start: _Optional[_Union[datetime.timedelta, _duration_pb2.Duration, _Mapping]] = ..., end: _Optional[_Union[datetime.timedelta, _duration_pb2.Duration, _Mapping]] = ..., confidence: _Optional[float] = ...) -> None: ...
    class Alternative(_message.Message):
        __slots__ = ("text", "confidence")
        TEXT_FIELD_NUMBER: _ClassVar[int]
        CONFIDENCE_FIELD_NUMBER: _ClassVar[int]
        text: str
        confidence: float
        def __init__(self, text: _Optional[str] = ..., confidence: _Optional[float] = ...) -> None: ...
    class Understood(_message.Message):
        __slots__ = ("intent", "confidence", "entities")
        INTENT_FIELD_NUMBER: _ClassVar[int]
        CONFIDENCE_FIELD_NUMBER: _ClassVar[int]
        ENTITIES_FIELD_NUMBER: _ClassVar[int]
        intent: str
        confidence: float
        entities: _containers.RepeatedCompositeFieldContainer[UtteranceExplanation.Entity]
        def __init__(self, intent: _Optional[str] = ..., confidence: _Optional[float] = ..., entities: _Optional[_Iterable[_Union[UtteranceExplanation.Entity, _Mapping]]] = ...) -> None: ...
    class Entity(_message.Message):
        __slots__ = ("name", "role", "value", "text", "confidence")
        NAME_FIELD_NUMBER: _ClassVar[int]
        ROLE_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        TEXT_FIELD_NUMBER: _ClassVar[int]
        CONFIDENCE_FIELD_NUMBER: _ClassVar[int]
        name: str
        role: str
        value: str
        text: str
        confidence: float
        def __init__(self, name: _Optional[str] = ..., role: _Optional[str] = ..., value: _Optional[str] = ..., text: _Optional[str] = ..., confidence: _Optional[float] = ...) -> None: ...
    class KeptCopy(_message.Message):
        __slots__ = ("purpose", "keep_time", "expire_time", "consent", "reviewed_text", "reviewed_intent")
        PURPOSE_FIELD_NUMBER: _ClassVar[int]
        KEEP_TIME_FIELD_NUMBER: _ClassVar[int]
        EXPIRE_TIME_FIELD_NUMBER: _ClassVar[int]
        CONSENT_FIELD_NUMBER: _ClassVar[int]
        REVIEWED_TEXT_FIELD_NUMBER: _ClassVar[int]
        REVIEWED_INTENT_FIELD_NUMBER: _ClassVar[int]
        purpose: str
        keep_time: _timestamp_pb2.Timestamp
        expire_time: _timestamp_pb2.Timestamp
        consent: ConsentRecord
        reviewed_text: str
        reviewed_intent: str
        def __init__(self, purpose: _Optional[str] = ..., keep_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., expire_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., consent: _Optional[_Union[ConsentRecord, _Mapping]] = ..., reviewed_text: _Optional[str] = ..., reviewed_intent: _Optional[str] = ...) -> None: ...
    UTTERANCE_ID_FIELD_NUMBER: _ClassVar[int]
    CAPTURE_TIME_FIELD_NUMBER: _ClassVar[int]
    DEVICE_FIELD_NUMBER: _ClassVar[int]
    HEARD_FIELD_NUMBER: _ClassVar[int]
    UNDERSTOOD_FIELD_NUMBER: _ClassVar[int]
    SKILL_FIELD_NUMBER: _ClassVar[int]
    ANSWER_FIELD_NUMBER: _ClassVar[int]
    CORRECTED_TEXT_FIELD_NUMBER: _ClassVar[int]
    CORRECTED_INTENT_FIELD_NUMBER: _ClassVar[int]
    KEPT_FIELD_NUMBER: _ClassVar[int]
    REMOVAL_FIELD_NUMBER: _ClassVar[int]
    utterance_id: str
    capture_time: _timestamp_pb2.Timestamp
    device: str
    heard: UtteranceExplanation.Heard
    understood: UtteranceExplanation.Understood
    skill: str
    answer: str
    corrected_text: str
    corrected_intent: str
    kept: _containers.RepeatedCompositeFieldContainer[UtteranceExplanation.KeptCopy]
    removal: Removal
    def __init__(self, utterance_id: _Optional[str] = ..., capture_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., device: _Optional[str] = ..., heard: _Optional[_Union[UtteranceExplanation.Heard, _Mapping]] = ..., understood: _Optional[_Union[UtteranceExplanation.Understood, _Mapping]] = ..., skill: _Optional[str] = ..., answer: _Optional[str] = ..., corrected_text: _Optional[str] = ..., corrected_intent: _Optional[str] = ..., kept: _Optional[_Iterable[_Union[UtteranceExplanation.KeptCopy, _Mapping]]] = ..., removal: _Optional[_Union[Removal, str]] = ...) -> None: ...

class PlayUtteranceRequest(_message.Message):
    __slots__ = ("utterance_id",)
    UTTERANCE_ID_FIELD_NUMBER: _ClassVar[int]
    utterance_id: str
    def __init__(self, utterance_id: _Optional[str] = ...) -> None: ...

class FileChunk(_message.Message):
    __slots__ = ("data",)
    DATA_FIELD_NUMBER: _ClassVar[int]
    data: bytes
    def __init__(self, data: _Optional[bytes] = ...) -> None: ...

class CorrectUtteranceRequest(_message.Message):
    __slots__ = ("utterance_id", "text", "intent")
    UTTERANCE_ID_FIELD_NUMBER: _ClassVar[int]
    TEXT_FIELD_NUMBER: _ClassVar[int]
    INTENT_FIELD_NUMBER: _ClassVar[int]
    utterance_id: str
    text: str
    intent: str
    def __init__(self, utterance_id: _Optional[str] = ..., text: _Optional[str] = ..., intent: _Optional[str] = ...) -> None: ...

class CorrectUtteranceResponse(_message.Message):
    __slots__ = ("in_learning_queue",)
    IN_LEARNING_QUEUE_FIELD_NUMBER: _ClassVar[int]
    in_learning_queue: bool
    def __init__(self, in_learning_queue: _Optional[bool] = ...) -> None: ...

class ExportAccountRequest(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class DeleteUtteranceRequest(_message.Message):
    __slots__ = ("utterance_id", "request_id")
    UTTERANCE_ID_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    utterance_id: str
    request_id: str
    def __init__(self, utterance_id: _Optional[str] = ..., request_id: _Optional[str] = ...) -> None: ...

class DeleteUtterancesRequest(_message.Message):
    __slots__ = ("since", "until", "device", "request_id")
    SINCE_FIELD_NUMBER: _ClassVar[int]
    UNTIL_FIELD_NUMBER: _ClassVar[int]
    DEVICE_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    since: _timestamp_pb2.Timestamp
    until: _timestamp_pb2.Timestamp
    device: str
    request_id: str
    def __init__(self, since: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., until: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., device: _Optional[str] = ..., request_id: _Optional[str] = ...) -> None: ...

class DeleteAccountRequest(_message.Message):
    __slots__ = ("account", "request_id")
    ACCOUNT_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    account: str
    request_id: str
    def __init__(self, account: _Optional[str] = ..., request_id: _Optional[str] = ...) -> None: ...

class DeletionReport(_message.Message):
    __slots__ = ("history_records", "queue_items", "audio_blobs", "log_rewritten", "complete_time", "erasure", "receipt", "pending")
    HISTORY_RECORDS_FIELD_NUMBER: _ClassVar[int]
    QUEUE_ITEMS_FIELD_NUMBER: _ClassVar[int]
    AUDIO_BLOBS_FIELD_NUMBER: _ClassVar[int]
    LOG_REWRITTEN_FIELD_NUMBER: _ClassVar[int]
    COMPLETE_TIME_FIELD_NUMBER: _ClassVar[int]
    ERASURE_FIELD_NUMBER: _ClassVar[int]
    RECEIPT_FIELD_NUMBER: _ClassVar[int]
    PENDING_FIELD_NUMBER: _ClassVar[int]
    history_records: int
    queue_items: int
    audio_blobs: int
    log_rewritten: bool
    complete_time: _timestamp_pb2.Timestamp
    erasure: str
    receipt: str
    pending: _containers.RepeatedScalarFieldContainer[PendingKind]
    def __init__(self, history_records: _Optional[int] = ..., queue_items: _Optional[int] = ..., audio_blobs: _Optional[int] = ..., log_rewritten: _Optional[bool] = ..., complete_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., erasure: _Optional[str] = ..., receipt: _Optional[str] = ..., pending: _Optional[_Iterable[_Union[PendingKind, str]]] = ...) -> None: ...

class StartAccountErasureRequest(_message.Message):
    __slots__ = ("account",)
    ACCOUNT_FIELD_NUMBER: _ClassVar[int]
    account: str
    def __init__(self, account: _Optional[str] = ...) -> None: ...

class StartUtterancesErasureRequest(_message.Message):
    __slots__ = ("utterance_id", "since", "until", "device", "request_id")
    UTTERANCE_ID_FIELD_NUMBER: _ClassVar[int]
    SINCE_FIELD_NUMBER: _ClassVar[int]
    UNTIL_FIELD_NUMBER: _ClassVar[int]
    DEVICE_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    utterance_id: str
    since: _timestamp_pb2.Timestamp
    until: _timestamp_pb2.Timestamp
    device: str
    request_id: str
    def __init__(self, utterance_id: _Optional[str] = ..., since: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., until: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., device: _Optional[str] = ..., request_id: _Optional[str] = ...) -> None: ...

class GetErasureRequest(_message.Message):
    __slots__ = ("erasure",)
    ERASURE_FIELD_NUMBER: _ClassVar[int]
    erasure: str
    def __init__(self, erasure: _Optional[str] = ...) -> None: ...

class Erasure(_message.Message):
    __slots__ = ("erasure", "kind", "step", "waiting", "history_records", "queue_items", "audio_blobs", "request_time", "update_time", "receipt", "final_receipt", "pending", "overdue_receipt", "overdue_since_time")
    ERASURE_FIELD_NUMBER: _ClassVar[int]
    KIND_FIELD_NUMBER: _ClassVar[int]
    STEP_FIELD_NUMBER: _ClassVar[int]
    WAITING_FIELD_NUMBER: _ClassVar[int]
    HISTORY_RECORDS_FIELD_NUMBER: _ClassVar[int]
    QUEUE_ITEMS_FIELD_NUMBER: _ClassVar[int]
    AUDIO_BLOBS_FIELD_NUMBER: _ClassVar[int]
    REQUEST_TIME_FIELD_NUMBER: _ClassVar[int]
    UPDATE_TIME_FIELD_NUMBER: _ClassVar[int]
    RECEIPT_FIELD_NUMBER: _ClassVar[int]
    FINAL_RECEIPT_FIELD_NUMBER: _ClassVar[int]
    PENDING_FIELD_NUMBER: _ClassVar[int]
    OVERDUE_RECEIPT_FIELD_NUMBER: _ClassVar[int]
    OVERDUE_SINCE_TIME_FIELD_NUMBER: _ClassVar[int]
    erasure: str
    kind: str
    step: ErasureStep
    waiting: str
    history_records: int
    queue_items: int
    audio_blobs: int
    request_time: _timestamp_pb2.Timestamp
    update_time: _timestamp_pb2.Timestamp
    receipt: str
    final_receipt: str
    pending: _containers.RepeatedScalarFieldContainer[PendingKind]
    overdue_receipt: str
    overdue_since_time: _timestamp_pb2.Timestamp
    def __init__(self, erasure: _Optional[str] = ..., kind: _Optional[str] = ..., step: _Optional[_Union[ErasureStep, str]] = ..., waiting: _Optional[str] = ..., history_records: _Optional[int] = ..., queue_items: _Optional[int] = ..., audio_blobs: _Optional[int] = ..., request_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., update_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., receipt: _Optional[str] = ..., final_receipt: _Optional[str] = ..., pending: _Optional[_Iterable[_Union[PendingKind, str]]] = ..., overdue_receipt: _Optional[str] = ..., overdue_since_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...
