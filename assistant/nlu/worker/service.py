"""The gRPC service around one model."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import grpc

from assistant.nlu.worker.model import LoadedModel
from assistant.v1 import nlu_worker_pb2 as pb
from assistant.v1 import nlu_worker_pb2_grpc

MAX_WAITING = 64
"""Requests that wait for the parsing thread before more are refused."""
_MAX_CHARACTERS = 2000
"""The callers' limit is 1,000; folding the case may lengthen a text."""

Context = grpc.aio.ServicerContext[Any, Any]


class NluWorkerService(nlu_worker_pb2_grpc.NluWorkerServicer):
    """Parses in one thread, in order of arrival; the event loop stays free for health checks."""

    def __init__(self, model: LoadedModel) -> None:
        self._model = model
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="parse")
        self._waiting = 0

    async def Parse(  # noqa: N802 - gRPC's name
        self, request: pb.ParseRequest, context: Context
    ) -> pb.ParseResponse:
        if not 0 < len(request.text) <= _MAX_CHARACTERS:
            await context.abort(grpc.StatusCode.INVALID_ARGUMENT, "TEXT_LENGTH")
        if self._waiting >= MAX_WAITING:
            await context.abort(grpc.StatusCode.RESOURCE_EXHAUSTED, "WORKER_BUSY")
        self._waiting += 1
        try:
            loop = asyncio.get_running_loop()
            return await loop.run_in_executor(self._thread, self._parse, request.text)
        finally:
            self._waiting -= 1

    async def DescribeModel(  # noqa: N802 - gRPC's name
        self, request: pb.DescribeModelRequest, context: Context
    ) -> pb.DescribeModelResponse:
        return pb.DescribeModelResponse(
            fingerprint=self._model.fingerprint, path=str(self._model.path)
        )

    def _parse(self, text: str) -> pb.ParseResponse:
        try:
            parsed = self._model.parse(text)
        except Exception as failure:  # noqa: BLE001
            # Without the cause: its message may quote the text, and gRPC would log it.
            raise RuntimeError(f"parsing failed: {type(failure).__name__}") from None
        return pb.ParseResponse(
            intents=[_intent(intent) for intent in parsed["intent_ranking"]],
            entities=[_entity(entity) for entity in parsed["entities"]],
        )


def _intent(intent: dict[str, Any]) -> pb.ParsedIntent:
    return pb.ParsedIntent(name=intent["name"], confidence=intent["confidence"])


def _entity(entity: dict[str, Any]) -> pb.ParsedEntity:
    return pb.ParsedEntity(
        name=entity["entity"],
        role=entity.get("role", ""),
        value=str(entity["value"]),
        start=entity["start"],
        end=entity["end"],
        confidence=entity.get("confidence_entity", 1.0),
    )
