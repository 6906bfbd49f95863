"""Who listened, and when."""

from __future__ import annotations

from starlette.responses import Response

from training_loop.v1 import privacy_pb2, privacy_pb2_grpc
from training_loop.web.my_voice.times import moment
from training_loop.web.visit import Visit


async def show(visit: Visit) -> Response:
    privacy = visit.stub(privacy_pb2_grpc.PrivacyStub)
    listed = await visit.call(privacy.ListListens, privacy_pb2.ListListensRequest())
    settings = await visit.call(privacy.GetPrivacySettings, privacy_pb2.GetPrivacySettingsRequest())
    return visit.page(
        "listens.html",
        listens=[(moment(one.listen_time, visit.zone), one.reviewer) for one in listed.listens],
        settings=settings,
    )
