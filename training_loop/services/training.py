"""The Training service: what staff see of the queue and of the models."""

from __future__ import annotations

from typing import Any

from training_loop.queue.queue import LearningQueue
from training_loop.registry.registry import ModelRegistry
from training_loop.registry.replacements import Replacements
from training_loop.services import convert_training as convert
from training_loop.services.fields import identifier, page_size, page_token
from training_loop.v1 import training_pb2, training_pb2_grpc

_DEFAULT_PAGE = 100
_LARGEST_PAGE = 500

Context = Any


class TrainingService(training_pb2_grpc.TrainingServicer):
    """Shows counts, ids, states and times; no content and no account."""

    def __init__(self, queue: LearningQueue, registry: ModelRegistry) -> None:
        self._queue = queue
        self._registry = registry
        self._replacements = Replacements(registry.store, registry)

    async def GetQueueStatistics(  # noqa: N802
        self, request: training_pb2.GetQueueStatisticsRequest, context: Context
    ) -> training_pb2.QueueStatistics:
        return convert.statistics_message(await self._queue.statistics())

    async def ListQueueItems(  # noqa: N802
        self, request: training_pb2.ListQueueItemsRequest, context: Context
    ) -> training_pb2.ListQueueItemsResponse:
        page = await self._queue.items(
            page_size(request.page_size, default=_DEFAULT_PAGE, most=_LARGEST_PAGE),
            page_token(request.page_token),
        )
        return convert.items_message(page)

    async def ListModels(  # noqa: N802
        self, request: training_pb2.ListModelsRequest, context: Context
    ) -> training_pb2.ListModelsResponse:
        found = await self._registry.summaries(kind=convert.kind_from(request.kind))
        return convert.models_message(found)

    async def GetModelLineage(  # noqa: N802
        self, request: training_pb2.GetModelLineageRequest, context: Context
    ) -> training_pb2.ModelLineage:
        model = identifier("model", request.model)
        most = page_size(request.page_size, default=_DEFAULT_PAGE, most=_LARGEST_PAGE)
        begin = convert.offset_from(page_token(request.page_token))
        record = await self._registry.record(model)
        ancestors = await self._registry.catalogue.ancestors(model)
        return convert.lineage_message(record, ancestors, begin, most)

    async def ListDueReplacements(  # noqa: N802
        self, request: training_pb2.ListDueReplacementsRequest, context: Context
    ) -> training_pb2.ListDueReplacementsResponse:
        return convert.replacements_message(await self._replacements.due())
