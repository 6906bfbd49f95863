"""Between the messages of the Training service and the values of queue and registry."""

from __future__ import annotations

from training_loop.queue.lease import ItemState, QueuedItem, QueuePage, QueueStatistics
from training_loop.registry.registry import ModelRecord, ModelState
from training_loop.services.fields import timestamp
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
}


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


def models_message(records: tuple[ModelRecord, ...]) -> training_pb2.ListModelsResponse:
    return training_pb2.ListModelsResponse(models=[_model_message(record) for record in records])


def _model_message(record: ModelRecord) -> training_pb2.Model:
    manifest = record.manifest
    evaluation = manifest.evaluation
    return training_pb2.Model(
        model=manifest.model,
        state=_MODEL_STATES[record.state],
        fingerprint=manifest.fingerprint,
        create_time=timestamp(manifest.created_at_s),
        items=len(manifest.items),
        intent_accuracy=evaluation.intent_accuracy if evaluation else None,
        serving=record.serving,
    )
