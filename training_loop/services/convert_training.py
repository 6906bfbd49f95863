"""Between the messages of the Training service and the values of queue and registry."""

from __future__ import annotations

from training_loop.queue.lease import ItemState, QueuedItem, QueuePage, QueueStatistics
from training_loop.registry.record import ModelRecord, ModelState, ModelSummary, summary_of
from training_loop.registry.replacements import DueReplacement
from training_loop.services.fields import InvalidField, timestamp
from training_loop.training.trainer import ModelKind
from training_loop.v1 import training_pb2

_ITEM_STATES = {
    ItemState.READY: training_pb2.QueueItem.READY,
    ItemState.LEASED: training_pb2.QueueItem.LEASED,
    ItemState.REVIEWED: training_pb2.QueueItem.REVIEWED,
    ItemState.HELD: training_pb2.QueueItem.HELD,
}
_MODEL_STATES = {
    ModelState.CANDIDATE: training_pb2.Model.CANDIDATE,
    ModelState.SERVING: training_pb2.Model.SERVING,
    ModelState.RETIRED: training_pb2.Model.RETIRED,
    ModelState.REFUSED: training_pb2.Model.REFUSED,
    ModelState.TAINTED: training_pb2.Model.TAINTED,
    ModelState.SHADOW: training_pb2.Model.SHADOW,
    ModelState.CANARY: training_pb2.Model.CANARY,
}
_KINDS = {
    ModelKind.NLU: training_pb2.NLU,
    ModelKind.LANGUAGE_MODEL: training_pb2.LANGUAGE_MODEL,
    ModelKind.THRESHOLDS: training_pb2.THRESHOLDS,
    ModelKind.ACOUSTIC: training_pb2.ACOUSTIC_MODEL,
}
_FROM_KIND = {message: kind for kind, message in _KINDS.items()}
_LONGEST_OFFSET = 10


def statistics_message(statistics: QueueStatistics) -> training_pb2.QueueStatistics:
    return training_pb2.QueueStatistics(
        ready=statistics.ready,
        leased=statistics.leased,
        reviewed=statistics.reviewed,
        held=statistics.held,
        accounts=statistics.accounts,
    )


def items_message(page: QueuePage) -> training_pb2.ListQueueItemsResponse:
    return training_pb2.ListQueueItemsResponse(
        items=[_item_message(item) for item in page.items], next_page_token=page.next_page_token
    )


def _item_message(item: QueuedItem) -> training_pb2.QueueItem:
    return training_pb2.QueueItem(
        item=item.item,
        state=_ITEM_STATES[item.state],
        enqueue_time=timestamp(item.enqueued_at_s),
        epoch=item.epoch,
    )


def kind_from(kind: training_pb2.ModelKind) -> ModelKind | None:
    """None for all kinds. Raises InvalidField for one that nobody knows."""
    if kind == training_pb2.MODEL_KIND_UNSPECIFIED:
        return None
    if kind not in _FROM_KIND:
        raise InvalidField("kind", "must be one of the kinds of models")
    return _FROM_KIND[kind]


def offset_from(token: str) -> int:
    """Raises InvalidField for a token that is none."""
    if token and not (token.isascii() and token.isdecimal() and len(token) < _LONGEST_OFFSET):
        raise InvalidField("page_token", "is not one of this service")
    return int(token or 0)


def models_message(models: tuple[ModelSummary, ...]) -> training_pb2.ListModelsResponse:
    return training_pb2.ListModelsResponse(models=[_model_message(model) for model in models])


def lineage_message(
    record: ModelRecord, ancestors: tuple[str, ...], begin: int, most: int
) -> training_pb2.ModelLineage:
    manifest = record.manifest
    withdrawn = set(record.withdrawn)
    end = begin + most
    return training_pb2.ModelLineage(
        model=_model_message(summary_of(record)),
        ancestors=ancestors,
        base_data=manifest.base_data,
        config=manifest.config,
        data_sha256=manifest.data_sha256,
        engine=manifest.engine or (manifest.rasa_version and f"rasa {manifest.rasa_version}"),
        seed=manifest.seed,
        items=[
            training_pb2.ModelLineage.Item(
                item=ref.item, epoch=ref.epoch, withdrawn=ref in withdrawn
            )
            for ref in manifest.items[begin:end]
        ],
        next_page_token=str(end) if end < len(manifest.items) else "",
    )


def replacements_message(
    due: tuple[DueReplacement, ...],
) -> training_pb2.ListDueReplacementsResponse:
    return training_pb2.ListDueReplacementsResponse(
        replacements=[
            training_pb2.DueReplacement(
                model=one.model,
                kind=_KINDS[one.kind],
                since_time=timestamp(one.since_s),
                due_time=timestamp(one.due_s),
                withdrawn=one.withdrawn,
            )
            for one in due
        ]
    )


def _model_message(model: ModelSummary) -> training_pb2.Model:
    return training_pb2.Model(
        model=model.model,
        kind=_KINDS[model.kind],
        state=_MODEL_STATES[model.state],
        fingerprint=model.fingerprint,
        create_time=timestamp(model.created_at_s),
        items=model.items,
        withdrawn=model.withdrawn,
        intent_accuracy=model.results.get("intent_accuracy"),
        serving=model.serving,
        parent=model.parent,
        data_sets=model.data_sets,
        reasons=model.reasons,
    )
