"""Credentials, rules and error mapping, on a real gRPC channel."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

import grpc
import pytest
import redis.exceptions
from google.protobuf.descriptor import ServiceDescriptor

from assistant.v1 import assistant_pb2, devices_pb2
from tests.fixtures.services import refusal
from training_loop.access import (
    PUBLIC,
    TOKEN_CHARACTERS,
    AuthenticationInterceptor,
    IncompleteRules,
    Kind,
    Principal,
    Rule,
    RuleTable,
    Verifier,
    methods_of,
    principal,
)
from training_loop.errors import StoreUnavailable, Unauthenticated
from training_loop.services.errors import ErrorInterceptor

SECRET = "the moon is made of cheese"

Behaviour = Callable[[], Awaitable[bytes]]


class OneToken:
    """Knows a single credential."""

    def __init__(self, token: str, kind: Kind) -> None:
        self._token = token
        self._kind = kind

    async def verify(self, token: str) -> Principal:
        if token != self._token:
            raise Unauthenticated("wrong")
        return Principal(kind=self._kind, account="a1", device="d1")


class StoreAway:
    async def verify(self, token: str) -> Principal:
        raise redis.exceptions.ConnectionError(f"could not look up {token}")


METHODS = {
    "unary_unary": Rule.only(Kind.DEVICE),
    "unary_stream": Rule.only(Kind.DEVICE),
    "stream_unary": Rule.only(Kind.DEVICE),
    "stream_stream": Rule.only(Kind.DEVICE),
    "Open": PUBLIC,
    "Closed": Rule(),
}


def handlers(behaviour: Behaviour) -> dict[str, Any]:
    async def one(request: Any, context: Any) -> bytes:
        return await behaviour()

    async def many(request: Any, context: Any) -> AsyncIterator[bytes]:
        yield b"first"
        yield await behaviour()

    return {
        "unary_unary": grpc.unary_unary_rpc_method_handler(one),
        "unary_stream": grpc.unary_stream_rpc_method_handler(many),
        "stream_unary": grpc.stream_unary_rpc_method_handler(one),
        "stream_stream": grpc.stream_stream_rpc_method_handler(many),
        "Open": grpc.unary_unary_rpc_method_handler(one),
        "Closed": grpc.unary_unary_rpc_method_handler(one),
        "Forgotten": grpc.unary_unary_rpc_method_handler(one),
    }


@asynccontextmanager
async def serving(behaviour: Behaviour) -> AsyncIterator[grpc.aio.Channel]:
    table = RuleTable({f"/S/{name}": rule for name, rule in METHODS.items()})
    verifiers: dict[str, Verifier] = {
        "dev_": OneToken("dev_right", Kind.DEVICE),
        "acc_": OneToken("acc_right", Kind.ACCOUNT),
        "away_": StoreAway(),
    }
    server = grpc.aio.server(
        interceptors=[ErrorInterceptor(), AuthenticationInterceptor(verifiers, table)]
    )
    generic = grpc.method_handlers_generic_handler("S", handlers(behaviour))
    server.add_generic_rpc_handlers((generic,))
    port = server.add_insecure_port("127.0.0.1:0")
    await server.start()
    try:
        async with grpc.aio.insecure_channel(f"127.0.0.1:{port}") as channel:
            yield channel
    finally:
        await server.stop(None)


async def call(
    channel: grpc.aio.Channel, method: str, *metadata: tuple[str, str]
) -> tuple[list[bytes], grpc.aio.AioRpcError | None]:
    """What came back, and the error that ended it."""
    cardinality = method if "_" in method else "unary_unary"
    caller: Any = getattr(channel, cardinality)(f"/S/{method}")
    request = iter([b"q"]) if cardinality.startswith("stream") else b"q"
    answers: list[bytes] = []
    try:
        ongoing = caller(request, metadata=metadata, timeout=10)
        if cardinality.endswith("unary"):
            answers.append(await ongoing)
        else:
            async for answer in ongoing:
                answers.append(answer)  # noqa: PERF401 - what came before the error counts
    except grpc.aio.AioRpcError as error:
        return answers, error
    return answers, None


def start(channel: grpc.aio.Channel, method: str) -> Any:
    """A call in progress, with the right credential."""
    caller: Any = getattr(channel, method)(f"/S/{method}")
    return caller(b"q", metadata=(RIGHT,))


async def whoami() -> bytes:
    caller = principal()
    return f"{caller.kind.name} {caller.account} {caller.device}".encode()


RIGHT = ("authorization", "Bearer dev_right")
CARDINALITIES = [name for name in METHODS if "_" in name]


@pytest.mark.parametrize("method", CARDINALITIES)
async def test_a_method_of_any_cardinality_knows_its_caller(method: str) -> None:
    async with serving(whoami) as channel:
        answers, error = await call(channel, method, RIGHT)
    assert error is None
    assert answers[-1] == b"DEVICE a1 d1"


@pytest.mark.parametrize("method", [*CARDINALITIES, "Closed", "Forgotten"])
@pytest.mark.parametrize(
    "metadata",
    [
        (),
        (("authorization", ""),),
        (("authorization", "Bearer "),),
        (("authorization", "dev_right"),),
        (("authorization", "Basic dev_right"),),
        (("authorization", "Bearer dev_wrong"),),
        (("authorization", "Bearer other_right"),),
        (("authorization", "Bearer dev_" + "x" * TOKEN_CHARACTERS),),
        (RIGHT, ("authorization", "Bearer acc_right")),
    ],
)
async def test_a_missing_wrong_or_malformed_credential_is_refused(
    method: str, metadata: tuple[tuple[str, str], ...]
) -> None:
    async with serving(whoami) as channel:
        answers, error = await call(channel, method, *metadata)
    status, code, hint = refusal(error)
    assert (status, code) == (grpc.StatusCode.UNAUTHENTICATED, "CREDENTIAL_REFUSED")
    assert hint
    assert answers == []


@pytest.mark.parametrize(
    ("method", "token"),
    [(name, "acc_right") for name in CARDINALITIES]
    + [(name, token) for name in ("Closed", "Forgotten") for token in ("acc_right", "dev_right")],
)
async def test_another_kind_of_credential_or_a_method_without_a_rule_is_refused(
    method: str, token: str
) -> None:
    async with serving(whoami) as channel:
        answers, error = await call(channel, method, ("authorization", f"Bearer {token}"))
    status, code, _ = refusal(error)
    assert (status, code) == (grpc.StatusCode.PERMISSION_DENIED, "WRONG_KIND_OF_CREDENTIAL")
    assert answers == []


async def test_a_public_method_has_no_caller() -> None:
    async def answer() -> bytes:
        with pytest.raises(Unauthenticated):
            principal()
        return b"public"

    async with serving(answer) as channel:
        answers, _ = await call(channel, "Open", RIGHT)
    assert answers == [b"public"]


async def test_callers_of_one_connection_are_not_mixed_up() -> None:
    gate = asyncio.Event()
    waiting = 0

    async def answer() -> bytes:
        nonlocal waiting
        waiting += 1
        if waiting == 2:
            gate.set()
        await gate.wait()
        try:
            return principal().kind.name.encode()
        except Unauthenticated:
            return b"nobody"

    async with serving(answer) as channel:
        (one, _), (two, _) = await asyncio.gather(
            call(channel, "unary_unary", RIGHT), call(channel, "Open")
        )
    assert (one, two) == ([b"DEVICE"], [b"nobody"])


async def test_a_store_that_is_away_is_unavailable_and_not_a_refusal() -> None:
    async with serving(whoami) as channel:
        _, error = await call(channel, "unary_stream", ("authorization", "Bearer away_x"))
    assert refusal(error)[:2] == (grpc.StatusCode.UNAVAILABLE, "STORE_UNAVAILABLE")


@pytest.mark.parametrize("method", CARDINALITIES)
async def test_an_expected_failure_carries_its_reason_and_hint(method: str) -> None:
    async def fail() -> bytes:
        raise StoreUnavailable("away")

    async with serving(fail) as channel:
        answers, error = await call(channel, method, RIGHT)
    assert refusal(error) == (
        grpc.StatusCode.UNAVAILABLE,
        "STORE_UNAVAILABLE",
        "Try again in a moment.",
    )
    assert answers == ([b"first"] if method.endswith("stream") else [])


async def test_an_expected_failure_inside_a_task_group_is_found() -> None:
    async def inner() -> None:
        raise StoreUnavailable("away")

    async def fail() -> bytes:
        async with asyncio.TaskGroup() as group:
            group.create_task(inner())
        return b""

    async with serving(fail) as channel:
        _, error = await call(channel, "unary_unary", RIGHT)
    assert refusal(error)[1] == "STORE_UNAVAILABLE"


@pytest.mark.parametrize("method", CARDINALITIES)
async def test_an_unexpected_failure_is_an_incident_that_says_nothing(
    method: str, caplog: pytest.LogCaptureFixture
) -> None:
    async def fail() -> bytes:
        raise ValueError(SECRET)

    with caplog.at_level(logging.DEBUG):
        async with serving(fail) as channel:
            _, error = await call(channel, method, RIGHT)
    assert refusal(error)[:2] == (grpc.StatusCode.INTERNAL, "INTERNAL")
    assert error is not None
    assert SECRET not in str(error)
    assert SECRET not in caplog.text
    assert "dev_right" not in caplog.text
    incident = (error.details() or "").split()[-1]
    (record,) = [record for record in caplog.records if incident in record.getMessage()]
    assert "ValueError" in record.getMessage()
    assert "in fail" in record.getMessage()


async def test_a_failure_after_the_caller_left_says_nothing_either(
    caplog: pytest.LogCaptureFixture,
) -> None:
    begun, logged = asyncio.Event(), asyncio.Event()

    async def fail() -> bytes:
        begun.set()
        try:
            await asyncio.Event().wait()
        finally:
            asyncio.get_running_loop().call_soon(logged.set)
            raise ValueError(SECRET)

    with caplog.at_level(logging.DEBUG):
        async with serving(fail) as channel:
            ongoing = start(channel, "unary_unary")
            task = asyncio.ensure_future(_ended(ongoing))
            await begun.wait()
            ongoing.cancel()
            await task
            await logged.wait()
    assert SECRET not in caplog.text


async def _ended(ongoing: Any) -> None:
    with pytest.raises(asyncio.CancelledError):
        await ongoing


async def test_a_cancelled_call_ends_its_method() -> None:
    begun, ended = asyncio.Event(), asyncio.Event()

    async def wait() -> bytes:
        begun.set()
        try:
            await asyncio.Event().wait()
        finally:
            ended.set()
        return b""

    async with serving(wait) as channel:
        ongoing = start(channel, "unary_stream")
        assert await ongoing.read() == b"first"
        await begun.wait()
        ongoing.cancel()
        await asyncio.wait_for(ended.wait(), 5)


async def test_an_unknown_method_is_unimplemented_with_a_reason() -> None:
    async with serving(whoami) as channel:
        _, error = await call(channel, "Nothing", RIGHT)
    assert refusal(error)[:2] == (grpc.StatusCode.UNIMPLEMENTED, "UNKNOWN_METHOD")


def services() -> list[ServiceDescriptor]:
    return [
        devices_pb2.DESCRIPTOR.services_by_name["Devices"],
        assistant_pb2.DESCRIPTOR.services_by_name["Assistant"],
    ]


def test_a_method_without_a_rule_keeps_the_server_from_starting() -> None:
    rules = {name: PUBLIC for service in services() for name in methods_of(service)}
    assert RuleTable.of(services(), rules).rules == rules
    del rules["/assistant.v1.Devices/UnpairDevice"]
    with pytest.raises(IncompleteRules, match=r"no rule for /assistant.v1.Devices/UnpairDevice"):
        RuleTable.of(services(), rules)


def test_a_rule_for_a_method_that_does_not_exist_keeps_the_server_from_starting() -> None:
    rules = {name: PUBLIC for service in services() for name in methods_of(service)}
    rules["/assistant.v1.Devices/PairDevise"] = PUBLIC
    with pytest.raises(IncompleteRules, match=r"unknown /assistant.v1.Devices/PairDevise"):
        RuleTable.of(services(), rules)
