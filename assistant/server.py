"""The assistant's gRPC server: mounts the services, tells its health, stops in two stages."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import resource
import signal
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import grpc
from grpc_health.v1 import health, health_pb2, health_pb2_grpc
from grpc_reflection.v1alpha import reflection
from prometheus_client import start_http_server

from assistant import metrics
from assistant.assembly import Assembly, open_assembly
from assistant.conversation.report import Report
from assistant.errors import AssistantError
from assistant.hearing.decode_pool import HearingStream
from assistant.services.accounts import AccountsService
from assistant.services.assistant import AssistantPorts, AssistantService
from assistant.services.convert import SpokenStart
from assistant.services.credentials import verifiers
from assistant.services.devices import DevicesService
from assistant.services.rules import SERVICES, rule_table
from assistant.settings import ServerSettings
from assistant.v1 import assistant_pb2_grpc, devices_pb2_grpc
from training_loop.access import AuthenticationInterceptor
from training_loop.durable_files import write_atomically
from training_loop.review.ontology import Ontology
from training_loop.services.erasures import ErasuresService
from training_loop.services.errors import ErrorInterceptor
from training_loop.services.exports import ExportsService
from training_loop.services.operations import OperationsService
from training_loop.services.privacy import PrivacyService
from training_loop.services.review import ReviewPorts, ReviewService
from training_loop.services.sign_in import SignInService
from training_loop.services.staff import StaffService
from training_loop.services.training import TrainingService
from training_loop.training.project import NluProject
from training_loop.v1 import (
    operations_pb2_grpc,
    privacy_pb2_grpc,
    review_pb2_grpc,
    sign_in_pb2_grpc,
    staff_pb2_grpc,
    training_pb2_grpc,
)

_GRACE_S = 5.0
_HEALTH_EVERY_S = 2.0
AUDIT_LOG = "audit_log"
"""Asked for by this name, health tells whether the audit log is whole: NOT_SERVING is an alarm."""
_MAXIMUM_MESSAGE_BYTES = 256 * 1024

HealthServicer: Any = health.aio.HealthServicer  # type: ignore[attr-defined]


_STATES = {
    True: health_pb2.HealthCheckResponse.SERVING,
    False: health_pb2.HealthCheckResponse.NOT_SERVING,
}


class AddressTaken(AssistantError):
    code = "ADDRESS_TAKEN"
    hint = "Give another --listen address, or port 0 for any free one."


@asynccontextmanager
async def running(settings: ServerSettings) -> AsyncIterator[str]:
    """A server that answers on the address it yields, until the context ends.

    Ending it refuses new calls at once and gives those in progress a few seconds.
    """
    async with open_assembly(settings) as parts, _serving(settings, parts) as address:
        yield address


@asynccontextmanager
async def _serving(settings: ServerSettings, parts: Assembly) -> AsyncIterator[str]:
    server = grpc.aio.server(
        interceptors=(
            ErrorInterceptor(),
            AuthenticationInterceptor(
                verifiers(
                    parts.loop.accounts,
                    parts.loop.operator,
                    parts.register,
                    parts.loop.staff.sessions,
                    parts.loop.sign_in.sessions,
                    parts.loop.exports.recipients,
                ),
                rule_table(),
            ),
        ),
        options=(
            ("grpc.max_receive_message_length", _MAXIMUM_MESSAGE_BYTES),
            ("grpc.so_reuseport", 0),
            ("grpc.keepalive_time_ms", 60_000),
            ("grpc.http2.max_pings_without_data", 0),
        ),
    )
    state = HealthServicer()
    _mount(server, parts, settings, state)
    address = _listen(server, settings)
    await _tell_health(state, parts)
    await server.start()
    reporting = asyncio.create_task(_keep_telling_health(state, parts))
    write_atomically(settings.state / "address", address.encode())
    try:
        yield address
    finally:
        (settings.state / "address").unlink(missing_ok=True)
        reporting.cancel()
        await state.enter_graceful_shutdown()
        await server.stop(_GRACE_S)


async def serve_until_stopped(settings: ServerSettings, say: Callable[[str], None]) -> bool:
    """Serves until SIGINT or SIGTERM; `say` is told the address. False when the audit log was found
    broken meanwhile."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s %(message)s")
    logging.getLogger("httpx").setLevel(logging.WARNING)  # its lines hold whole URLs
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))  # what was said is in this memory
    stop = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    if settings.metrics_port:
        start_http_server(settings.metrics_port, addr="127.0.0.1")
    async with open_assembly(settings) as parts, _serving(settings, parts) as address:
        say(f"Listening on {address}")
        await stop.wait()
        say("Stopping")
        return not parts.loop.audit_sealer.alarm.was_broken


