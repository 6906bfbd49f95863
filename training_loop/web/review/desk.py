"""Before the first clip, and between: the shift, how it begins, and where help is."""

from __future__ import annotations

from typing import Any

from starlette.responses import Response

from training_loop.v1 import review_pb2 as pb
from training_loop.v1 import review_pb2_grpc
from training_loop.web.backend import CallRefused
from training_loop.web.review.clip import CLIP, DESK
from training_loop.web.review.shift_view import shown_shift
from training_loop.web.visit import Visit


async def show(visit: Visit) -> Response:
    shift = await visit.call(_review(visit).GetMyShift, pb.GetMyShiftRequest())
    return visit.page("desk.html", shift=shown_shift(shift))


async def start(visit: Visit) -> Response:
    """Begins a shift, or ends a break; and says whether clips play by themselves."""
    request = pb.StartShiftRequest(text_first=visit.form.get("first") == "text")
    try:
        await visit.call(_review(visit).StartShift, request)
    except CallRefused as no:
        if no.reason == "BREAK_NOT_OVER":
            return visit.to(DESK, "break")
        raise
    return visit.to(CLIP)


def _review(visit: Visit) -> Any:
    return visit.stub(review_pb2_grpc.ReviewStub)
