"""Who may call what: credentials become a principal, and one table of rules decides.

Nothing is open by omission: a method without a rule keeps the server from starting, and a method
that appears later is refused.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Mapping
from contextvars import ContextVar
from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING, Any, Protocol

import grpc
from google.protobuf.descriptor import ServiceDescriptor

from training_loop.errors import PermissionDenied, Unauthenticated

TOKEN_CHARACTERS = 512
"""A longer credential is refused unread."""

_SCHEME = "bearer "


class Kind(Enum):
    """The kinds of credential."""

    ACCOUNT = "account holder"
    DEVICE = "device"
    OPERATOR = "operator"
    REVIEWER = "reviewer"
    ADJUDICATOR = "adjudicator"
    SAFETY_OFFICER = "safety officer"
    ML_ENGINEER = "ml-engineer"
    AUDITOR = "auditor"
    ADMINISTRATOR = "administrator"
    RECIPIENT = "recipient of an export"


STAFF = frozenset(
    {
        Kind.REVIEWER,
        Kind.ADJUDICATOR,
        Kind.SAFETY_OFFICER,
        Kind.ML_ENGINEER,
        Kind.AUDITOR,
        Kind.ADMINISTRATOR,
    }
)
"""The roles of people who work here; one role a person."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Principal:
    """Whom a call acts for; what the kind does not have is empty."""

    kind: Kind
    account: str = ""
    device: str = ""
    staff: str = ""
    """The id of a member of staff; set for each kind in STAFF."""
    session: str = ""
    """The id of the session that was signed in to, or of a recipient's token; not the token."""
    export: str = ""
    """The one export that a recipient has anything to do with."""


class Verifier(Protocol):
    """Knows the credentials of one kind."""

    async def verify(self, token: str) -> Principal:
        """Raises Unauthenticated for a credential that is wrong, revoked or malformed, and
        StoreUnavailable when that can't be told now."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """Which credentials may call a method. A rule without a kind refuses everybody."""

    kinds: frozenset[Kind] = frozenset()
    public: bool = False

    @staticmethod
    def only(*kinds: Kind) -> Rule:
        return Rule(kinds=frozenset(kinds))


PUBLIC = Rule(public=True)
"""Needs no credential, and none is looked at."""


class IncompleteRules(ValueError):
    """The rules and the services that a server offers don't match; it must not start."""


@dataclass(frozen=True, slots=True)
class RuleTable:
    """A rule for each method, by its full name, for example "/assistant.v1.Devices/PairDevice"."""

    rules: Mapping[str, Rule]

    @staticmethod
    def of(services: Iterable[ServiceDescriptor], rules: Mapping[str, Rule]) -> RuleTable:
        """Raises IncompleteRules unless there is a rule for each method of the services, and no
        rule for anything else."""
        methods = {name for service in services for name in methods_of(service)}
        problems = [f"no rule for {name}" for name in sorted(methods - rules.keys())]
        problems += [f"a rule for the unknown {name}" for name in sorted(rules.keys() - methods)]
        if problems:
            raise IncompleteRules("; ".join(problems))
        return RuleTable(dict(rules))

    def check(self, method: str) -> Rule:
        """The rule of a method; without one, nobody may call it."""
        return self.rules.get(method, Rule())


def methods_of(service: ServiceDescriptor) -> tuple[str, ...]:
    """The full names of a service's methods, as gRPC sends them."""
    return tuple(f"/{service.full_name}/{method.name}" for method in service.methods)


_principal: ContextVar[Principal] = ContextVar("earmark_principal")


def principal() -> Principal:
    """Whom the call in progress acts for.

    Raises Unauthenticated outside of a call and in public methods.
    """
    try:
        return _principal.get()
    except LookupError:
        raise Unauthenticated("this call carries no credential") from None


if TYPE_CHECKING:  # generic for the type checker alone
    Handler = grpc.RpcMethodHandler[Any, Any]
    Interceptor = grpc.aio.ServerInterceptor[Any, Any]
else:
    Handler = grpc.RpcMethodHandler
    Interceptor = grpc.aio.ServerInterceptor


class AuthenticationInterceptor(Interceptor):
    """Refuses a call before its first message is read, or sets its `principal`.

    `verifiers` maps the beginning of a credential to the verifier of that kind; none of these
    beginnings may begin another. Must run inside the ErrorInterceptor, which turns what is raised
    here into a status.
    """

    def __init__(self, verifiers: Mapping[str, Verifier], table: RuleTable) -> None:
        self._verifiers = dict(verifiers)
        self._table = table

    async def intercept_service(
        self,
        continuation: Callable[[grpc.HandlerCallDetails], Awaitable[Handler]],
        handler_call_details: grpc.HandlerCallDetails,
    ) -> Handler:
        """Raises Unauthenticated, PermissionDenied or StoreUnavailable."""
        handler = await continuation(handler_call_details)
        rule = self._table.check(handler_call_details.method)
        if handler is not None and not rule.public:  # None: there is no such method
            _principal.set(await self._admit(rule, handler_call_details))
        return handler

    async def _admit(self, rule: Rule, details: grpc.HandlerCallDetails) -> Principal:
        token = bearer_token(details.invocation_metadata)
        caller = await self._verify(token)
        if caller.kind not in rule.kinds:
            wanted = " or ".join(sorted(kind.value for kind in rule.kinds)) or "nobody's"
            raise PermissionDenied(
                f"this method needs the credential of: {wanted}; not of: {caller.kind.value}"
            )
        return caller

    async def _verify(self, token: str) -> Principal:
        for beginning, verifier in self._verifiers.items():
            if token.startswith(beginning):
                return await verifier.verify(token)
        raise Unauthenticated("the credential is not one of this service")


def bearer_token(metadata: Iterable[tuple[str, str | bytes]] | None) -> str:
    """The credential of a call's metadata.

    Raises Unauthenticated when it is missing, repeated, malformed or too long.
    """
    values = [value for key, value in metadata or () if key == "authorization"]
    if len(values) != 1:
        raise Unauthenticated("the call needs exactly one credential")
    (value,) = values
    if not isinstance(value, str) or value[: len(_SCHEME)].lower() != _SCHEME:
        raise Unauthenticated("the credential must be a bearer token")
    token = value[len(_SCHEME) :].strip()
    if not token or len(token) > TOKEN_CHARACTERS or not token.isascii():
        raise Unauthenticated("the credential is malformed")
    return token
