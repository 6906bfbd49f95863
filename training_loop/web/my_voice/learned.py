"""What was learned from the holder: models and data sets, and until when."""

from __future__ import annotations

from typing import Any, Final

from starlette.responses import Response

from training_loop.v1 import privacy_pb2, privacy_pb2_grpc
from training_loop.web.my_voice.times import moment
from training_loop.web.my_voice.words import MODEL_KINDS, MODEL_STATES
from training_loop.web.visit import Visit

_TAINTED: Final = privacy_pb2.ModelUse.TAINTED


async def show(visit: Visit) -> Response:
    privacy = visit.stub(privacy_pb2_grpc.PrivacyStub)
    uses = await visit.call(privacy.ListUses, privacy_pb2.ListUsesRequest())
    settings = await visit.call(privacy.GetPrivacySettings, privacy_pb2.GetPrivacySettingsRequest())
    return visit.page(
        "learned.html",
        models=[_model(one, visit) for one in uses.models],
        data_sets=[_data_set(one, visit) for one in uses.data_sets],
        settings=settings,
    )


def _model(use: privacy_pb2.ModelUse, visit: Visit) -> dict[str, Any]:
    replaced = use.HasField("replace_time")
    return {
        "id": use.model,
        "title": MODEL_KINDS.get(use.kind, use.kind),
        "made": moment(use.create_time, visit.zone),
        "state": MODEL_STATES.get((use.state, use.in_use), ""),
        "in_use": use.in_use,
        "withdrawn": use.state == _TAINTED,
        "replaced": moment(use.replace_time, visit.zone) if replaced else None,
        "utterances": use.utterances,
    }


def _data_set(use: privacy_pb2.DataSetUse, visit: Visit) -> dict[str, Any]:
    return {
        "id": use.data_set,
        "made": moment(use.create_time, visit.zone),
        "ends": moment(use.expire_time, visit.zone),
        "utterances": use.utterances,
    }
