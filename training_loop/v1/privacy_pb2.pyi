import datetime

from google.protobuf import field_mask_pb2 as _field_mask_pb2
from google.protobuf import timestamp_pb2 as _timestamp_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class PrivacySettings(_message.Message):
    __slots__ = ("keep_history", "retention_days", "improve_models", "human_review", "epoch")
    KEEP_HISTORY_FIELD_NUMBER: _ClassVar[int]
    RETENTION_DAYS_FIELD_NUMBER: _ClassVar[int]
    IMPROVE_MODELS_FIELD_NUMBER: _ClassVar[int]
    HUMAN_REVIEW_FIELD_NUMBER: _ClassVar[int]
    EPOCH_FIELD_NUMBER: _ClassVar[int]
    keep_history: bool
    retention_days: int
    improve_models: bool
    human_review: bool
    epoch: int
    def __init__(self, keep_history: _Optional[bool] = ..., retention_days: _Optional[int] = ..., improve_models: _Optional[bool] = ..., human_review: _Optional[bool] = ..., epoch: _Optional[int] = ...) -> None: ...

class GetPrivacySettingsRequest(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class UpdatePrivacySettingsRequest(_message.Message):
    __slots__ = ("settings", "update_mask", "consent_text_version", "request_id")
    SETTINGS_FIELD_NUMBER: _ClassVar[int]
    UPDATE_MASK_FIELD_NUMBER: _ClassVar[int]
    CONSENT_TEXT_VERSION_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    settings: PrivacySettings
    update_mask: _field_mask_pb2.FieldMask
    consent_text_version: str
    request_id: str
    def __init__(self, settings: _Optional[_Union[PrivacySettings, _Mapping]] = ..., update_mask: _Optional[_Union[_field_mask_pb2.FieldMask, _Mapping]] = ..., consent_text_version: _Optional[str] = ..., request_id: _Optional[str] = ...) -> None: ...

class UtteranceRecord(_message.Message):
    __slots__ = ("utterance_id", "capture_time", "device", "heard", "intent", "answer", "in_history", "in_learning_queue")
    UTTERANCE_ID_FIELD_NUMBER: _ClassVar[int]
    CAPTURE_TIME_FIELD_NUMBER: _ClassVar[int]
    DEVICE_FIELD_NUMBER: _ClassVar[int]
    HEARD_FIELD_NUMBER: _ClassVar[int]
    INTENT_FIELD_NUMBER: _ClassVar[int]
    ANSWER_FIELD_NUMBER: _ClassVar[int]
    IN_HISTORY_FIELD_NUMBER: _ClassVar[int]
    IN_LEARNING_QUEUE_FIELD_NUMBER: _ClassVar[int]
    utterance_id: str
    capture_time: _timestamp_pb2.Timestamp
    device: str
    heard: str
    intent: str
    answer: str
    in_history: bool
    in_learning_queue: bool
    def __init__(self, utterance_id: _Optional[str] = ..., capture_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., device: _Optional[str] = ..., heard: _Optional[str] = ..., intent: _Optional[str] = ..., answer: _Optional[str] = ..., in_history: _Optional[bool] = ..., in_learning_queue: _Optional[bool] = ...) -> None: ...

class ListUtterancesRequest(_message.Message):
    __slots__ = ("page_size", "page_token")
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    page_size: int
    page_token: str
    def __init__(self, page_size: _Optional[int] = ..., page_token: _Optional[str] = ...) -> None: ...

class ListUtterancesResponse(_message.Message):
    __slots__ = ("utterances", "next_page_token")
    UTTERANCES_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    utterances: _containers.RepeatedCompositeFieldContainer[UtteranceRecord]
    next_page_token: str
    def __init__(self, utterances: _Optional[_Iterable[_Union[UtteranceRecord, _Mapping]]] = ..., next_page_token: _Optional[str] = ...) -> None: ...

class DeleteUtteranceRequest(_message.Message):
    __slots__ = ("utterance_id",)
    UTTERANCE_ID_FIELD_NUMBER: _ClassVar[int]
    utterance_id: str
    def __init__(self, utterance_id: _Optional[str] = ...) -> None: ...

class DeleteUtterancesRequest(_message.Message):
    __slots__ = ("since",)
    SINCE_FIELD_NUMBER: _ClassVar[int]
    since: _timestamp_pb2.Timestamp
    def __init__(self, since: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class DeleteAccountRequest(_message.Message):
    __slots__ = ("account",)
    ACCOUNT_FIELD_NUMBER: _ClassVar[int]
    account: str
    def __init__(self, account: _Optional[str] = ...) -> None: ...

class DeletionReport(_message.Message):
    __slots__ = ("history_records", "queue_items", "audio_blobs", "log_rewritten", "complete_time")
    HISTORY_RECORDS_FIELD_NUMBER: _ClassVar[int]
    QUEUE_ITEMS_FIELD_NUMBER: _ClassVar[int]
    AUDIO_BLOBS_FIELD_NUMBER: _ClassVar[int]
    LOG_REWRITTEN_FIELD_NUMBER: _ClassVar[int]
    COMPLETE_TIME_FIELD_NUMBER: _ClassVar[int]
    history_records: int
    queue_items: int
    audio_blobs: int
    log_rewritten: bool
    complete_time: _timestamp_pb2.Timestamp
    def __init__(self, history_records: _Optional[int] = ..., queue_items: _Optional[int] = ..., audio_blobs: _Optional[int] = ..., log_rewritten: _Optional[bool] = ..., complete_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...
