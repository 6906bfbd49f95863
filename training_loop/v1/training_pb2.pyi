import datetime

from google.protobuf import timestamp_pb2 as _timestamp_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class ModelKind(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    MODEL_KIND_UNSPECIFIED: _ClassVar[ModelKind]
    NLU: _ClassVar[ModelKind]
    LANGUAGE_MODEL: _ClassVar[ModelKind]
    THRESHOLDS: _ClassVar[ModelKind]
    ACOUSTIC_MODEL: _ClassVar[ModelKind]
MODEL_KIND_UNSPECIFIED: ModelKind
NLU: ModelKind
LANGUAGE_MODEL: ModelKind
THRESHOLDS: ModelKind
ACOUSTIC_MODEL: ModelKind

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
    __slots__ = ("kind",)
    KIND_FIELD_NUMBER: _ClassVar[int]
    kind: ModelKind
    def __init__(self, kind: _Optional[_Union[ModelKind, str]] = ...) -> None: ...

class Model(_message.Message):
    __slots__ = ("model", "state", "fingerprint", "create_time", "items", "intent_accuracy", "serving", "kind", "withdrawn", "parent", "data_sets", "reasons")
    class State(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
        __slots__ = ()
        STATE_UNSPECIFIED: _ClassVar[Model.State]
        CANDIDATE: _ClassVar[Model.State]
        SERVING: _ClassVar[Model.State]
        RETIRED: _ClassVar[Model.State]
        REFUSED: _ClassVar[Model.State]
        TAINTED: _ClassVar[Model.State]
        SHADOW: _ClassVar[Model.State]
        CANARY: _ClassVar[Model.State]
    STATE_UNSPECIFIED: Model.State
    CANDIDATE: Model.State
    SERVING: Model.State
    RETIRED: Model.State
    REFUSED: Model.State
    TAINTED: Model.State
    SHADOW: Model.State
    CANARY: Model.State
    MODEL_FIELD_NUMBER: _ClassVar[int]
    STATE_FIELD_NUMBER: _ClassVar[int]
    FINGERPRINT_FIELD_NUMBER: _ClassVar[int]
    CREATE_TIME_FIELD_NUMBER: _ClassVar[int]
    ITEMS_FIELD_NUMBER: _ClassVar[int]
    INTENT_ACCURACY_FIELD_NUMBER: _ClassVar[int]
    SERVING_FIELD_NUMBER: _ClassVar[int]
    KIND_FIELD_NUMBER: _ClassVar[int]
    WITHDRAWN_FIELD_NUMBER: _ClassVar[int]
    PARENT_FIELD_NUMBER: _ClassVar[int]
    DATA_SETS_FIELD_NUMBER: _ClassVar[int]
    REASONS_FIELD_NUMBER: _ClassVar[int]
    model: str
    state: Model.State
    fingerprint: str
    create_time: _timestamp_pb2.Timestamp
    items: int
    intent_accuracy: float
    serving: bool
    kind: ModelKind
    withdrawn: int
    parent: str
    data_sets: _containers.RepeatedScalarFieldContainer[str]
    reasons: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, model: _Optional[str] = ..., state: _Optional[_Union[Model.State, str]] = ..., fingerprint: _Optional[str] = ..., create_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., items: _Optional[int] = ..., intent_accuracy: _Optional[float] = ..., serving: _Optional[bool] = ..., kind: _Optional[_Union[ModelKind, str]] = ..., withdrawn: _Optional[int] = ..., parent: _Optional[str] = ..., data_sets: _Optional[_Iterable[str]] = ..., reasons: _Optional[_Iterable[str]] = ...) -> None: ...

class ListModelsResponse(_message.Message):
    __slots__ = ("models",)
    MODELS_FIELD_NUMBER: _ClassVar[int]
    models: _containers.RepeatedCompositeFieldContainer[Model]
    def __init__(self, models: _Optional[_Iterable[_Union[Model, _Mapping]]] = ...) -> None: ...

class ListExportsRequest(_message.Message):
    __slots__ = ("overdue_only",)
    OVERDUE_ONLY_FIELD_NUMBER: _ClassVar[int]
    overdue_only: bool
    def __init__(self, overdue_only: _Optional[bool] = ...) -> None: ...

class Export(_message.Message):
    __slots__ = ("export", "data_set", "format", "recipient", "purpose", "create_time", "expire_time", "items", "encrypted", "tombstones", "overdue", "confirmed", "confirmed_by_staff", "overdue_since_time", "closed")
    EXPORT_FIELD_NUMBER: _ClassVar[int]
    DATA_SET_FIELD_NUMBER: _ClassVar[int]
    FORMAT_FIELD_NUMBER: _ClassVar[int]
    RECIPIENT_FIELD_NUMBER: _ClassVar[int]
    PURPOSE_FIELD_NUMBER: _ClassVar[int]
    CREATE_TIME_FIELD_NUMBER: _ClassVar[int]
    EXPIRE_TIME_FIELD_NUMBER: _ClassVar[int]
    ITEMS_FIELD_NUMBER: _ClassVar[int]
    ENCRYPTED_FIELD_NUMBER: _ClassVar[int]
    TOMBSTONES_FIELD_NUMBER: _ClassVar[int]
    OVERDUE_FIELD_NUMBER: _ClassVar[int]
    CONFIRMED_FIELD_NUMBER: _ClassVar[int]
    CONFIRMED_BY_STAFF_FIELD_NUMBER: _ClassVar[int]
    OVERDUE_SINCE_TIME_FIELD_NUMBER: _ClassVar[int]
    CLOSED_FIELD_NUMBER: _ClassVar[int]
    export: str
    data_set: str
    format: str
    recipient: str
    purpose: str
    create_time: _timestamp_pb2.Timestamp
    expire_time: _timestamp_pb2.Timestamp
    items: int
    encrypted: bool
    tombstones: int
    overdue: int
    confirmed: int
    confirmed_by_staff: int
    overdue_since_time: _timestamp_pb2.Timestamp
    closed: bool
    def __init__(self, export: _Optional[str] = ..., data_set: _Optional[str] = ..., format: _Optional[str] = ..., recipient: _Optional[str] = ..., purpose: _Optional[str] = ..., create_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., expire_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., items: _Optional[int] = ..., encrypted: _Optional[bool] = ..., tombstones: _Optional[int] = ..., overdue: _Optional[int] = ..., confirmed: _Optional[int] = ..., confirmed_by_staff: _Optional[int] = ..., overdue_since_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., closed: _Optional[bool] = ...) -> None: ...

class ListExportsResponse(_message.Message):
    __slots__ = ("exports",)
    EXPORTS_FIELD_NUMBER: _ClassVar[int]
    exports: _containers.RepeatedCompositeFieldContainer[Export]
    def __init__(self, exports: _Optional[_Iterable[_Union[Export, _Mapping]]] = ...) -> None: ...

class WatchTombstonesRequest(_message.Message):
    __slots__ = ("export", "follow")
    EXPORT_FIELD_NUMBER: _ClassVar[int]
    FOLLOW_FIELD_NUMBER: _ClassVar[int]
    export: str
    follow: bool
    def __init__(self, export: _Optional[str] = ..., follow: _Optional[bool] = ...) -> None: ...

class Tombstone(_message.Message):
    __slots__ = ("export", "item", "since_time", "due_time")
    EXPORT_FIELD_NUMBER: _ClassVar[int]
    ITEM_FIELD_NUMBER: _ClassVar[int]
    SINCE_TIME_FIELD_NUMBER: _ClassVar[int]
    DUE_TIME_FIELD_NUMBER: _ClassVar[int]
    export: str
    item: str
    since_time: _timestamp_pb2.Timestamp
    due_time: _timestamp_pb2.Timestamp
    def __init__(self, export: _Optional[str] = ..., item: _Optional[str] = ..., since_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., due_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class AcknowledgeTombstonesRequest(_message.Message):
    __slots__ = ("export", "items")
    EXPORT_FIELD_NUMBER: _ClassVar[int]
    ITEMS_FIELD_NUMBER: _ClassVar[int]
    export: str
    items: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, export: _Optional[str] = ..., items: _Optional[_Iterable[str]] = ...) -> None: ...

class AcknowledgeTombstonesResponse(_message.Message):
    __slots__ = ("acknowledged",)
    ACKNOWLEDGED_FIELD_NUMBER: _ClassVar[int]
    acknowledged: int
    def __init__(self, acknowledged: _Optional[int] = ...) -> None: ...

class GetModelLineageRequest(_message.Message):
    __slots__ = ("model", "page_size", "page_token")
    MODEL_FIELD_NUMBER: _ClassVar[int]
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    model: str
    page_size: int
    page_token: str
    def __init__(self, model: _Optional[str] = ..., page_size: _Optional[int] = ..., page_token: _Optional[str] = ...) -> None: ...

class ModelLineage(_message.Message):
    __slots__ = ("model", "ancestors", "base_data", "config", "data_sha256", "engine", "seed", "items", "next_page_token")
    class Item(_message.Message):
        __slots__ = ("item", "epoch", "withdrawn")
        ITEM_FIELD_NUMBER: _ClassVar[int]
        EPOCH_FIELD_NUMBER: _ClassVar[int]
        WITHDRAWN_FIELD_NUMBER: _ClassVar[int]
        item: str
        epoch: int
        withdrawn: bool
        def __init__(self, item: _Optional[str] = ..., epoch: _Optional[int] = ..., withdrawn: _Optional[bool] = ...) -> None: ...
    MODEL_FIELD_NUMBER: _ClassVar[int]
    ANCESTORS_FIELD_NUMBER: _ClassVar[int]
    BASE_DATA_FIELD_NUMBER: _ClassVar[int]
    CONFIG_FIELD_NUMBER: _ClassVar[int]
    DATA_SHA256_FIELD_NUMBER: _ClassVar[int]
    ENGINE_FIELD_NUMBER: _ClassVar[int]
    SEED_FIELD_NUMBER: _ClassVar[int]
    ITEMS_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    model: Model
    ancestors: _containers.RepeatedScalarFieldContainer[str]
    base_data: str
    config: str
    data_sha256: str
    engine: str
    seed: int
    items: _containers.RepeatedCompositeFieldContainer[ModelLineage.Item]
    next_page_token: str
    def __init__(self, model: _Optional[_Union[Model, _Mapping]] = ..., ancestors: _Optional[_Iterable[str]] = ..., base_data: _Optional[str] = ..., config: _Optional[str] = ..., data_sha256: _Optional[str] = ..., engine: _Optional[str] = ..., seed: _Optional[int] = ..., items: _Optional[_Iterable[_Union[ModelLineage.Item, _Mapping]]] = ..., next_page_token: _Optional[str] = ...) -> None: ...

class ListDueReplacementsRequest(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class DueReplacement(_message.Message):
    __slots__ = ("model", "kind", "since_time", "due_time", "withdrawn")
    MODEL_FIELD_NUMBER: _ClassVar[int]
    KIND_FIELD_NUMBER: _ClassVar[int]
    SINCE_TIME_FIELD_NUMBER: _ClassVar[int]
    DUE_TIME_FIELD_NUMBER: _ClassVar[int]
    WITHDRAWN_FIELD_NUMBER: _ClassVar[int]
    model: str
    kind: ModelKind
    since_time: _timestamp_pb2.Timestamp
    due_time: _timestamp_pb2.Timestamp
    withdrawn: int
    def __init__(self, model: _Optional[str] = ..., kind: _Optional[_Union[ModelKind, str]] = ..., since_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., due_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., withdrawn: _Optional[int] = ...) -> None: ...

class ListDueReplacementsResponse(_message.Message):
    __slots__ = ("replacements",)
    REPLACEMENTS_FIELD_NUMBER: _ClassVar[int]
    replacements: _containers.RepeatedCompositeFieldContainer[DueReplacement]
    def __init__(self, replacements: _Optional[_Iterable[_Union[DueReplacement, _Mapping]]] = ...) -> None: ...
