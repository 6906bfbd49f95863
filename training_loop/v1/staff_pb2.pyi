import datetime

from google.protobuf import duration_pb2 as _duration_pb2
from google.protobuf import empty_pb2 as _empty_pb2
from google.protobuf import timestamp_pb2 as _timestamp_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class StaffRole(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    STAFF_ROLE_UNSPECIFIED: _ClassVar[StaffRole]
    STAFF_ROLE_REVIEWER: _ClassVar[StaffRole]
    STAFF_ROLE_ADJUDICATOR: _ClassVar[StaffRole]
    STAFF_ROLE_SAFETY_OFFICER: _ClassVar[StaffRole]
    STAFF_ROLE_ML_ENGINEER: _ClassVar[StaffRole]
    STAFF_ROLE_AUDITOR: _ClassVar[StaffRole]
    STAFF_ROLE_ADMINISTRATOR: _ClassVar[StaffRole]

class SecondFactor(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    SECOND_FACTOR_UNSPECIFIED: _ClassVar[SecondFactor]
    SECOND_FACTOR_TOTP: _ClassVar[SecondFactor]
    SECOND_FACTOR_RECOVERY_CODE: _ClassVar[SecondFactor]
    SECOND_FACTOR_PASSKEY: _ClassVar[SecondFactor]
    SECOND_FACTOR_OIDC: _ClassVar[SecondFactor]
STAFF_ROLE_UNSPECIFIED: StaffRole
STAFF_ROLE_REVIEWER: StaffRole
STAFF_ROLE_ADJUDICATOR: StaffRole
STAFF_ROLE_SAFETY_OFFICER: StaffRole
STAFF_ROLE_ML_ENGINEER: StaffRole
STAFF_ROLE_AUDITOR: StaffRole
STAFF_ROLE_ADMINISTRATOR: StaffRole
SECOND_FACTOR_UNSPECIFIED: SecondFactor
SECOND_FACTOR_TOTP: SecondFactor
SECOND_FACTOR_RECOVERY_CODE: SecondFactor
SECOND_FACTOR_PASSKEY: SecondFactor
SECOND_FACTOR_OIDC: SecondFactor

class StaffSignInRequest(_message.Message):
    __slots__ = ("name", "password")
    NAME_FIELD_NUMBER: _ClassVar[int]
    PASSWORD_FIELD_NUMBER: _ClassVar[int]
    name: str
    password: str
    def __init__(self, name: _Optional[str] = ..., password: _Optional[str] = ...) -> None: ...

class StaffSignInResponse(_message.Message):
    __slots__ = ("ticket", "factors", "valid")
    TICKET_FIELD_NUMBER: _ClassVar[int]
    FACTORS_FIELD_NUMBER: _ClassVar[int]
    VALID_FIELD_NUMBER: _ClassVar[int]
    ticket: str
    factors: _containers.RepeatedScalarFieldContainer[SecondFactor]
    valid: _duration_pb2.Duration
    def __init__(self, ticket: _Optional[str] = ..., factors: _Optional[_Iterable[_Union[SecondFactor, str]]] = ..., valid: _Optional[_Union[datetime.timedelta, _duration_pb2.Duration, _Mapping]] = ...) -> None: ...

class TicketRequest(_message.Message):
    __slots__ = ("ticket",)
    TICKET_FIELD_NUMBER: _ClassVar[int]
    ticket: str
    def __init__(self, ticket: _Optional[str] = ...) -> None: ...

class SignInWithCodeRequest(_message.Message):
    __slots__ = ("ticket", "code")
    TICKET_FIELD_NUMBER: _ClassVar[int]
    CODE_FIELD_NUMBER: _ClassVar[int]
    ticket: str
    code: str
    def __init__(self, ticket: _Optional[str] = ..., code: _Optional[str] = ...) -> None: ...

class StaffPasskeyOptions(_message.Message):
    __slots__ = ("options_json",)
    OPTIONS_JSON_FIELD_NUMBER: _ClassVar[int]
    options_json: str
    def __init__(self, options_json: _Optional[str] = ...) -> None: ...

class StaffPasskeyResponse(_message.Message):
    __slots__ = ("ticket", "response_json")
    TICKET_FIELD_NUMBER: _ClassVar[int]
    RESPONSE_JSON_FIELD_NUMBER: _ClassVar[int]
    ticket: str
    response_json: str
    def __init__(self, ticket: _Optional[str] = ..., response_json: _Optional[str] = ...) -> None: ...

class BeginOidcRequest(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class BeginOidcResponse(_message.Message):
    __slots__ = ("authorization_url", "flow", "valid")
    AUTHORIZATION_URL_FIELD_NUMBER: _ClassVar[int]
    FLOW_FIELD_NUMBER: _ClassVar[int]
    VALID_FIELD_NUMBER: _ClassVar[int]
    authorization_url: str
    flow: str
    valid: _duration_pb2.Duration
    def __init__(self, authorization_url: _Optional[str] = ..., flow: _Optional[str] = ..., valid: _Optional[_Union[datetime.timedelta, _duration_pb2.Duration, _Mapping]] = ...) -> None: ...

class CompleteOidcRequest(_message.Message):
    __slots__ = ("flow", "state", "code")
    FLOW_FIELD_NUMBER: _ClassVar[int]
    STATE_FIELD_NUMBER: _ClassVar[int]
    CODE_FIELD_NUMBER: _ClassVar[int]
    flow: str
    state: str
    code: str
    def __init__(self, flow: _Optional[str] = ..., state: _Optional[str] = ..., code: _Optional[str] = ...) -> None: ...

class StaffSession(_message.Message):
    __slots__ = ("token", "session", "member", "role", "idle", "life")
    TOKEN_FIELD_NUMBER: _ClassVar[int]
    SESSION_FIELD_NUMBER: _ClassVar[int]
    MEMBER_FIELD_NUMBER: _ClassVar[int]
    ROLE_FIELD_NUMBER: _ClassVar[int]
    IDLE_FIELD_NUMBER: _ClassVar[int]
    LIFE_FIELD_NUMBER: _ClassVar[int]
    token: str
    session: str
    member: str
    role: StaffRole
    idle: _duration_pb2.Duration
    life: _duration_pb2.Duration
    def __init__(self, token: _Optional[str] = ..., session: _Optional[str] = ..., member: _Optional[str] = ..., role: _Optional[_Union[StaffRole, str]] = ..., idle: _Optional[_Union[datetime.timedelta, _duration_pb2.Duration, _Mapping]] = ..., life: _Optional[_Union[datetime.timedelta, _duration_pb2.Duration, _Mapping]] = ...) -> None: ...

class BeginEnrolmentRequest(_message.Message):
    __slots__ = ("invitation", "password")
    INVITATION_FIELD_NUMBER: _ClassVar[int]
    PASSWORD_FIELD_NUMBER: _ClassVar[int]
    invitation: str
    password: str
    def __init__(self, invitation: _Optional[str] = ..., password: _Optional[str] = ...) -> None: ...

class EnrolmentTicket(_message.Message):
    __slots__ = ("ticket", "display_name", "valid")
    TICKET_FIELD_NUMBER: _ClassVar[int]
    DISPLAY_NAME_FIELD_NUMBER: _ClassVar[int]
    VALID_FIELD_NUMBER: _ClassVar[int]
    ticket: str
    display_name: str
    valid: _duration_pb2.Duration
    def __init__(self, ticket: _Optional[str] = ..., display_name: _Optional[str] = ..., valid: _Optional[_Union[datetime.timedelta, _duration_pb2.Duration, _Mapping]] = ...) -> None: ...

class TotpSecret(_message.Message):
    __slots__ = ("secret", "uri", "svg")
    SECRET_FIELD_NUMBER: _ClassVar[int]
    URI_FIELD_NUMBER: _ClassVar[int]
    SVG_FIELD_NUMBER: _ClassVar[int]
    secret: str
    uri: str
    svg: str
    def __init__(self, secret: _Optional[str] = ..., uri: _Optional[str] = ..., svg: _Optional[str] = ...) -> None: ...

class Enrolment(_message.Message):
    __slots__ = ("recovery_codes", "session")
    RECOVERY_CODES_FIELD_NUMBER: _ClassVar[int]
    SESSION_FIELD_NUMBER: _ClassVar[int]
    recovery_codes: _containers.RepeatedScalarFieldContainer[str]
    session: StaffSession
    def __init__(self, recovery_codes: _Optional[_Iterable[str]] = ..., session: _Optional[_Union[StaffSession, _Mapping]] = ...) -> None: ...

class GetMyselfRequest(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class Myself(_message.Message):
    __slots__ = ("member", "session", "passkeys")
    MEMBER_FIELD_NUMBER: _ClassVar[int]
    SESSION_FIELD_NUMBER: _ClassVar[int]
    PASSKEYS_FIELD_NUMBER: _ClassVar[int]
    member: StaffMember
    session: str
    passkeys: _containers.RepeatedCompositeFieldContainer[StaffPasskey]
    def __init__(self, member: _Optional[_Union[StaffMember, _Mapping]] = ..., session: _Optional[str] = ..., passkeys: _Optional[_Iterable[_Union[StaffPasskey, _Mapping]]] = ...) -> None: ...

class StaffPasskey(_message.Message):
    __slots__ = ("passkey", "create_time")
    PASSKEY_FIELD_NUMBER: _ClassVar[int]
    CREATE_TIME_FIELD_NUMBER: _ClassVar[int]
    passkey: str
    create_time: _timestamp_pb2.Timestamp
    def __init__(self, passkey: _Optional[str] = ..., create_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class ListStaffSessionsRequest(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class OpenStaffSession(_message.Message):
    __slots__ = ("session", "create_time", "use_time", "expire_time", "factor", "current")
    SESSION_FIELD_NUMBER: _ClassVar[int]
    CREATE_TIME_FIELD_NUMBER: _ClassVar[int]
    USE_TIME_FIELD_NUMBER: _ClassVar[int]
    EXPIRE_TIME_FIELD_NUMBER: _ClassVar[int]
    FACTOR_FIELD_NUMBER: _ClassVar[int]
    CURRENT_FIELD_NUMBER: _ClassVar[int]
    session: str
    create_time: _timestamp_pb2.Timestamp
    use_time: _timestamp_pb2.Timestamp
    expire_time: _timestamp_pb2.Timestamp
    factor: SecondFactor
    current: bool
    def __init__(self, session: _Optional[str] = ..., create_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., use_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., expire_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., factor: _Optional[_Union[SecondFactor, str]] = ..., current: _Optional[bool] = ...) -> None: ...

class ListStaffSessionsResponse(_message.Message):
    __slots__ = ("sessions",)
    SESSIONS_FIELD_NUMBER: _ClassVar[int]
    sessions: _containers.RepeatedCompositeFieldContainer[OpenStaffSession]
    def __init__(self, sessions: _Optional[_Iterable[_Union[OpenStaffSession, _Mapping]]] = ...) -> None: ...

class RevokeStaffSessionRequest(_message.Message):
    __slots__ = ("session",)
    SESSION_FIELD_NUMBER: _ClassVar[int]
    session: str
    def __init__(self, session: _Optional[str] = ...) -> None: ...

class StaffSignOutRequest(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class ChangePasswordRequest(_message.Message):
    __slots__ = ("password", "new_password")
    PASSWORD_FIELD_NUMBER: _ClassVar[int]
    NEW_PASSWORD_FIELD_NUMBER: _ClassVar[int]
    password: str
    new_password: str
    def __init__(self, password: _Optional[str] = ..., new_password: _Optional[str] = ...) -> None: ...

class BeginFactorChangeRequest(_message.Message):
    __slots__ = ("password",)
    PASSWORD_FIELD_NUMBER: _ClassVar[int]
    password: str
    def __init__(self, password: _Optional[str] = ...) -> None: ...

class RemoveStaffPasskeyRequest(_message.Message):
    __slots__ = ("passkey",)
    PASSKEY_FIELD_NUMBER: _ClassVar[int]
    passkey: str
    def __init__(self, passkey: _Optional[str] = ...) -> None: ...

class StaffMember(_message.Message):
    __slots__ = ("member", "pseudonym", "display_name", "role", "state", "create_time", "totp", "linked")
    class State(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
        __slots__ = ()
        STATE_UNSPECIFIED: _ClassVar[StaffMember.State]
        INVITED: _ClassVar[StaffMember.State]
        ACTIVE: _ClassVar[StaffMember.State]
        DISABLED: _ClassVar[StaffMember.State]
    STATE_UNSPECIFIED: StaffMember.State
    INVITED: StaffMember.State
    ACTIVE: StaffMember.State
    DISABLED: StaffMember.State
    MEMBER_FIELD_NUMBER: _ClassVar[int]
    PSEUDONYM_FIELD_NUMBER: _ClassVar[int]
    DISPLAY_NAME_FIELD_NUMBER: _ClassVar[int]
    ROLE_FIELD_NUMBER: _ClassVar[int]
    STATE_FIELD_NUMBER: _ClassVar[int]
    CREATE_TIME_FIELD_NUMBER: _ClassVar[int]
    TOTP_FIELD_NUMBER: _ClassVar[int]
    LINKED_FIELD_NUMBER: _ClassVar[int]
    member: str
    pseudonym: str
    display_name: str
    role: StaffRole
    state: StaffMember.State
    create_time: _timestamp_pb2.Timestamp
    totp: bool
    linked: bool
    def __init__(self, member: _Optional[str] = ..., pseudonym: _Optional[str] = ..., display_name: _Optional[str] = ..., role: _Optional[_Union[StaffRole, str]] = ..., state: _Optional[_Union[StaffMember.State, str]] = ..., create_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., totp: _Optional[bool] = ..., linked: _Optional[bool] = ...) -> None: ...

class ListMembersRequest(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class ListMembersResponse(_message.Message):
    __slots__ = ("members",)
    MEMBERS_FIELD_NUMBER: _ClassVar[int]
    members: _containers.RepeatedCompositeFieldContainer[StaffMember]
    def __init__(self, members: _Optional[_Iterable[_Union[StaffMember, _Mapping]]] = ...) -> None: ...

class CreateMemberRequest(_message.Message):
    __slots__ = ("display_name", "role")
    DISPLAY_NAME_FIELD_NUMBER: _ClassVar[int]
    ROLE_FIELD_NUMBER: _ClassVar[int]
    display_name: str
    role: StaffRole
    def __init__(self, display_name: _Optional[str] = ..., role: _Optional[_Union[StaffRole, str]] = ...) -> None: ...

class Invitation(_message.Message):
    __slots__ = ("member", "invitation", "valid")
    MEMBER_FIELD_NUMBER: _ClassVar[int]
    INVITATION_FIELD_NUMBER: _ClassVar[int]
    VALID_FIELD_NUMBER: _ClassVar[int]
    member: StaffMember
    invitation: str
    valid: _duration_pb2.Duration
    def __init__(self, member: _Optional[_Union[StaffMember, _Mapping]] = ..., invitation: _Optional[str] = ..., valid: _Optional[_Union[datetime.timedelta, _duration_pb2.Duration, _Mapping]] = ...) -> None: ...

class MemberRequest(_message.Message):
    __slots__ = ("member",)
    MEMBER_FIELD_NUMBER: _ClassVar[int]
    member: str
    def __init__(self, member: _Optional[str] = ...) -> None: ...

class ChangeRoleRequest(_message.Message):
    __slots__ = ("member", "role")
    MEMBER_FIELD_NUMBER: _ClassVar[int]
    ROLE_FIELD_NUMBER: _ClassVar[int]
    member: str
    role: StaffRole
    def __init__(self, member: _Optional[str] = ..., role: _Optional[_Union[StaffRole, str]] = ...) -> None: ...

class LinkOidcSubjectRequest(_message.Message):
    __slots__ = ("member", "subject")
    MEMBER_FIELD_NUMBER: _ClassVar[int]
    SUBJECT_FIELD_NUMBER: _ClassVar[int]
    member: str
    subject: str
    def __init__(self, member: _Optional[str] = ..., subject: _Optional[str] = ...) -> None: ...