def _mount(server: grpc.aio.Server, parts: Assembly, settings: ServerSettings, state: Any) -> None:
    loop = parts.loop
    assistant_pb2_grpc.add_AssistantServicer_to_server(
        AssistantService(_assistant_ports(parts), settings.limits), server
    )
    devices_pb2_grpc.add_AccountsServicer_to_server(AccountsService(loop.accounts), server)
    devices_pb2_grpc.add_DevicesServicer_to_server(
        DevicesService(parts.register, parts.agenda), server
    )
    privacy_pb2_grpc.add_PrivacyServicer_to_server(PrivacyService(loop.rights), server)
    privacy_pb2_grpc.add_ErasuresServicer_to_server(
        ErasuresService(loop.erasures, loop.deletion, loop.rights), server
    )
    training_pb2_grpc.add_TrainingServicer_to_server(
        TrainingService(loop.queue, parts.registry), server
    )
    training_pb2_grpc.add_ExportsServicer_to_server(ExportsService.of(loop), server)
    staff_pb2_grpc.add_StaffServicer_to_server(StaffService(loop.staff), server)
    sign_in_pb2_grpc.add_SignInServicer_to_server(SignInService(loop.sign_in), server)
    review = ReviewPorts.of(loop, parts.reviewing, Ontology.read(NluProject.locate().domain))
    review_pb2_grpc.add_ReviewServicer_to_server(ReviewService(review), server)
    operations_pb2_grpc.add_OperationsServicer_to_server(OperationsService.of(loop), server)
    health_pb2_grpc.add_HealthServicer_to_server(state, server)
    reflection.enable_server_reflection([service.full_name for service in SERVICES], server)


def _assistant_ports(parts: Assembly) -> AssistantPorts:
    def hearing(start: SpokenStart) -> HearingStream:
        return parts.pool.attach(
            parts.models.ears.listener(
                start.sample_rate_hz,
                start.wake_phrase,
                start.pre_roll_ms,
                recognizers=parts.models.traffic.recognizers(start.opening),
            )
        )

    def ended(report: Report) -> None:
        metrics.observe(report)
        parts.false_wakes.observe(report)

    return AssistantPorts(
        turn=parts.turn, hearing=hearing, revoked=parts.register.revoked, ended=ended
    )


def _listen(server: grpc.aio.Server, settings: ServerSettings) -> str:
    host = settings.listen.rpartition(":")[0]
    try:
        if settings.tls:
            credentials = grpc.ssl_server_credentials(
                [(settings.tls.key.read_bytes(), settings.tls.certificate.read_bytes())]
            )
            port = server.add_secure_port(settings.listen, credentials)
        else:
            port = server.add_insecure_port(settings.listen)
    except RuntimeError:
        raise AddressTaken(f"Can't listen on {settings.listen}.") from None
    return f"{host}:{port}"


async def _keep_telling_health(state: Any, parts: Assembly) -> None:
    while True:
        await asyncio.sleep(_HEALTH_EVERY_S)
        await _tell_health(state, parts)


async def _tell_health(state: Any, parts: Assembly) -> None:
    """Each service is healthy while what it needs answers."""
    needs_interpreter = {"", "assistant.v1.Assistant"}
    store, interpreter = await asyncio.gather(_answers(parts), parts.models.interpreter.healthy())
    for service in ("", *(service.full_name for service in SERVICES)):
        serving = store and (interpreter or service not in needs_interpreter)
        await state.set(service, _STATES[serving])
    await state.set(AUDIT_LOG, _STATES[not parts.loop.audit_sealer.alarm.broken])


async def _answers(parts: Assembly) -> bool:
    with contextlib.suppress(Exception):
        async with asyncio.timeout(_HEALTH_EVERY_S):
            return bool(await parts.loop.store.ping())
    return False
