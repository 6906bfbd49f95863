"""What this instance publishes about itself: for everybody, signed in or not."""

from __future__ import annotations

from typing import Final

from starlette.responses import Response

from training_loop.v1 import review_pb2, review_pb2_grpc
from training_loop.web.my_voice.times import moment
from training_loop.web.visit import Visit

_DIGITS: Final = 2
_LENGTHS: Final = ((3600.0, "hour"), (60.0, "minute"), (1.0, "second"))


async def show(visit: Visit) -> Response:
    figures = await visit.call(
        visit.stub(review_pb2_grpc.ReviewStub).GetTransparencyFigures,
        review_pb2.GetTransparencyFiguresRequest(),
    )
    took = figures.median_erasure
    return visit.page(
        "published.html",
        since=moment(figures.since, visit.zone),
        figures=figures,
        sampled=share(figures.sample_rate),
        median=length(took.seconds + took.nanos / 1e9)
        if figures.HasField("median_erasure")
        else "",
    )


def share(part: float) -> str:
    """Per cent, with two digits that count."""
    return f"{float(f'{100 * part:.{_DIGITS}g}'):.10g} %"


def length(seconds: float) -> str:
    """In the largest unit of which there is at least one, with two digits that count."""
    size, unit = next((one for one in _LENGTHS if seconds >= one[0]), _LENGTHS[-1])
    number = f"{float(f'{seconds / size:.{_DIGITS}g}'):.10g}"
    return f"{number} {unit}{'' if number == '1' else 's'}"
