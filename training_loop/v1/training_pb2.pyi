import datetime

from google.protobuf import timestamp_pb2 as _timestamp_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class GetQueueStatisticsRequest(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class QueueStatistics(_message.Message):
    __slots__ = ("ready", "leased", "reviewed", "accounts", "held")
    READY_FIELD_NUMBER: _ClassVar[int]
    LEASED_FIELD_NUMBER: _ClassVar[int]
    REVIEWED_FIELD_NUMBER: _ClassVar[int]
    ACCOUNTS_FIELD_NUMBER: _ClassVar[int]
    HELD_FIELD_NUMBER: _ClassVar[int]
    ready: int
    leased: int
    reviewed: int
    accounts: int
    held: int
    def __init__(self, ready: _Optional[int] = ..., leased: _Optional[int] = ..., reviewed: _Optional[int] = ..., accounts: _Optional[int] = ..., held: _Optional[int] = ...) -> None: ...

class ListQueueItemsRequest(_message.Message):
    __slots__ = ("page_size", "page_token")
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    page_size: int
    page_token: str
    def __init__(self, page_size: _Optional[int] = ..., page_token: _Optional[str] = ...) -> None: ...

class QueueItem(_message.Message):
    __slots__ = ("item", "state", "enqueue_time", "epoch")
    class State(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
        __slots__ = ()
        STATE_UNSPECIFIED: _ClassVar[QueueItem.State]
        READY: _ClassVar[QueueItem.State]
        LEASED: _ClassVar[QueueItem.State]
        REVIEWED: _ClassVar[QueueItem.State]
        HELD: _ClassVar[QueueItem.State]
    STATE_UNSPECIFIED: QueueItem.State
    READY: QueueItem.State
    LEASED: QueueItem.State
    REVIEWED: QueueItem.State
    HELD: QueueItem.State
    ITEM_FIELD_NUMBER: _ClassVar[int]
    STATE_FIELD_NUMBER: _ClassVar[int]
    ENQUEUE_TIME_FIELD_NUMBER: _ClassVar[int]
    EPOCH_FIELD_NUMBER: _ClassVar[int]
    item: str
    state: QueueItem.State
    enqueue_time: _timestamp_pb2.Timestamp
    epoch: int
    def __init__(self, item: _Optional[str] = ..., state: _Optional[_Union[QueueItem.State, str]] = ..., enqueue_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., epoch: _Optional[int] = ...) -> None: ...

class ListQueueItemsResponse(_message.Message):
    __slots__ = ("items", "next_page_token")
    ITEMS_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    items: _containers.RepeatedCompositeFieldContainer[QueueItem]
    next_page_token: str
    def __init__(self, items: _Optional[_Iterable[_Union[QueueItem, _Mapping]]] = ..., next_page_token: _Optional[str] = ...) -> None: ...

class ListModelsRequest(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class Model(_message.Message):
    __slots__ = ("model", "state", "fingerprint", "create_time", "items", "intent_accuracy", "serving")
    class State(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
        __slots__ = ()
        STATE_UNSPECIFIED: _ClassVar[Model.State]
        CANDIDATE: _ClassVar[Model.State]
        SERVING: _ClassVar[Model.State]
        RETIRED: _ClassVar[Model.State]
        REFUSED: _ClassVar[Model.State]
        TAINTED: _ClassVar[Model.State]
    STATE_UNSPECIFIED: Model.State
    CANDIDATE: Model.State
    SERVING: Model.State
    RETIRED: Model.State
    REFUSED: Model.State
    TAINTED: Model.State
    MODEL_FIELD_NUMBER: _ClassVar[int]
    STATE_FIELD_NUMBER: _ClassVar[int]
    FINGERPRINT_FIELD_NUMBER: _ClassVar[int]
    CREATE_TIME_FIELD_NUMBER: _ClassVar[int]
    ITEMS_FIELD_NUMBER: _ClassVar[int]
    INTENT_ACCURACY_FIELD_NUMBER: _ClassVar[int]
    SERVING_FIELD_NUMBER: _ClassVar[int]
    model: str
    state: Model.State
    fingerprint: str
    create_time: _timestamp_pb2.Timestamp
    items: int
    intent_accuracy: float
    serving: bool
    def __init__(self, model: _Optional[str] = ..., state: _Optional[_Union[Model.State, str]] = ..., fingerprint: _Optional[str] = ..., create_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., items: _Optional[int] = ..., intent_accuracy: _Optional[float] = ..., serving: _Optional[bool] = ...) -> None: ...

class ListModelsResponse(_message.Message):
    __slots__ = ("models",)
    MODELS_FIELD_NUMBER: _ClassVar[int]
    models: _containers.RepeatedCompositeFieldContainer[Model]
    def __init__(self, models: _Optional[_Iterable[_Union[Model, _Mapping]]] = ...) -> None: ...
