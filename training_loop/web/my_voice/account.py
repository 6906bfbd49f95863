"""Everything in one archive, and the end of the account."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from typing import Final

from starlette.responses import Response, StreamingResponse

from training_loop.v1 import privacy_pb2, privacy_pb2_grpc
from training_loop.web.backend import CallRefused
from training_loop.web.my_voice.times import today
from training_loop.web.visit import Visit

PHRASE: Final = "delete my account"
_EXPORT_WITHIN_S: Final = 600.0


async def show(visit: Visit) -> Response:
    return await _page(visit)


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
    """Ends the session; the page of the deletion stays open to whoever has its address. Where the
    server's answer was lost, now or to an earlier press, the deletion is looked up by its id."""
    if " ".join(visit.form.get("phrase", "").casefold().split()) != PHRASE:
        return await _page(visit, f"Nothing was deleted. Type the words “{PHRASE}” to go on.")
    erasures = visit.stub(privacy_pb2_grpc.ErasuresStub)
    try:
        erasure = await visit.call(
            erasures.StartAccountErasure,
            privacy_pb2.StartAccountErasureRequest(account=visit.signed_in.name),
        )
    except CallRefused as refused:
        erasure = await _begun(visit)
        if erasure is None:
            raise refused from None
    return visit.end_session(f"/deletions/{erasure.erasure}")


async def _begun(visit: Visit) -> privacy_pb2.Erasure | None:
    """The deletion that the form announced, if it has begun."""
    announced = privacy_pb2.GetErasureRequest(erasure=visit.form.get("erasure", ""))
    asking = visit.stub(privacy_pb2_grpc.ErasuresStub).GetErasure
    try:
        found: privacy_pb2.Erasure = await visit.call(asking, announced)
    except CallRefused:
        return None
    return found


async def _page(visit: Visit, problem: str = "") -> Response:
    asking = visit.stub(privacy_pb2_grpc.PrivacyStub).GetAccount
    account = await visit.call(asking, privacy_pb2.GetAccountRequest())
    return visit.page(
        "account.html",
        status=422 if problem else 200,
        account=account,
        address=str(visit.request.url.replace(path=f"/deletions/{account.erasure}", query="")),
        phrase=PHRASE,
        problem=problem,
    )


async def _rest(
    opened: AsyncExitStack,
    first: privacy_pb2.FileChunk,
    chunks: AsyncIterator[privacy_pb2.FileChunk],
) -> AsyncIterator[bytes]:
    async with opened:
        yield first.data
        async for chunk in chunks:
            yield chunk.data
