"""Understanding through the NLU worker's gRPC service."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable
from typing import Any

import grpc
from grpc_health.v1 import health_pb2, health_pb2_grpc

from assistant.errors import BadRequest, InterpreterUnavailable
from assistant.nlu.interpreter import IntentScore, Interpretation
from assistant.nlu.parsed import interpretation
from assistant.nlu.text import clean
from assistant.v1 import nlu_worker_pb2 as pb
from assistant.v1 import nlu_worker_pb2_grpc
from training_loop.utterance import NamedEntity

_HEALTH_WITHIN_S = 2.0
_RECONNECT = (
    # A local socket: look again soon, gRPC's own first pause is a second.
    ("grpc.initial_reconnect_backoff_ms", 50),
    ("grpc.min_reconnect_backoff_ms", 50),
    ("grpc.max_reconnect_backoff_ms", 500),
)


class ConnectionLost(InterpreterUnavailable):
    """The worker's end of the connection is gone."""


class RasaInterpreter:
    """An Interpreter. `target` is a gRPC target such as `unix:/run/earmark/nlu.sock`."""

    def __init__(self, target: str, *, deadline_s: float = 5.0) -> None:
        self._channel = grpc.aio.insecure_channel(target, options=_RECONNECT)
        self._worker: Any = nlu_worker_pb2_grpc.NluWorkerStub(self._channel)
        self._health = health_pb2_grpc.HealthStub(self._channel)
        self._deadline_s = deadline_s

    async def interpret(self, text: str) -> Interpretation:
        """Raises BadRequest, InterpreterUnavailable, and of its kind ConnectionLost."""
        text = clean(text)
        response = await self._parse(text)
        return interpretation(
            text,
            (IntentScore(name=i.name, confidence=i.confidence) for i in response.intents),
            (_entity(text, entity) for entity in response.entities),
        )

    async def _parse(self, text: str) -> pb.ParseResponse:
        call = self._worker.Parse(pb.ParseRequest(text=text), timeout=self._deadline_s)
        response: pb.ParseResponse = await _answer(call)
        return response

    async def healthy(self) -> bool:
        return await self._serves(within_s=_HEALTH_WITHIN_S, wait=False)

    async def became_healthy(self, *, within_s: float) -> bool:
        """Waits for the worker to appear and to be warm."""
        return await self._serves(within_s=within_s, wait=True)

    async def model(self) -> pb.DescribeModelResponse:
        """Which archive the worker serves."""
        call = self._worker.DescribeModel(pb.DescribeModelRequest(), timeout=self._deadline_s)
        described: pb.DescribeModelResponse = await _answer(call)
        return described

    async def close(self) -> None:
        await self._channel.close(None)

    async def _serves(self, *, within_s: float, wait: bool) -> bool:
        call = self._health.Check(
            health_pb2.HealthCheckRequest(), timeout=within_s, wait_for_ready=wait
        )
        try:
            answer = await _answer(call)
        except InterpreterUnavailable:
            return False
        return bool(answer.status == health_pb2.HealthCheckResponse.SERVING)


async def _answer(call: Awaitable[Any]) -> Any:
    """The call's response. Raises BadRequest, InterpreterUnavailable and ConnectionLost."""
    try:
        return await call
    except grpc.aio.AioRpcError as error:
        raise _expected(error) from None
    except asyncio.CancelledError:
        # gRPC also says this when the channel was closed under the call.
        task = asyncio.current_task()
        if task is not None and task.cancelling():
            raise
        raise ConnectionLost("The language understanding was closed.") from None


def _expected(error: grpc.aio.AioRpcError) -> BadRequest | InterpreterUnavailable:
    code = error.code()
    if code == grpc.StatusCode.INVALID_ARGUMENT:
        return BadRequest("TEXT_REFUSED", "The text cannot be interpreted.")
    if code == grpc.StatusCode.UNAVAILABLE:
        return ConnectionLost("The language understanding went away.")
    if code == grpc.StatusCode.DEADLINE_EXCEEDED:
        return InterpreterUnavailable("The language understanding took too long.")
    if code == grpc.StatusCode.RESOURCE_EXHAUSTED:
        return InterpreterUnavailable("The language understanding has too much to do.")
    return InterpreterUnavailable(f"The language understanding failed ({code.name}).")


def _entity(text: str, entity: pb.ParsedEntity) -> NamedEntity:
    return NamedEntity(
        name=entity.name,
        role=entity.role,
        value=entity.value,
        text=text[entity.start : entity.end],
        start=entity.start,
        end=entity.end,
        confidence=entity.confidence,
    )
