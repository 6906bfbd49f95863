"""The gRPC service around one model."""

from __future__ import annotations

from typing import Any

import grpc

from assistant.nlu.worker.model import LoadedModel
from assistant.v1 import nlu_worker_pb2 as pb
from assistant.v1 import nlu_worker_pb2_grpc

MAX_WAITING = 64
"""Requests under way before more are refused."""
_MAX_CHARACTERS = 2000
"""The callers' limit is 1,000; folding the case may lengthen a text."""

Context = grpc.aio.ServicerContext[Any, Any]


class NluWorkerService(nlu_worker_pb2_grpc.NluWorkerServicer):
    """Parses in the event loop, in order of arrival.

    A thread would gain nothing: a parse is Python code of half a millisecond, 10 ms for the
    longest text, and handing over the interpreter lock costs more.
    """

    def __init__(self, model: LoadedModel) -> None:
        self._model = model

    async def Parse(  # noqa: N802 - gRPC's name
        self, request: pb.ParseRequest, context: Context
    ) -> pb.ParseResponse:
        if not 0 < len(request.text) <= _MAX_CHARACTERS:
            await context.abort(grpc.StatusCode.INVALID_ARGUMENT, "TEXT_LENGTH")
        return self._parse(request.text)

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
