"""A recording, streamed from the service to the player. Nothing of it is stored on the way."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from typing import Final, NamedTuple

from starlette.responses import Response, StreamingResponse

from training_loop.v1 import privacy_pb2, privacy_pb2_grpc
from training_loop.web.failures import NOT_FOUND
from training_loop.web.guard import failed
from training_loop.web.visit import Visit

PLAY_WITHIN_S: Final = 60.0
_RANGE: Final = re.compile(r"bytes=(\d{0,12})-(\d{0,12})", re.ASCII)
_RIFF_HEADER: Final = 8


class Span(NamedTuple):
    """Bytes from `first` to before `end`."""

    first: int
    end: int


class OutOfRange(Exception):
    """A range that lies outside of the file."""


async def play(visit: Visit) -> Response:
    """The whole file, or the one range that was asked for."""
    async with AsyncExitStack() as opened:
        playing = visit.stub(privacy_pb2_grpc.PrivacyStub).PlayUtterance
        request = privacy_pb2.PlayUtteranceRequest(utterance_id=visit.path("utterance_id"))
        chunks = await opened.enter_async_context(visit.stream(playing, request, PLAY_WITHIN_S))
        first = await anext(chunks, None)
        if first is None or len(first.data) < _RIFF_HEADER:
            return failed(visit, NOT_FOUND)
        size = _RIFF_HEADER + int.from_bytes(first.data[4:8], "little")
        headers = {"Accept-Ranges": "bytes", "Content-Disposition": "inline"}
        asked = visit.request.headers.get("range", "")
        try:
            span = span_of(asked, size)
        except OutOfRange:
            return Response(
                status_code=416, headers={**headers, "Content-Range": f"bytes */{size}"}
            )
        if span is not None:
            headers["Content-Range"] = f"bytes {span.first}-{span.end - 1}/{size}"
        whole = span or Span(0, size)
        headers["Content-Length"] = str(whole.end - whole.first)
        return StreamingResponse(
            _part(opened.pop_all(), first.data, chunks, whole),
            status_code=206 if span else 200,
            media_type="audio/wav",
            headers=headers,
        )


def span_of(asked: str, size: int) -> Span | None:
    """The one range of a Range header (RFC 9110, section 14); None for the whole file, as for
    several ranges or other units. Raises OutOfRange."""
    found = _RANGE.fullmatch(asked.strip())
    if not found or not (found[1] or found[2]):
        return None
    if not found[1]:
        last = int(found[2])
        if not last:
            raise OutOfRange
        return Span(max(0, size - last), size)
    first = int(found[1])
    end = min(size, int(found[2]) + 1) if found[2] else size
    if first >= size or end <= first:
        raise OutOfRange
    return Span(first, end)


async def _part(
    opened: AsyncExitStack,
    first: bytes,
    chunks: AsyncIterator[privacy_pb2.FileChunk],
    span: Span,
) -> AsyncIterator[bytes]:
    """Ends the call when the player goes away or has what it asked for."""
    async with opened:
        at, data = 0, first
        while True:
            part = data[max(0, span.first - at) : max(0, span.end - at)]
            if part:
                yield part
            at += len(data)
            following = await anext(chunks, None) if at < span.end else None
            if following is None:
                return
            data = following.data
