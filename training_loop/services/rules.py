"""Who may call the services of this package."""

from __future__ import annotations

from google.protobuf.descriptor import ServiceDescriptor

from training_loop.access import PUBLIC, STAFF, Kind, Rule
from training_loop.v1 import (
    operations_pb2,
    privacy_pb2,
    review_pb2,
    sign_in_pb2,
    staff_pb2,
    training_pb2,
)

SERVICES: tuple[ServiceDescriptor, ...] = (
    privacy_pb2.DESCRIPTOR.services_by_name["Privacy"],
    privacy_pb2.DESCRIPTOR.services_by_name["Erasures"],
    training_pb2.DESCRIPTOR.services_by_name["Training"],
    training_pb2.DESCRIPTOR.services_by_name["Exports"],
    staff_pb2.DESCRIPTOR.services_by_name["Staff"],
    sign_in_pb2.DESCRIPTOR.services_by_name["SignIn"],
    review_pb2.DESCRIPTOR.services_by_name["Review"],
    operations_pb2.DESCRIPTOR.services_by_name["Operations"],
)

_ACCOUNT = Rule.only(Kind.ACCOUNT)
_OPERATOR = Rule.only(Kind.OPERATOR)
_WATCHER = Rule.only(Kind.ML_ENGINEER, Kind.AUDITOR)
_WATCHER_OR_OPERATOR = Rule.only(Kind.OPERATOR, Kind.ML_ENGINEER, Kind.AUDITOR)
_STAFF = Rule.only(*STAFF)
_ADMINISTRATOR = Rule.only(Kind.ADMINISTRATOR)
_LISTENER = Rule.only(Kind.REVIEWER, Kind.ADJUDICATOR)
_SAFETY_OFFICER = Rule.only(Kind.SAFETY_OFFICER)
_DELETER = Rule.only(Kind.RECIPIENT, Kind.ML_ENGINEER, Kind.OPERATOR)
_FOUNDER = Rule.only(Kind.ADMINISTRATOR, Kind.OPERATOR)

RULES = {
    "/training_loop.v1.Privacy/GetAccount": _ACCOUNT,
    "/training_loop.v1.Privacy/GetPrivacySettings": _ACCOUNT,
    "/training_loop.v1.Privacy/UpdatePrivacySettings": _ACCOUNT,
    "/training_loop.v1.Privacy/PauseLearning": _ACCOUNT,
    "/training_loop.v1.Privacy/ResumeLearning": _ACCOUNT,
    "/training_loop.v1.Privacy/ListConsents": _ACCOUNT,
    "/training_loop.v1.Privacy/ListListens": _ACCOUNT,
    "/training_loop.v1.Privacy/ListUses": _ACCOUNT,
    "/training_loop.v1.Privacy/ListUtterances": _ACCOUNT,
    "/training_loop.v1.Privacy/ExplainUtterance": _ACCOUNT,
    "/training_loop.v1.Privacy/PlayUtterance": _ACCOUNT,
    "/training_loop.v1.Privacy/CorrectUtterance": _ACCOUNT,
    "/training_loop.v1.Privacy/ExportAccount": _ACCOUNT,
    "/training_loop.v1.Privacy/DeleteUtterance": _ACCOUNT,
    "/training_loop.v1.Privacy/DeleteUtterances": _ACCOUNT,
    "/training_loop.v1.Privacy/DeleteAccount": _ACCOUNT,
    "/training_loop.v1.Erasures/StartAccountErasure": _ACCOUNT,
    "/training_loop.v1.Erasures/StartUtterancesErasure": _ACCOUNT,
    "/training_loop.v1.Erasures/GetErasure": PUBLIC,
    "/training_loop.v1.Erasures/WatchErasure": PUBLIC,
    "/training_loop.v1.Training/GetQueueStatistics": _WATCHER_OR_OPERATOR,
    "/training_loop.v1.Training/ListQueueItems": _OPERATOR,
    "/training_loop.v1.Training/ListModels": _WATCHER_OR_OPERATOR,
    "/training_loop.v1.Training/GetModelLineage": _WATCHER_OR_OPERATOR,
    "/training_loop.v1.Training/ListDueReplacements": _WATCHER_OR_OPERATOR,
    "/training_loop.v1.Exports/ListExports": _WATCHER_OR_OPERATOR,
    "/training_loop.v1.Exports/WatchTombstones": _DELETER,
    "/training_loop.v1.Exports/AcknowledgeTombstones": _DELETER,
    "/training_loop.v1.Staff/SignIn": PUBLIC,
    "/training_loop.v1.Staff/SignInWithTotp": PUBLIC,
    "/training_loop.v1.Staff/SignInWithRecoveryCode": PUBLIC,
    "/training_loop.v1.Staff/BeginPasskeySignIn": PUBLIC,
    "/training_loop.v1.Staff/CompletePasskeySignIn": PUBLIC,
    "/training_loop.v1.Staff/BeginOidc": PUBLIC,
    "/training_loop.v1.Staff/CompleteOidc": PUBLIC,
    "/training_loop.v1.Staff/BeginEnrolment": PUBLIC,
    "/training_loop.v1.Staff/EnrolTotp": PUBLIC,
    "/training_loop.v1.Staff/ConfirmTotp": PUBLIC,
    "/training_loop.v1.Staff/BeginPasskeyEnrolment": PUBLIC,
    "/training_loop.v1.Staff/CompletePasskeyEnrolment": PUBLIC,
    "/training_loop.v1.Staff/GetMyself": _STAFF,
    "/training_loop.v1.Staff/ListSessions": _STAFF,
    "/training_loop.v1.Staff/RevokeSession": _STAFF,
    "/training_loop.v1.Staff/SignOut": _STAFF,
    "/training_loop.v1.Staff/ChangePassword": _STAFF,
    "/training_loop.v1.Staff/BeginFactorChange": _STAFF,
    "/training_loop.v1.Staff/RemovePasskey": _STAFF,
    "/training_loop.v1.Staff/ListMembers": _FOUNDER,
    "/training_loop.v1.Staff/CreateMember": _FOUNDER,
    "/training_loop.v1.Staff/InviteMember": _ADMINISTRATOR,
    "/training_loop.v1.Staff/ChangeRole": _ADMINISTRATOR,
    "/training_loop.v1.Staff/DisableMember": _ADMINISTRATOR,
    "/training_loop.v1.Staff/LinkOidcSubject": _ADMINISTRATOR,
    "/training_loop.v1.Staff/RemoveMember": _ADMINISTRATOR,
    "/training_loop.v1.SignIn/StartEmailSignIn": PUBLIC,
    "/training_loop.v1.SignIn/CompleteEmailSignIn": PUBLIC,
    "/training_loop.v1.SignIn/StartPasskeySignIn": PUBLIC,
    "/training_loop.v1.SignIn/CompletePasskeySignIn": PUBLIC,
    "/training_loop.v1.SignIn/GetSignInWays": _ACCOUNT,
    "/training_loop.v1.SignIn/StartEmailChange": _ACCOUNT,
    "/training_loop.v1.SignIn/CompleteEmailChange": _ACCOUNT,
    "/training_loop.v1.SignIn/RemoveEmail": _ACCOUNT,
    "/training_loop.v1.SignIn/StartPasskeyRegistration": _ACCOUNT,
    "/training_loop.v1.SignIn/CompletePasskeyRegistration": _ACCOUNT,
    "/training_loop.v1.SignIn/RemovePasskey": _ACCOUNT,
    "/training_loop.v1.SignIn/SignOut": _ACCOUNT,
    "/training_loop.v1.Review/LeaseTask": _LISTENER,
    "/training_loop.v1.Review/StreamClip": _LISTENER,
    "/training_loop.v1.Review/WatchTask": _LISTENER,
    "/training_loop.v1.Review/SubmitReview": _LISTENER,
    "/training_loop.v1.Review/UndoReview": _LISTENER,
    "/training_loop.v1.Review/SkipTask": _LISTENER,
    "/training_loop.v1.Review/ReportClip": _LISTENER,
    "/training_loop.v1.Review/GetMyShift": _LISTENER,
    "/training_loop.v1.Review/StartShift": _LISTENER,
    "/training_loop.v1.Review/GetOntology": _LISTENER,
    "/training_loop.v1.Review/GetReviewStatistics": Rule.only(
        Kind.ML_ENGINEER, Kind.AUDITOR, Kind.ADJUDICATOR
    ),
    "/training_loop.v1.Review/ReleaseReviewer": Rule.only(Kind.ML_ENGINEER, Kind.ADJUDICATOR),
    "/training_loop.v1.Review/GetSamplingReport": Rule.only(Kind.ML_ENGINEER, Kind.AUDITOR),
    "/training_loop.v1.Review/GetTransparencyFigures": PUBLIC,
    "/training_loop.v1.Review/ListCases": _SAFETY_OFFICER,
    "/training_loop.v1.Review/TakeCase": _SAFETY_OFFICER,
    "/training_loop.v1.Review/StreamCaseClip": _SAFETY_OFFICER,
    "/training_loop.v1.Review/CloseCase": _SAFETY_OFFICER,
    "/training_loop.v1.Operations/GetAuditorState": _WATCHER,
    "/training_loop.v1.Operations/GetAuditLogState": _WATCHER,
    "/training_loop.v1.Operations/VerifyAuditLog": _WATCHER,
    "/training_loop.v1.Operations/ListAuditEntries": _WATCHER,
}
