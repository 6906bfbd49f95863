import datetime

from google.protobuf import empty_pb2 as _empty_pb2
from google.protobuf import timestamp_pb2 as _timestamp_pb2
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class Directive(_message.Message):
    __slots__ = ("id", "set_volume", "stop", "ring")
    ID_FIELD_NUMBER: _ClassVar[int]
    SET_VOLUME_FIELD_NUMBER: _ClassVar[int]
    STOP_FIELD_NUMBER: _ClassVar[int]
    RING_FIELD_NUMBER: _ClassVar[int]
    id: str
    set_volume: SetVolume
    stop: _empty_pb2.Empty
    ring: Ring
    def __init__(self, id: _Optional[str] = ..., set_volume: _Optional[_Union[SetVolume, _Mapping]] = ..., stop: _Optional[_Union[_empty_pb2.Empty, _Mapping]] = ..., ring: _Optional[_Union[Ring, _Mapping]] = ...) -> None: ...

class SetVolume(_message.Message):
    __slots__ = ("percent",)
    PERCENT_FIELD_NUMBER: _ClassVar[int]
    percent: int
    def __init__(self, percent: _Optional[int] = ...) -> None: ...

class Ring(_message.Message):
    __slots__ = ("kind", "label", "due_time")
    class Kind(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
        __slots__ = ()
        KIND_UNSPECIFIED: _ClassVar[Ring.Kind]
        TIMER: _ClassVar[Ring.Kind]
        ALARM: _ClassVar[Ring.Kind]
        REMINDER: _ClassVar[Ring.Kind]
    KIND_UNSPECIFIED: Ring.Kind
    TIMER: Ring.Kind
    ALARM: Ring.Kind
    REMINDER: Ring.Kind
    KIND_FIELD_NUMBER: _ClassVar[int]
    LABEL_FIELD_NUMBER: _ClassVar[int]
    DUE_TIME_FIELD_NUMBER: _ClassVar[int]
    kind: Ring.Kind
    label: str
    due_time: _timestamp_pb2.Timestamp
    def __init__(self, kind: _Optional[_Union[Ring.Kind, str]] = ..., label: _Optional[str] = ..., due_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...
