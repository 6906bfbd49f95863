"""Who may call the services of this package."""

from __future__ import annotations

from google.protobuf.descriptor import ServiceDescriptor

from training_loop.access import PUBLIC, Kind, Rule
from training_loop.v1 import privacy_pb2, training_pb2

SERVICES: tuple[ServiceDescriptor, ...] = (
    privacy_pb2.DESCRIPTOR.services_by_name["Privacy"],
    privacy_pb2.DESCRIPTOR.services_by_name["Erasures"],
    training_pb2.DESCRIPTOR.services_by_name["Training"],
)

_ACCOUNT = Rule.only(Kind.ACCOUNT)
_OPERATOR = Rule.only(Kind.OPERATOR)

RULES = {
    "/training_loop.v1.Privacy/GetPrivacySettings": _ACCOUNT,
    "/training_loop.v1.Privacy/UpdatePrivacySettings": _ACCOUNT,
    "/training_loop.v1.Privacy/PauseLearning": _ACCOUNT,
    "/training_loop.v1.Privacy/ResumeLearning": _ACCOUNT,
    "/training_loop.v1.Privacy/ListConsents": _ACCOUNT,
    "/training_loop.v1.Privacy/ListListens": _ACCOUNT,
    "/training_loop.v1.Privacy/ListUtterances": _ACCOUNT,
    "/training_loop.v1.Privacy/ExplainUtterance": _ACCOUNT,
    "/training_loop.v1.Privacy/PlayUtterance": _ACCOUNT,
    "/training_loop.v1.Privacy/CorrectUtterance": _ACCOUNT,
    "/training_loop.v1.Privacy/ExportAccount": _ACCOUNT,
    "/training_loop.v1.Privacy/DeleteUtterance": _ACCOUNT,
    "/training_loop.v1.Privacy/DeleteUtterances": _ACCOUNT,
    "/training_loop.v1.Privacy/DeleteAccount": _ACCOUNT,
    "/training_loop.v1.Erasures/StartAccountErasure": _ACCOUNT,
    "/training_loop.v1.Erasures/GetErasure": PUBLIC,
    "/training_loop.v1.Erasures/WatchErasure": PUBLIC,
    "/training_loop.v1.Training/GetQueueStatistics": _OPERATOR,
    "/training_loop.v1.Training/ListQueueItems": _OPERATOR,
    "/training_loop.v1.Training/ListModels": _OPERATOR,
}
