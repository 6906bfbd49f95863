"""How far a deletion is, and its receipt. The address is all that is needed: an account that is
gone cannot sign in."""

from __future__ import annotations

import asyncio
import json
from typing import Any, Final

from google.protobuf.message import Message
from starlette.responses import Response

from training_loop.v1 import privacy_pb2, privacy_pb2_grpc
from training_loop.web.backend import CallRefused
from training_loop.web.failures import NOT_FOUND
from training_loop.web.guard import failed
from training_loop.web.my_voice.times import moment
from training_loop.web.my_voice.words import KINDS, PENDING, STEPS
from training_loop.web.visit import Visit

_WAIT_S: Final = 20.0
"""So long an answer waits for the next step."""
_SAID: Final = "step", "waiting"


async def show(visit: Visit) -> Response:
    """With ?after=N the answer waits until the deletion is further than step N."""
    erasure = await _erasure(visit)
    after = visit.request.query_params.get("after", "")
    if after.isascii() and after.isdecimal() and int(after) >= erasure.step:
        erasure = await _next_step(visit, erasure)
    done = erasure.step >= privacy_pb2.ERASURE_STEP_RECEIPT_ISSUED
    return visit.page(
        "deletion.html",
        erasure=erasure,
        done=done,
        what=KINDS.get(erasure.kind, "What you chose"),
        steps=[(text, erasure.step >= step, erasure.step == step - 1) for step, text in STEPS],
        began=moment(erasure.request_time, visit.zone),
        ended=moment(erasure.update_time, visit.zone),
        pending=[PENDING.get(one, "Something else is not done yet.") for one in erasure.pending],
        overdue=moment(erasure.overdue_since_time, visit.zone)
        if erasure.HasField("overdue_since_time")
        else None,
        receipt=stated(erasure.final_receipt or erasure.overdue_receipt or erasure.receipt),
    )


async def receipt(visit: Visit) -> Response:
    return _file(visit, (await _erasure(visit)).receipt, "earmark-receipt.json")


async def overdue_receipt(visit: Visit) -> Response:
    return _file(visit, (await _erasure(visit)).overdue_receipt, "earmark-overdue-receipt.json")


async def final_receipt(visit: Visit) -> Response:
    return _file(visit, (await _erasure(visit)).final_receipt, "earmark-final-receipt.json")


def stated(content: str) -> dict[str, Any]:
    """What a receipt states, for show; nothing when there is none. Whether it is genuine, the
    offline check tells."""
    try:
        found = json.loads(content)
        statement = found["statement"]
        return {
            "id": str(found["receipt"]),
            "key": str(found["key"]),
            "places": [str(place) for place in statement["scan"]["places"]],
            "stores": [
                (str(one["store"]), int(one["records_removed"]), len(one["keys_destroyed"]))
                for one in statement["stores"]
            ],
            "log_rewritten": statement["log_rewritten_ms"] is not None,
        }
    except (ValueError, KeyError, TypeError):
        return {}


async def _erasure(visit: Visit) -> privacy_pb2.Erasure:
    found: privacy_pb2.Erasure = await visit.call(
        visit.stub(privacy_pb2_grpc.ErasuresStub).GetErasure, _request(visit)
    )
    return found


async def _next_step(visit: Visit, seen: privacy_pb2.Erasure) -> privacy_pb2.Erasure:
    """The first change, or what was seen when there is none for a while."""
    watching = visit.stub(privacy_pb2_grpc.ErasuresStub).WatchErasure
    try:
        async with (
            asyncio.timeout(_WAIT_S),
            visit.stream(watching, _request(visit), 2 * _WAIT_S) as changes,
        ):
            async for one in changes:
                if any(getattr(one, name) != getattr(seen, name) for name in _SAID):
                    return one  # type: ignore[no-any-return]
    except (TimeoutError, CallRefused):
        pass
    return seen


def _request(visit: Visit) -> Message:
    return privacy_pb2.GetErasureRequest(erasure=visit.path("erasure"))


def _file(visit: Visit, content: str, name: str) -> Response:
    if not content:
        return failed(visit, NOT_FOUND)
    return Response(
        content,
        media_type="application/json",
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )
