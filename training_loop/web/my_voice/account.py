"""Everything in one archive, and the end of the account."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from typing import Final

from starlette.responses import Response, StreamingResponse

from training_loop.v1 import privacy_pb2, privacy_pb2_grpc
from training_loop.web.my_voice.times import today
from training_loop.web.visit import Visit

PHRASE: Final = "delete my account"
_EXPORT_WITHIN_S: Final = 600.0


async def show(visit: Visit) -> Response:
    return visit.page("account.html", phrase=PHRASE, problem="")


async def export(visit: Visit) -> Response:
    """Streams; what cannot be made becomes a page, since nothing is sent before its first part."""
    async with AsyncExitStack() as opened:
        exporting = visit.stub(privacy_pb2_grpc.PrivacyStub).ExportAccount
        chunks = await opened.enter_async_context(
            visit.stream(exporting, privacy_pb2.ExportAccountRequest(), _EXPORT_WITHIN_S)
        )
        first = await anext(chunks)
        return StreamingResponse(
            _rest(opened.pop_all(), first, chunks),
            media_type="application/zip",
            headers={
                "Content-Disposition": f'attachment; filename="my-voice-{today(visit.zone)}.zip"'
            },
        )


async def delete(visit: Visit) -> Response:
    """Ends the session; the page of the deletion stays open to whoever has its address."""
    if " ".join(visit.form.get("phrase", "").casefold().split()) != PHRASE:
        return visit.page(
            "account.html",
            status=422,
            phrase=PHRASE,
            problem=f"Nothing was deleted. Type the words “{PHRASE}” to go on.",
        )
    erasure = await visit.call(
        visit.stub(privacy_pb2_grpc.ErasuresStub).StartAccountErasure,
        privacy_pb2.StartAccountErasureRequest(account=visit.signed_in.name),
    )
    return visit.end_session(f"/deletions/{erasure.erasure}")


async def _rest(
    opened: AsyncExitStack,
    first: privacy_pb2.FileChunk,
    chunks: AsyncIterator[privacy_pb2.FileChunk],
) -> AsyncIterator[bytes]:
    async with opened:
        yield first.data
        async for chunk in chunks:
            yield chunk.data
