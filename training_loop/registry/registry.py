"""Which models exist, and which one of each kind serves."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable, Set
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

from redis.asyncio import Redis

from training_loop.audit.notary import Notary
from training_loop.datasets.item_ref import ItemRef
from training_loop.registry.base_model import registered_base
from training_loop.registry.catalogue import Catalogue
from training_loop.registry.earlier import nearest_usable, parent_of
from training_loop.registry.errors import (
    ModelRefused,
    ModelTampered,
    ModelUnknown,
    NothingToRollBackTo,
    ServingChanged,
)
from training_loop.registry.kinds import kind_of
from training_loop.registry.live_counts import LiveCounts
from training_loop.registry.manifest import VERSION, Manifest
from training_loop.registry.pointer import Pointer, ServingPointer, Stage, TakenOut
from training_loop.registry.pointer_change import MACHINE, Cause
from training_loop.registry.record import ModelRecord as ModelRecord
from training_loop.registry.record import ModelState as ModelState
from training_loop.registry.record import ModelSummary as ModelSummary
from training_loop.registry.record import withdrawn_items
from training_loop.registry.serving_model import ServingModel as ServingModel
from training_loop.registry.shelf import Decided, Decision, Shelf
from training_loop.store import keys
from training_loop.store.client import store_errors
from training_loop.training.trainer import ModelKind

_log = logging.getLogger(__name__)


class ModelRegistry:
    """Models of all kinds under a directory, and in the store a pointer for each kind.

    Nothing is put into service unless its manifest was signed here, its artefact hashes to what
    was registered and every item it learned from is still consented to. Methods without a `kind`
    know it from the model's id. `notary` is that of the state directory that `root` lies in unless
    told otherwise. Raises StoreUnavailable when the store is away.
    """

    def __init__(
        self,
        root: Path,
        client: Redis,
        *,
        clock: Callable[[], float] = time.time,
        notary: Notary | None = None,
    ) -> None:
        self.shelf = Shelf(root, notary)
        self.catalogue = Catalogue(self.shelf, client, self.pointer_of)
        self._client = client
        self._clock = clock
        self._pointers = {kind: ServingPointer(client, kind) for kind in ModelKind}
        self._adopted = False
        self.shelf.prepare()

    @property
    def store(self) -> Redis:
        """Where the pointers lie."""
        return self._client

    @property
    def pointer(self) -> ServingPointer:
        """Of the NLU."""
        return self.pointer_of(ModelKind.NLU)

    def pointer_of(self, kind: ModelKind) -> ServingPointer:
        return self._pointers[kind]

    async def ensure_base(
        self, archive: Path, *, base_data: str = "", kind: ModelKind = ModelKind.NLU
    ) -> ServingModel:
        """Registers the model that set-up made, so that there is always one to return to.

        It is put into service when none serves, an older base model does, or the one that does
        was tampered with. Returns the model that serves then. `base_data` is the fingerprint of
        the data the base was trained on.
        """
        await self._adopt()
        base = (self.shelf, archive, base_data, kind, self._clock)
        manifest = await asyncio.to_thread(registered_base, *base)
        pointer = await self.pointer_of(kind).read()
        older = pointer.fingerprint != manifest.fingerprint
        if older and not parent_of(self.shelf, pointer.model):
            with suppress(ServingChanged):  # another server of the installation was faster
                await self._point_at(pointer, manifest, previous="", cause=Cause.INSTALLED)
        try:
            return await self.serving(kind)
        except (ModelTampered, ModelUnknown) as fault:
            _log.warning("%s: the base model serves instead", fault.code)
            seen = await self.pointer_of(kind).read()
            return await self._point_at(seen, manifest, previous="", cause=Cause.INSTALLED)

    def register(self, artefact: Path, manifest: Manifest, decided: Decided | None = None) -> str:
        """Takes a trained model in and returns its id. Blocks until it is on disk, signed."""
        decided = decided or Decided(decision=Decision.CANDIDATE)
        self.shelf.put(artefact, manifest, decided)
        return manifest.model

    async def promote(
        self, model: str, consented: Set[ItemRef], *, by: str = MACHINE
    ) -> ServingModel:
        """Puts a candidate into service; from now on it is on watch.

        Raises ModelRefused when it was refused or an item is not in `consented` (it is refused
        from then on), ModelTampered, ModelUnknown, and ServingChanged when the model it was
        compared with no longer serves.
        """
        manifest = await self._releasable(model, consented)
        at = self.pointer_of(manifest.kind)
        pointer = await at.read()
        if pointer.model != manifest.parent:
            raise ServingChanged("The model it was compared with no longer serves.")
        await LiveCounts(self._client, manifest.kind).forget(model)  # of an earlier release of it
        now_ms = await at.now_ms()
        promoted = await self._point_at(
            *(pointer, manifest), previous=pointer.model, released_ms=now_ms, by=by
        )
        for stage, tried in (await at.staged()).items():
            if tried == model:
                await at.stage(stage, "")
        return promoted

    async def stage(self, model: str, stage: Stage, consented: Set[ItemRef]) -> ServingModel:
        """Tries a candidate as a shadow or canary in place of any other; returns where it lies.
        Raises what `promote` raises, but for ServingChanged."""
        manifest = await self._releasable(model, consented)
        at = self.pointer_of(manifest.kind)
        for earlier, tried in (await at.staged()).items():
            if tried == model and earlier is not stage:
                await at.stage(earlier, "")
        await at.stage(stage, model)
        return await self.staged_model(model)

    async def unstage(self, kind: ModelKind, stage: Stage) -> None:
        """Nothing is tried so any more; the candidate stays one."""
        await self.pointer_of(kind).stage(stage, "")

    async def staged_model(self, model: str) -> ServingModel:
        """A model that is tried, verified. Raises ModelUnknown and ModelTampered."""
        manifest = await asyncio.to_thread(self.shelf.verified, model)
        pointer = await self.pointer_of(manifest.kind).read()
        return self._serving_model(replace(pointer, model=model, fingerprint=manifest.fingerprint))

    def refuse(self, model: str, reasons: tuple[str, ...]) -> None:
        """The model is never released; its artefact is deleted."""
        self.shelf.decide(model, Decided(decision=Decision.REFUSED, reasons=reasons))

    def withdraw(self, model: str, reasons: tuple[str, ...]) -> None:
        """Of a model that nobody uses: it never serves again, and its artefact is deleted."""
        before = self.shelf.decided(model)
        if not before.decision.final:
            withdrawn = Decided(decision=Decision.WITHDRAWN, reasons=before.reasons + reasons)
            self.shelf.decide(model, withdrawn)

    async def roll_back(
        self,
        consented: Set[ItemRef],
        kind: ModelKind = ModelKind.NLU,
        *,
        cause: Cause = Cause.ROLLED_BACK,
        by: str = MACHINE,
    ) -> ServingModel:
        """Puts the nearest model before the one in service back.

        Models that were tampered with, or that learned from something no longer consented to, are
        passed over. Raises NothingToRollBackTo.
        """
        pointer = await self.pointer_of(kind).read()
        manifest = await asyncio.to_thread(nearest_usable, self.shelf, pointer.model, consented)
        if manifest is None:
            raise NothingToRollBackTo("There is no earlier model that may serve.")
        return await self._point_at(pointer, manifest, previous=manifest.parent, cause=cause, by=by)

    async def take_out(self, seen: Pointer, earlier: Manifest, noted: TakenOut) -> ServingModel:
        """Puts an earlier model that may serve back in place of one with which people fared worse;
        nobody else does it again. Raises ServingChanged when another model serves by now."""
        return await self._point_at(
            seen, earlier, previous=earlier.parent, taken_out=noted, cause=Cause.WORSE
        )

    async def restore(self, seen: Pointer, before: Pointer) -> None:
        """Undoes a change that a server could not follow, unless somebody changed it since."""
        await self.pointer_of(kind_of(seen.model)).change(
            seen,
            model=before.model,
            fingerprint=before.fingerprint,
            previous=before.previous,
            released_ms=before.released_ms,
            cause=Cause.NOT_FOLLOWED,
        )

    async def serving(self, kind: ModelKind = ModelKind.NLU) -> ServingModel:
        """The model that serves, verified. Raises ModelUnknown when none does, ModelTampered."""
        await self._adopt()
        pointer = await self.pointer_of(kind).read()
        if not pointer.model:
            raise ModelUnknown("No model serves yet.")
        manifest = await asyncio.to_thread(self.shelf.verified, pointer.model)
        if manifest.fingerprint != pointer.fingerprint:
            raise ModelTampered("The store and the manifest name different archives.")
        return self._serving_model(pointer)

    async def consented(self) -> frozenset[ItemRef]:
        """See `Catalogue.consented`: what `promote` and `roll_back` want to know."""
        return await self.catalogue.consented()

    async def summaries(
        self, consented: Set[ItemRef] | None = None, kind: ModelKind | None = None
    ) -> tuple[ModelSummary, ...]:
        """See `Catalogue.summaries`."""
        await self._adopt()
        return await self.catalogue.summaries(consented, kind)

    async def models(self, consented: Set[ItemRef]) -> tuple[ModelRecord, ...]:
        """All models, oldest first. Reads every manifest, so `summaries` is sooner."""
        known = await self.summaries(consented)
        return tuple([await self.record(one.model, consented) for one in known])

    async def record(self, model: str, consented: Set[ItemRef] | None = None) -> ModelRecord:
        """See `Catalogue.record`."""
        await self._adopt()
        return await self.catalogue.record(model, consented)

    def manifest(self, model: str) -> Manifest:
        """Raises ModelUnknown or ModelTampered."""
        return self.shelf.manifest(model)

    def archive(self, model: str) -> Path:
        """Its artefact; nothing is there when it was refused. Raises ModelUnknown."""
        return self.shelf.archive(model)

    async def _adopt(self) -> None:
        """Once for each store: models of Earmark 0.1 are signed, and none comes unsigned since."""
        if self._adopted:
            return
        with store_errors():
            if not await self._client.exists(keys.MODELS_FORMAT):
                await asyncio.to_thread(self.shelf.adopt)
                await self._client.set(keys.MODELS_FORMAT, VERSION)
        self._adopted = True

    async def _releasable(self, model: str, consented: Set[ItemRef]) -> Manifest:
        await self._adopt()
        kind_of(model)
        decided = self.shelf.decided(model)
        if decided.decision.final or decided.decision is Decision.HELD:
            raise ModelRefused(" ".join(("This model was refused.", *decided.reasons)))
        manifest = await asyncio.to_thread(self.shelf.verified, model)
        if withdrawn := withdrawn_items(manifest, consented):
            reason = f"{len(withdrawn)} of {len(manifest.items)} items are no longer consented to."
            self.refuse(model, (reason,))
            raise ModelRefused(reason)
        return manifest

    async def _point_at(
        self,
        pointer: Pointer,
        manifest: Manifest,
        *,
        previous: str,
        released_ms: int = 0,
        taken_out: TakenOut | None = None,
        cause: Cause = Cause.RELEASED,
        by: str = MACHINE,
    ) -> ServingModel:
        changed = await self.pointer_of(manifest.kind).change(
            pointer,
            model=manifest.model,
            fingerprint=manifest.fingerprint,
            previous=previous,
            released_ms=released_ms,
            taken_out=taken_out,
            cause=cause,
            by=by,
        )
        self.shelf.decide(manifest.model, Decided(decision=Decision.RELEASED))
        return self._serving_model(changed)

    def _serving_model(self, pointer: Pointer) -> ServingModel:
        return ServingModel(
            model=pointer.model,
            fingerprint=pointer.fingerprint,
            path=self.shelf.archive(pointer.model),
            generation=pointer.generation,
        )
