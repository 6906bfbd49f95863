"""Questions about all models: answered from the index, the consents and the pointers."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Set

from redis.asyncio import Redis

from training_loop.datasets.item_ref import ItemRef
from training_loop.queue.learnable import learnable_items
from training_loop.registry.errors import ModelAmbiguous, ModelUnknown
from training_loop.registry.index import Indexed, LineageIndex, pairs
from training_loop.registry.pointer import ServingPointer, Stage
from training_loop.registry.record import (
    ModelRecord,
    ModelState,
    ModelSummary,
    state_of,
    withdrawn_items,
)
from training_loop.registry.shelf import Decision, Shelf
from training_loop.training.trainer import ModelKind

PointerOf = Callable[[ModelKind], ServingPointer]
_REFUSED = (Decision.REFUSED, Decision.HELD)


class Catalogue:
    """Raises StoreUnavailable when the store is away."""

    def __init__(self, shelf: Shelf, client: Redis, pointer_of: PointerOf) -> None:
        self._shelf = shelf
        self._index = LineageIndex(shelf)
        self._client = client
        self._pointer_of = pointer_of

    async def consented(self) -> frozenset[ItemRef]:
        """Every reviewed item that may be learned from at this moment. Opens none of them."""
        found = await learnable_items(self._client)
        return frozenset(ref for refs in found.values() for ref in refs)

    async def summaries(
        self, consented: Set[ItemRef] | None = None, kind: ModelKind | None = None
    ) -> tuple[ModelSummary, ...]:
        """All models, or those of a kind, oldest first. One whose manifest was changed is left
        out. Asks what is consented to unless told."""
        if consented is None:
            consented = await self.consented()
        indexed, withdrawn = await asyncio.to_thread(self._index.overview, pairs(consented))
        chosen = [one for one in indexed if kind is None or one.kind is kind]
        uses = {one: await self._used(one) for one in {one.kind for one in chosen}}
        return tuple(_summary(one, *uses[one.kind], withdrawn.get(one.model, 0)) for one in chosen)

    async def record(self, model: str, consented: Set[ItemRef] | None = None) -> ModelRecord:
        """Raises ModelUnknown and ModelTampered."""
        if consented is None:
            consented = await self.consented()
        manifest = await asyncio.to_thread(self._shelf.manifest, model)
        decided = await asyncio.to_thread(self._shelf.decided, model)
        serving, stages = await self._used(manifest.kind)
        withdrawn = withdrawn_items(manifest, consented)
        return ModelRecord(
            manifest=manifest,
            state=state_of(
                serving=model == serving,
                stage=stages.get(model),
                decision=decided.decision,
                withdrawn=bool(withdrawn),
            ),
            serving=model == serving,
            reasons=decided.reasons,
            withdrawn=withdrawn,
        )

    async def find(self, beginning: str) -> str:
        """The one model whose id begins so. Raises ModelUnknown and ModelAmbiguous."""
        names = await asyncio.to_thread(lambda: tuple(self._shelf.names()))
        fitting = [name for name in names if name.startswith(beginning)]
        if beginning in fitting or len(fitting) == 1:
            return beginning if beginning in fitting else fitting[0]
        if fitting:
            raise ModelAmbiguous("Several models begin so.")
        raise ModelUnknown("No model begins so.")

    async def ancestors(self, model: str) -> tuple[str, ...]:
        """Its parent, that one's parent and so on, as far as they are known."""
        parents = {one.model: one.parent for one in await asyncio.to_thread(self._index.models)}
        found: list[str] = []
        while (model := parents.get(model, "")) and model not in found:
            found.append(model)
        return tuple(found)

    async def aliases(self, kind: ModelKind) -> Mapping[str, str]:
        """By stable word the model of a kind that it stands for now: what serves and what is tried,
        the newest candidate beside those, and the newest that was refused."""
        models = [one for one in await asyncio.to_thread(self._index.models) if one.kind is kind]
        serving, stages = await self._used(kind)
        found = {stage.value: model for model, stage in stages.items()}
        for one in models:
            if one.decided.decision in _REFUSED:
                found[ModelState.REFUSED.value] = one.model
            elif one.decided.decision is Decision.CANDIDATE and one.model not in stages:
                found[ModelState.CANDIDATE.value] = one.model
        return {**found, ModelState.SERVING.value: serving} if serving else found

    async def withdrawn(self, consented: Set[ItemRef]) -> Mapping[str, int]:
        """Models whose artefact is there though some of what they learned from is not consented
        to any more: how many items each."""
        models, gone = await asyncio.to_thread(self._index.overview, pairs(consented))
        kept = {one.model for one in models if not one.decided.decision.final}
        return {model: items for model, items in gone.items() if model in kept}

    async def learned_from_anything(self) -> bool:
        """Whether any model that is there learned from anybody."""
        models = await asyncio.to_thread(self._index.models)
        return any(one.items and not one.decided.decision.final for one in models)

    async def models_with(self, utterances: Set[str]) -> tuple[str, ...]:
        """Models that learned from one of some utterances."""
        return await asyncio.to_thread(self._index.models_with, utterances)

    async def _used(self, kind: ModelKind) -> tuple[str, Mapping[str, Stage]]:
        pointer = self._pointer_of(kind)
        staged = await pointer.staged()
        return (await pointer.read()).model, {model: stage for stage, model in staged.items()}


def _summary(
    indexed: Indexed, serving: str, stages: Mapping[str, Stage], withdrawn: int
) -> ModelSummary:
    serves = indexed.model == serving
    return ModelSummary(
        model=indexed.model,
        kind=indexed.kind,
        state=state_of(
            serving=serves,
            stage=stages.get(indexed.model),
            decision=indexed.decided.decision,
            withdrawn=bool(withdrawn),
        ),
        serving=serves,
        parent=indexed.parent,
        fingerprint=indexed.fingerprint,
        created_at_s=indexed.created_at_s,
        data_sets=indexed.data_sets,
        items=indexed.items,
        withdrawn=withdrawn,
        results=indexed.results,
        reasons=indexed.decided.reasons,
    )
