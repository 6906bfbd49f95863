"""A clip's sound and its state, for the page that has it open. Nothing is kept on the way."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack
from typing import Any, Final

import grpc
from google.protobuf.duration_pb2 import Duration
from starlette.responses import Response, StreamingResponse

from training_loop.v1 import review_pb2 as pb
from training_loop.v1 import review_pb2_grpc
from training_loop.web.backend import CallRefused
from training_loop.web.failures import NOT_FOUND
from training_loop.web.guard import failed
from training_loop.web.visit import Visit

PLAY_WITHIN_S: Final = 3600.0
WATCH_WITHIN_S: Final = 1900.0
_LONGEST_FROM_MS: Final = 3_600_000
_AGAIN_AFTER_MS: Final = 1000
SOUND_TYPE: Final = "audio/L16;rate=16000;channels=1"

_STATES: Mapping[int, str] = {
    pb.TASK_STATE_OPEN: "open",
    pb.TASK_STATE_UNDOABLE: "undoable",
    pb.TASK_STATE_ENDED: "ended",
    pb.TASK_STATE_WITHDRAWN: "withdrawn",
    pb.TASK_STATE_EXPIRED: "expired",
}
_GONE: Mapping[str, str] = {
    "TASK_WITHDRAWN": "withdrawn",
    "TASK_EXPIRED": "expired",
    "TASK_UNKNOWN": "expired",
    "INVALID_FIELD": "expired",
}


async def sound(visit: Visit) -> Response:
    """A POST, so that no address leads to a recording: nothing can be opened, shared or saved by
    its link. Each call is a listen of its own."""
    begin_ms = visit.form.get("from_ms", "0")
    if not begin_ms.isdecimal() or len(begin_ms) > 7 or int(begin_ms) > _LONGEST_FROM_MS:
        begin_ms = "0"
    begin = Duration()
    begin.FromMilliseconds(int(begin_ms))
    request = pb.StreamClipRequest(task=visit.form.get("task", ""), **{"from": begin})
    return await streamed(visit, visit.stub(review_pb2_grpc.ReviewStub).StreamClip, request)


async def streamed(visit: Visit, method: Any, request: Any) -> Response:
    """The chunks of a call that plays something, for a script of ours alone."""
    if visit.request.headers.get("sec-fetch-dest", "empty") != "empty":
        return failed(visit, NOT_FOUND)
    async with AsyncExitStack() as opened:
        chunks = await opened.enter_async_context(visit.stream(method, request, PLAY_WITHIN_S))
        first = await anext(chunks, None)
        return StreamingResponse(
            _pcm(opened.pop_all(), first, chunks), media_type=SOUND_TYPE, status_code=200
        )


async def watch(visit: Visit) -> Response:
    """Server-sent events: the task's state at once and with each change."""
    return StreamingResponse(_events(visit), media_type="text/event-stream")


async def state_of(visit: Visit, task: str) -> tuple[str, float]:
    """A task's state now, and the seconds left of it; "expired" for one that is none."""
    request = pb.WatchTaskRequest(task=task)
    watching = visit.stub(review_pb2_grpc.ReviewStub).WatchTask
    try:
        async with visit.stream(watching, request, WATCH_WITHIN_S) as states:
            found = await anext(states, None)
    except CallRefused as refused:
        if refused.reason in _GONE:
            return _GONE[refused.reason], 0.0
        raise
    if found is None:
        return "ended", 0.0
    left = found.lease_left
    return _STATES.get(found.state, "ended"), left.seconds + left.nanos / 1e9


async def _pcm(
    opened: AsyncExitStack, first: pb.ClipChunk | None, chunks: AsyncIterator[pb.ClipChunk]
) -> AsyncIterator[bytes]:
    """Ends the call when the player goes away. A clip that is lost ends before its time, which the
    player notices."""
    async with opened:
        chunk = first
        while chunk is not None:
            yield chunk.pcm
            try:
                chunk = await anext(chunks, None)
            except CallRefused:
                return


async def _events(visit: Visit) -> AsyncIterator[str]:
    yield f"retry: {_AGAIN_AFTER_MS}\n\n"
    watching = visit.stub(review_pb2_grpc.ReviewStub).WatchTask
    request = pb.WatchTaskRequest(task=visit.path("task"))
    try:
        async with visit.stream(watching, request, WATCH_WITHIN_S) as states:
            async for status in states:
                yield _event(_STATES.get(status.state, "ended"), status.lease_left.seconds)
    except CallRefused as refused:
        yield _event(_ended_by(refused), 0)


def _ended_by(refused: CallRefused) -> str:
    if refused.status is grpc.StatusCode.UNAUTHENTICATED:
        return "signed-out"
    return _GONE.get(refused.reason, "away")


def _event(state: str, left_s: int) -> str:
    return f"event: state\ndata: {json.dumps({'state': state, 'left_s': left_s})}\n\n"
