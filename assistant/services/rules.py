"""Who may call what: one rule for each method that the assistant's server offers."""

from __future__ import annotations

from google.protobuf.descriptor import ServiceDescriptor
from grpc_health.v1 import health_pb2
from grpc_reflection.v1alpha import reflection_pb2

from assistant.v1 import assistant_pb2, devices_pb2
from training_loop.access import PUBLIC, Kind, Rule, RuleTable
from training_loop.services import rules as training_loop_rules

SERVICES: tuple[ServiceDescriptor, ...] = (
    assistant_pb2.DESCRIPTOR.services_by_name["Assistant"],
    devices_pb2.DESCRIPTOR.services_by_name["Accounts"],
    devices_pb2.DESCRIPTOR.services_by_name["Devices"],
    *training_loop_rules.SERVICES,
    health_pb2.DESCRIPTOR.services_by_name["Health"],
    reflection_pb2.DESCRIPTOR.services_by_name["ServerReflection"],
)

_ACCOUNT = Rule.only(Kind.ACCOUNT)
_DEVICE = Rule.only(Kind.DEVICE)

RULES = {
    "/assistant.v1.Assistant/Converse": _DEVICE,
    "/assistant.v1.Assistant/Interpret": _DEVICE,
    "/assistant.v1.Accounts/CreateAccount": Rule.only(Kind.OPERATOR),
    "/assistant.v1.Devices/CreatePairingCode": _ACCOUNT,
    "/assistant.v1.Devices/PairDevice": PUBLIC,
    "/assistant.v1.Devices/ListDevices": _ACCOUNT,
    "/assistant.v1.Devices/UnpairDevice": _ACCOUNT,
    "/assistant.v1.Devices/WatchDirectives": _DEVICE,
    "/assistant.v1.Devices/AcknowledgeDirective": _DEVICE,
    **training_loop_rules.RULES,
    "/grpc.health.v1.Health/Check": PUBLIC,
    "/grpc.health.v1.Health/List": PUBLIC,
    "/grpc.health.v1.Health/Watch": PUBLIC,
    "/grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo": PUBLIC,
}


def rule_table() -> RuleTable:
    """Raises IncompleteRules when a service has a method that nobody wrote a rule for."""
    return RuleTable.of(SERVICES, RULES)
