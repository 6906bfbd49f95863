"""What an operator sees of a running server: health, reflection, counters, limits."""

from __future__ import annotations

import asyncio
import re
import socket
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import grpc
import httpx
import pytest
from grpc_health.v1 import health_pb2, health_pb2_grpc
from grpc_reflection.v1alpha.proto_reflection_descriptor_database import (
    ProtoReflectionDescriptorDatabase,
)

from assistant.services.rules import SERVICES
from assistant.v1 import assistant_pb2 as pb
from tests.fixtures.server import (
    CANCEL,
    Party,
    ServerProcess,
    new_party,
    reason_of,
    silence,
    spoken,
    start_message,
)


@pytest.fixture(scope="module")
def metrics_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


@pytest.fixture(scope="module")
def limited(
    tmp_path_factory: pytest.TempPathFactory, base_nlu_model: Path, metrics_port: int
) -> Iterator[ServerProcess]:
    """A server with counters, whose streams may stay open for two seconds."""
    arguments = ("--stream-seconds", "2", "--metrics-port", str(metrics_port))
    process = ServerProcess(state=tmp_path_factory.mktemp("limited") / "state", arguments=arguments)
    process.start()
    yield process
    process.stop()


@pytest.fixture
async def guest(limited: ServerProcess) -> AsyncIterator[Party]:
    async with grpc.aio.insecure_channel(limited.address) as channel:
        yield await new_party(limited, channel)


def exposed(port: int) -> str:
    return httpx.get(f"http://127.0.0.1:{port}/metrics").text


def counters(port: int) -> dict[str, float]:
    lines = re.findall(r"^(earmark_\S+) ([0-9.e+-]+)$", exposed(port), re.MULTILINE)
    return {name: float(value) for name, value in lines}


async def test_a_server_that_answers_says_that_it_is_healthy(server: ServerProcess) -> None:
    async with grpc.aio.insecure_channel(server.address) as channel:
        health = health_pb2_grpc.HealthStub(channel)
        for service in ("", "assistant.v1.Assistant", "training_loop.v1.Privacy"):
            async with asyncio.timeout(60):
                state = await health.Check(health_pb2.HealthCheckRequest(service=service))
            assert state.status == health_pb2.HealthCheckResponse.SERVING


def test_reflection_tells_every_service_with_its_methods(server: ServerProcess) -> None:
    with grpc.insecure_channel(server.address) as channel:
        told = ProtoReflectionDescriptorDatabase(channel)
        names = set(told.get_services())
        assert {service.full_name for service in SERVICES} <= names
        described = told.FindFileContainingSymbol("assistant.v1.Assistant")
        assert [method.name for method in described.service[0].method] == ["Converse", "Interpret"]


async def test_a_stream_beyond_its_time_is_ended_with_a_reason(guest: Party) -> None:
    async def silent() -> AsyncIterator[pb.ConverseRequest]:
        yield start_message()
        await asyncio.Event().wait()

    with pytest.raises(grpc.aio.AioRpcError) as caught:
        async with asyncio.timeout(60):
            _ = [event async for event in guest.converse(silent())]
    assert caught.value.code() is grpc.StatusCode.RESOURCE_EXHAUSTED
    assert reason_of(caught.value) == "STREAM_TOO_LONG"


async def test_turns_are_counted_by_how_they_ended_and_no_stream_is_left_open(
    guest: Party, metrics_port: int
) -> None:
    before = counters(metrics_port)
    await guest.say(spoken("what time is it"))
    await guest.say(silence(1.0))
    await guest.say(spoken("the electric service is nice today"), wake=True)
    _ = [event async for event in guest.converse([start_message(), CANCEL])]
    after = counters(metrics_port)

    def counted(name: str) -> float:
        return after.get(name, 0.0) - before.get(name, 0.0)

    for outcome in ("answered", "nothing_heard", "false_wake", "cancelled"):
        assert counted(f'earmark_turns_total{{outcome="{outcome}"}}') == 1
    assert counted('earmark_utterances_total{fate="dropped"}') == 4
    assert counted('earmark_stage_seconds_count{stage="interpretation"}') == 1
    assert after["earmark_open_streams"] == 0


async def test_no_counter_names_a_person_or_what_they_said(guest: Party, metrics_port: int) -> None:
    await guest.type("add strawberries to my shopping list")
    shown = exposed(metrics_port)
    assert "earmark_turns_total" in shown
    for secret in ("strawberries", guest.account, guest.device):
        assert secret not in shown
