"""One process that serves the assistant's gRPC services, for the harness to kill.

`python -m benchmarks.stress.service URL STATE PORT`. It is what `assistant serve` runs, with the
same interceptors, rules and sweep, but without ears, and with an interpreter that is away: typed
requests get an apology and are kept if their account allows it.
"""

from __future__ import annotations

import asyncio
import contextlib
import sys
from contextlib import AsyncExitStack
from datetime import UTC, datetime
from pathlib import Path
from typing import NoReturn

import grpc

from assistant.accounts import device_token
from assistant.answers.registry import SkillRegistry
from assistant.conversation.ports import TurnPorts
from assistant.conversation.session import Sessions
from assistant.hearing.decode_pool import HearingStream
from assistant.nlu.rasa_http_interpreter import RasaHttpInterpreter
from assistant.services.accounts import AccountsService
from assistant.services.assistant import AssistantPorts, AssistantService
from assistant.services.convert import SpokenStart
from assistant.services.devices import DevicesService
from assistant.services.limits import StreamLimits
from assistant.services.rules import rule_table
from assistant.speech.espeak import Espeak
from assistant.speech.espeak_synthesizer import EspeakSynthesizer
from assistant.v1 import assistant_pb2_grpc, devices_pb2_grpc
from benchmarks.stress.earmark import Parts, open_parts
from training_loop.access import AuthenticationInterceptor, Verifier
from training_loop.consent import accounts as account_token
from training_loop.consent import operator as operator_token
from training_loop.errors import StoreUnavailable
from training_loop.registry.registry import ModelRegistry
from training_loop.services.credentials import AccountCredentials, OperatorCredentials
from training_loop.services.erasures import ErasuresService
from training_loop.services.errors import ErrorInterceptor
from training_loop.services.privacy import PrivacyService
from training_loop.services.training import TrainingService
from training_loop.v1 import privacy_pb2_grpc, training_pb2_grpc

_NOBODY = "http://127.0.0.1:9"
"""Where no interpreter listens."""


async def serve(url: str, state: Path, port: int) -> None:
    """Until it is killed. Raises StoreUnavailable when the store is away at the start."""
    async with AsyncExitStack() as stack:
        parts = await stack.enter_async_context(open_parts(url, state))
        loop = parts.loop
        server = grpc.aio.server(
            interceptors=(
                ErrorInterceptor(),
                AuthenticationInterceptor(_verifiers(parts), rule_table()),
            ),
            options=(("grpc.so_reuseport", 0),),
        )
        interpreter = RasaHttpInterpreter(_NOBODY)
        stack.push_async_callback(interpreter.close)
        synthesizer = EspeakSynthesizer(Espeak())
        stack.callback(synthesizer.close)
        sessions = Sessions()
        loop.personal_stores.register(sessions)
        turn = TurnPorts(
            interpreter=interpreter,
            skills=SkillRegistry(()),
            synthesizer=synthesizer,
            sink=loop.sink,
            sessions=sessions,
            local_time=_local_time,
            withdraw=loop.rights.delete_utterance,
        )
        _mount(server, parts, turn, ModelRegistry(state / "registry", loop.store))
        server.add_insecure_port(f"127.0.0.1:{port}")
        await server.start()
        await loop.sweep.forever()


def _mount(server: grpc.aio.Server, parts: Parts, turn: TurnPorts, registry: ModelRegistry) -> None:
    loop, register = parts.loop, parts.register
    ports = AssistantPorts(turn=turn, hearing=_deaf, revoked=register.revoked)
    for add, service in (
        (
            assistant_pb2_grpc.add_AssistantServicer_to_server,
            AssistantService(ports, StreamLimits()),
        ),
        (devices_pb2_grpc.add_AccountsServicer_to_server, AccountsService(loop.accounts)),
        (
            devices_pb2_grpc.add_DevicesServicer_to_server,
            DevicesService(register, parts.agenda),
        ),
        (privacy_pb2_grpc.add_PrivacyServicer_to_server, PrivacyService(loop.rights)),
        (
            privacy_pb2_grpc.add_ErasuresServicer_to_server,
            ErasuresService(loop.erasures, loop.deletion, loop.rights),
        ),
        (
            training_pb2_grpc.add_TrainingServicer_to_server,
            TrainingService(loop.queue, registry),
        ),
    ):
        add(service, server)  # type: ignore[no-untyped-call]


def _verifiers(parts: Parts) -> dict[str, Verifier]:
    """Of everybody who calls here."""
    return {
        f"{account_token.TOKEN_PREFIX}.": AccountCredentials(parts.loop.accounts),
        f"{operator_token.TOKEN_PREFIX}.": OperatorCredentials(parts.loop.operator),
        f"{device_token.TOKEN_PREFIX}.": parts.register,
    }


async def _local_time(account: str) -> datetime:
    return datetime.now(UTC)


def _deaf(start: SpokenStart) -> HearingStream:
    return _refuse()


def _refuse() -> NoReturn:
    raise StoreUnavailable("nobody speaks to this service")


async def _patiently(url: str, state: str, port: str) -> None:
    """The store may be away just when this process starts."""
    while True:
        try:
            await serve(url, Path(state), int(port))
        except StoreUnavailable:
            await asyncio.sleep(0.1)


async def _until_left_alone(*arguments: str) -> None:
    """Ends with the harness, also where that was killed: its end of standard input closes."""
    serving = asyncio.create_task(_patiently(*arguments))
    left = asyncio.create_task(asyncio.to_thread(sys.stdin.read))
    await asyncio.wait({serving, left}, return_when=asyncio.FIRST_COMPLETED)
    serving.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await serving


if __name__ == "__main__":
    asyncio.run(_until_left_alone(*sys.argv[1:]))
