"""What was learned from an account's utterances, as messages."""

from __future__ import annotations

from training_loop.learned_from import DataSetUse, ModelUse, Uses
from training_loop.services.fields import timestamp
from training_loop.v1 import privacy_pb2


def uses_message(uses: Uses) -> privacy_pb2.ListUsesResponse:
    return privacy_pb2.ListUsesResponse(
        models=[_model_message(one) for one in uses.models],
        data_sets=[_data_set_message(one) for one in uses.data_sets],
    )


def _model_message(use: ModelUse) -> privacy_pb2.ModelUse:
    replaced = use.replaced_by_s
    return privacy_pb2.ModelUse(
        model=use.model,
        kind=use.kind,
        create_time=timestamp(use.created_at_s),
        state=use.state.name,
        in_use=use.in_use,
        replace_time=None if replaced is None else timestamp(replaced),
        utterances=use.utterances,
    )


def _data_set_message(use: DataSetUse) -> privacy_pb2.DataSetUse:
    return privacy_pb2.DataSetUse(
        data_set=use.data_set,
        create_time=timestamp(use.created_at_s),
        expire_time=timestamp(use.expires_at_s),
        utterances=use.utterances,
    )
