import datetime

from google.protobuf import duration_pb2 as _duration_pb2
from google.protobuf import timestamp_pb2 as _timestamp_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class GetAuditorStateRequest(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class AuditorState(_message.Message):
    __slots__ = ("rounds",)
    ROUNDS_FIELD_NUMBER: _ClassVar[int]
    rounds: _containers.RepeatedCompositeFieldContainer[AuditorRound]
    def __init__(self, rounds: _Optional[_Iterable[_Union[AuditorRound, _Mapping]]] = ...) -> None: ...

class AuditorRound(_message.Message):
    __slots__ = ("end_time", "took", "checked", "unsettled", "findings")
    class CheckedEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: int
        def __init__(self, key: _Optional[str] = ..., value: _Optional[int] = ...) -> None: ...
    END_TIME_FIELD_NUMBER: _ClassVar[int]
    TOOK_FIELD_NUMBER: _ClassVar[int]
    CHECKED_FIELD_NUMBER: _ClassVar[int]
    UNSETTLED_FIELD_NUMBER: _ClassVar[int]
    FINDINGS_FIELD_NUMBER: _ClassVar[int]
    end_time: _timestamp_pb2.Timestamp
    took: _duration_pb2.Duration
    checked: _containers.ScalarMap[str, int]
    unsettled: int
    findings: _containers.RepeatedCompositeFieldContainer[AuditorFinding]
    def __init__(self, end_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., took: _Optional[_Union[datetime.timedelta, _duration_pb2.Duration, _Mapping]] = ..., checked: _Optional[_Mapping[str, int]] = ..., unsettled: _Optional[int] = ..., findings: _Optional[_Iterable[_Union[AuditorFinding, _Mapping]]] = ...) -> None: ...

class AuditorFinding(_message.Message):
    __slots__ = ("kind", "reason", "items", "set_aside")
    KIND_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    ITEMS_FIELD_NUMBER: _ClassVar[int]
    SET_ASIDE_FIELD_NUMBER: _ClassVar[int]
    kind: str
    reason: str
    items: int
    set_aside: bool
    def __init__(self, kind: _Optional[str] = ..., reason: _Optional[str] = ..., items: _Optional[int] = ..., set_aside: _Optional[bool] = ...) -> None: ...

class GetAuditLogStateRequest(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class VerifyAuditLogRequest(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class AuditLogState(_message.Message):
    __slots__ = ("entries", "alarm", "last")
    ENTRIES_FIELD_NUMBER: _ClassVar[int]
    ALARM_FIELD_NUMBER: _ClassVar[int]
    LAST_FIELD_NUMBER: _ClassVar[int]
    entries: int
    alarm: bool
    last: AuditLogVerification
    def __init__(self, entries: _Optional[int] = ..., alarm: _Optional[bool] = ..., last: _Optional[_Union[AuditLogVerification, _Mapping]] = ...) -> None: ...

class AuditLogVerification(_message.Message):
    __slots__ = ("verify_time", "holds", "entries", "unsealed", "checkpoints", "sealed_until", "breaks", "losses")
    VERIFY_TIME_FIELD_NUMBER: _ClassVar[int]
    HOLDS_FIELD_NUMBER: _ClassVar[int]
    ENTRIES_FIELD_NUMBER: _ClassVar[int]
    UNSEALED_FIELD_NUMBER: _ClassVar[int]
    CHECKPOINTS_FIELD_NUMBER: _ClassVar[int]
    SEALED_UNTIL_FIELD_NUMBER: _ClassVar[int]
    BREAKS_FIELD_NUMBER: _ClassVar[int]
    LOSSES_FIELD_NUMBER: _ClassVar[int]
    verify_time: _timestamp_pb2.Timestamp
    holds: bool
    entries: int
    unsealed: int
    checkpoints: int
    sealed_until: _timestamp_pb2.Timestamp
    breaks: _containers.RepeatedCompositeFieldContainer[AuditLogBreak]
    losses: int
    def __init__(self, verify_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., holds: _Optional[bool] = ..., entries: _Optional[int] = ..., unsealed: _Optional[int] = ..., checkpoints: _Optional[int] = ..., sealed_until: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., breaks: _Optional[_Iterable[_Union[AuditLogBreak, _Mapping]]] = ..., losses: _Optional[int] = ...) -> None: ...

class AuditLogBreak(_message.Message):
    __slots__ = ("shard", "number", "what")
    SHARD_FIELD_NUMBER: _ClassVar[int]
    NUMBER_FIELD_NUMBER: _ClassVar[int]
    WHAT_FIELD_NUMBER: _ClassVar[int]
    shard: str
    number: int
    what: str
    def __init__(self, shard: _Optional[str] = ..., number: _Optional[int] = ..., what: _Optional[str] = ...) -> None: ...

class ListAuditEntriesRequest(_message.Message):
    __slots__ = ("actor", "action", "subject", "shard", "since", "until", "page_size", "page_token")
    ACTOR_FIELD_NUMBER: _ClassVar[int]
    ACTION_FIELD_NUMBER: _ClassVar[int]
    SUBJECT_FIELD_NUMBER: _ClassVar[int]
    SHARD_FIELD_NUMBER: _ClassVar[int]
    SINCE_FIELD_NUMBER: _ClassVar[int]
    UNTIL_FIELD_NUMBER: _ClassVar[int]
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    actor: str
    action: str
    subject: str
    shard: str
    since: _timestamp_pb2.Timestamp
    until: _timestamp_pb2.Timestamp
    page_size: int
    page_token: str
    def __init__(self, actor: _Optional[str] = ..., action: _Optional[str] = ..., subject: _Optional[str] = ..., shard: _Optional[str] = ..., since: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., until: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., page_size: _Optional[int] = ..., page_token: _Optional[str] = ...) -> None: ...

class LoggedEntry(_message.Message):
    __slots__ = ("shard", "number", "time", "actor", "action", "subject", "detail")
    SHARD_FIELD_NUMBER: _ClassVar[int]
    NUMBER_FIELD_NUMBER: _ClassVar[int]
    TIME_FIELD_NUMBER: _ClassVar[int]
    ACTOR_FIELD_NUMBER: _ClassVar[int]
    ACTION_FIELD_NUMBER: _ClassVar[int]
    SUBJECT_FIELD_NUMBER: _ClassVar[int]
    DETAIL_FIELD_NUMBER: _ClassVar[int]
    shard: str
    number: int
    time: _timestamp_pb2.Timestamp
    actor: str
    action: str
    subject: str
    detail: str
    def __init__(self, shard: _Optional[str] = ..., number: _Optional[int] = ..., time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., actor: _Optional[str] = ..., action: _Optional[str] = ..., subject: _Optional[str] = ..., detail: _Optional[str] = ...) -> None: ...

class ListAuditEntriesResponse(_message.Message):
    __slots__ = ("entries", "next_page_token")
    ENTRIES_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    entries: _containers.RepeatedCompositeFieldContainer[LoggedEntry]
    next_page_token: str
    def __init__(self, entries: _Optional[_Iterable[_Union[LoggedEntry, _Mapping]]] = ..., next_page_token: _Optional[str] = ...) -> None: ...
