"""A server that finds the audit log broken says so: health, counters, log and exit code."""

from __future__ import annotations

import asyncio
import socket
from pathlib import Path

import grpc
import httpx
import pytest
from grpc_health.v1 import health_pb2, health_pb2_grpc

from assistant.server import AUDIT_LOG
from tests.fixtures.server import ServerProcess, new_party
from training_loop.audit.log import AuditLog
from training_loop.settings import LoopSettings
from training_loop.store import keys
from training_loop.store.client import connect
from training_loop.store.supervisor import EmbeddedStore

_ALARM = health_pb2.HealthCheckResponse.NOT_SERVING


@pytest.fixture
def metrics_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as free:
        return int(free.getsockname()[1])


async def _harm_the_log(state: Path) -> None:
    """As somebody does who has the store and waits until nobody serves."""
    store = EmbeddedStore(LoopSettings(state=state).store_directory)
    await store.start()
    client = connect(store.url)
    for shard in await AuditLog(client).heads():
        entries = keys.audit_entries(f"{{{shard}}}")
        line = await client.lindex(entries, -1)
        assert isinstance(line, bytes)
        await client.lset(entries, -1, line.replace(b" ", b" 1", 1).decode())
    await client.aclose()
    await store.stop()


async def test_a_log_that_was_changed_while_nobody_served_is_an_alarm_at_once(
    tmp_path: Path, base_nlu_model: Path, metrics_port: int
) -> None:
    server = ServerProcess(
        state=tmp_path / "state", arguments=("--metrics-port", str(metrics_port))
    )
    await asyncio.to_thread(server.start)
    async with grpc.aio.insecure_channel(server.address) as channel:
        await new_party(server, channel)
    assert server.process
    await asyncio.to_thread(server.stop)
    assert server.process.returncode == 0
    await _harm_the_log(server.state)
    await asyncio.to_thread(server.start)
    async with grpc.aio.insecure_channel(server.address) as channel, asyncio.timeout(60):
        health = health_pb2_grpc.HealthStub(channel)
        watching = health.Watch(health_pb2.HealthCheckRequest(service=AUDIT_LOG))
        async for state in watching:
            if state.status == _ALARM:
                break
        alive = await health.Check(health_pb2.HealthCheckRequest(service=""))
        assert alive.status == health_pb2.HealthCheckResponse.SERVING, "people are still answered"
    metrics = await asyncio.to_thread(httpx.get, f"http://127.0.0.1:{metrics_port}/metrics")
    assert "earmark_audit_log_broken 1.0" in metrics.text
    assert 'earmark_audit_log_breaks_total{code="AUDIT_LOG_BROKEN"}' in metrics.text
    await asyncio.to_thread(server.stop)
    assert server.process.returncode == 4
    assert "CRITICAL" in server.log
