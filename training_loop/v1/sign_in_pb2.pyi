import datetime

from google.protobuf import duration_pb2 as _duration_pb2
from google.protobuf import timestamp_pb2 as _timestamp_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class StartEmailSignInRequest(_message.Message):
    __slots__ = ("email",)
    EMAIL_FIELD_NUMBER: _ClassVar[int]
    email: str
    def __init__(self, email: _Optional[str] = ...) -> None: ...

class StartEmailSignInResponse(_message.Message):
    __slots__ = ("ticket", "valid_for")
    TICKET_FIELD_NUMBER: _ClassVar[int]
    VALID_FOR_FIELD_NUMBER: _ClassVar[int]
    ticket: str
    valid_for: _duration_pb2.Duration
    def __init__(self, ticket: _Optional[str] = ..., valid_for: _Optional[_Union[datetime.timedelta, _duration_pb2.Duration, _Mapping]] = ...) -> None: ...

class CompleteEmailSignInRequest(_message.Message):
    __slots__ = ("ticket", "code")
    TICKET_FIELD_NUMBER: _ClassVar[int]
    CODE_FIELD_NUMBER: _ClassVar[int]
    ticket: str
    code: str
    def __init__(self, ticket: _Optional[str] = ..., code: _Optional[str] = ...) -> None: ...

class HolderSession(_message.Message):
    __slots__ = ("session_token", "expire_time", "account")
    SESSION_TOKEN_FIELD_NUMBER: _ClassVar[int]
    EXPIRE_TIME_FIELD_NUMBER: _ClassVar[int]
    ACCOUNT_FIELD_NUMBER: _ClassVar[int]
    session_token: str
    expire_time: _timestamp_pb2.Timestamp
    account: str
    def __init__(self, session_token: _Optional[str] = ..., expire_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., account: _Optional[str] = ...) -> None: ...

class StartPasskeySignInRequest(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class PasskeyChallenge(_message.Message):
    __slots__ = ("ticket", "options_json")
    TICKET_FIELD_NUMBER: _ClassVar[int]
    OPTIONS_JSON_FIELD_NUMBER: _ClassVar[int]
    ticket: str
    options_json: str
    def __init__(self, ticket: _Optional[str] = ..., options_json: _Optional[str] = ...) -> None: ...

class PasskeyAnswer(_message.Message):
    __slots__ = ("ticket", "credential_json", "display_name")
    TICKET_FIELD_NUMBER: _ClassVar[int]
    CREDENTIAL_JSON_FIELD_NUMBER: _ClassVar[int]
    DISPLAY_NAME_FIELD_NUMBER: _ClassVar[int]
    ticket: str
    credential_json: str
    display_name: str
    def __init__(self, ticket: _Optional[str] = ..., credential_json: _Optional[str] = ..., display_name: _Optional[str] = ...) -> None: ...

class GetSignInWaysRequest(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class SignInWays(_message.Message):
    __slots__ = ("email", "passkeys", "open_sessions", "sessions")
    EMAIL_FIELD_NUMBER: _ClassVar[int]
    PASSKEYS_FIELD_NUMBER: _ClassVar[int]
    OPEN_SESSIONS_FIELD_NUMBER: _ClassVar[int]
    SESSIONS_FIELD_NUMBER: _ClassVar[int]
    email: str
    passkeys: _containers.RepeatedCompositeFieldContainer[Passkey]
    open_sessions: int
    sessions: _containers.RepeatedCompositeFieldContainer[OpenHolderSession]
    def __init__(self, email: _Optional[str] = ..., passkeys: _Optional[_Iterable[_Union[Passkey, _Mapping]]] = ..., open_sessions: _Optional[int] = ..., sessions: _Optional[_Iterable[_Union[OpenHolderSession, _Mapping]]] = ...) -> None: ...

class OpenHolderSession(_message.Message):
    __slots__ = ("session", "create_time", "use_time", "expire_time", "signed_in_with", "current")
    SESSION_FIELD_NUMBER: _ClassVar[int]
    CREATE_TIME_FIELD_NUMBER: _ClassVar[int]
    USE_TIME_FIELD_NUMBER: _ClassVar[int]
    EXPIRE_TIME_FIELD_NUMBER: _ClassVar[int]
    SIGNED_IN_WITH_FIELD_NUMBER: _ClassVar[int]
    CURRENT_FIELD_NUMBER: _ClassVar[int]
    session: str
    create_time: _timestamp_pb2.Timestamp
    use_time: _timestamp_pb2.Timestamp
    expire_time: _timestamp_pb2.Timestamp
    signed_in_with: str
    current: bool
    def __init__(self, session: _Optional[str] = ..., create_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., use_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., expire_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., signed_in_with: _Optional[str] = ..., current: _Optional[bool] = ...) -> None: ...

class Passkey(_message.Message):
    __slots__ = ("passkey", "display_name", "create_time", "last_use_time")
    PASSKEY_FIELD_NUMBER: _ClassVar[int]
    DISPLAY_NAME_FIELD_NUMBER: _ClassVar[int]
    CREATE_TIME_FIELD_NUMBER: _ClassVar[int]
    LAST_USE_TIME_FIELD_NUMBER: _ClassVar[int]
    passkey: str
    display_name: str
    create_time: _timestamp_pb2.Timestamp
    last_use_time: _timestamp_pb2.Timestamp
    def __init__(self, passkey: _Optional[str] = ..., display_name: _Optional[str] = ..., create_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., last_use_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class StartEmailChangeRequest(_message.Message):
    __slots__ = ("email",)
    EMAIL_FIELD_NUMBER: _ClassVar[int]
    email: str
    def __init__(self, email: _Optional[str] = ...) -> None: ...

class RemoveEmailRequest(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class StartPasskeyRegistrationRequest(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class RemovePasskeyRequest(_message.Message):
    __slots__ = ("passkey",)
    PASSKEY_FIELD_NUMBER: _ClassVar[int]
    passkey: str
    def __init__(self, passkey: _Optional[str] = ...) -> None: ...

class SignOutRequest(_message.Message):
    __slots__ = ("everywhere", "session")
    EVERYWHERE_FIELD_NUMBER: _ClassVar[int]
    SESSION_FIELD_NUMBER: _ClassVar[int]
    everywhere: bool
    session: str
    def __init__(self, everywhere: _Optional[bool] = ..., session: _Optional[str] = ...) -> None: ...

class SignOutResponse(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...
