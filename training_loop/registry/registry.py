"""Which NLU models exist, what they were made of, and which one serves."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable, Set
from contextlib import suppress
from dataclasses import dataclass
from enum import Enum
from pathlib import Path

from redis.asyncio import Redis

from training_loop.registry.errors import (
    ModelRefused,
    ModelTampered,
    ModelUnknown,
    NothingToRollBackTo,
    ServingChanged,
)
from training_loop.registry.manifest import Manifest
from training_loop.registry.pointer import Pointer, ServingPointer
from training_loop.registry.shelf import Decided, Decision, Shelf, rasa_version_of, sha256_of
from training_loop.training.dataset import ItemRef

_log = logging.getLogger(__name__)


class ModelState(Enum):
    CANDIDATE = "candidate"
    SERVING = "serving"
    RETIRED = "retired"
    REFUSED = "refused"
    TAINTED = "tainted"
    """It serves or may serve again, and learned from something whose consent is gone."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ServingModel:
    """The model that serves; its archive was verified when this was made."""

    model: str
    fingerprint: str
    path: Path
    generation: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelRecord:
    """One model as `models list` shows it. `withdrawn`: items whose consent is gone."""

    manifest: Manifest
    state: ModelState
    serving: bool
    reasons: tuple[str, ...]
    withdrawn: tuple[ItemRef, ...]


class ModelRegistry:
    """Models under a directory, and a pointer in the store to the one that serves.

    Nothing is put into service unless its manifest and archive hash to what was registered and
    every item it learned from is still consented to. Raises StoreUnavailable when the store is
    away.
    """

    def __init__(
        self, root: Path, client: Redis, *, clock: Callable[[], float] = time.time
    ) -> None:
        self._shelf = Shelf(root)
        self._clock = clock
        self.pointer = ServingPointer(client)
        self._shelf.prepare()

    async def ensure_base(self, archive: Path, *, base_data: str = "") -> ServingModel:
        """Registers the model that set-up trained, so that there is always one to return to.

        It is put into service when none serves, an older base model does, or the one that does
        was tampered with. Returns the model that serves then. `base_data` is the fingerprint of
        the data the base was trained on.
        """
        manifest = await asyncio.to_thread(self._register_base, archive, base_data)
        pointer = await self.pointer.read()
        if pointer.fingerprint != manifest.fingerprint and await self._is_base(pointer.model):
            with suppress(ServingChanged):  # another server of the installation was faster
                await self._point_at(pointer, manifest, previous="")
        try:
            return await self.serving()
        except (ModelTampered, ModelUnknown) as fault:
            _log.warning("%s: the base model serves instead", fault.code)
            return await self._point_at(await self.pointer.read(), manifest, previous="")

    def register(self, archive: Path, manifest: Manifest, decided: Decided | None = None) -> str:
        """Takes a trained model in and returns its id. Blocks until it is on disk."""
        decided = decided or Decided(decision=Decision.CANDIDATE)
        self._shelf.put(archive, manifest, decided)
        if decided.decision is Decision.REFUSED:
            self._shelf.decide(manifest.model, decided)
        return manifest.model

    async def promote(self, model: str, consented: Set[ItemRef]) -> ServingModel:
        """Puts a candidate into service.

        Raises ModelRefused when it was refused or an item is not in `consented` (it is refused
        from then on), ModelTampered, ModelUnknown, and ServingChanged when the model it was
        compared with no longer serves.
        """
        if (decided := self._shelf.decided(model)).decision is Decision.REFUSED:
            raise ModelRefused(" ".join(("This model was refused.", *decided.reasons)))
        manifest = await asyncio.to_thread(self._shelf.verified, model)
        if withdrawn := withdrawn_items(manifest, consented):
            reason = f"{len(withdrawn)} of {len(manifest.items)} items are no longer consented to."
            self.refuse(model, (reason,))
            raise ModelRefused(reason)
        pointer = await self.pointer.read()
        if pointer.model != manifest.parent:
            raise ServingChanged("The model it was compared with no longer serves.")
        return await self._point_at(pointer, manifest, previous=pointer.model)

    def refuse(self, model: str, reasons: tuple[str, ...]) -> None:
        """The model is never released; its archive is deleted."""
        self._shelf.decide(model, Decided(decision=Decision.REFUSED, reasons=reasons))

    async def roll_back(self, consented: Set[ItemRef]) -> ServingModel:
        """Puts the nearest model before the one in service back.

        Models that were tampered with, or that learned from something no longer consented to, are
        passed over. Raises NothingToRollBackTo.
        """
        pointer = await self.pointer.read()
        model = self._parent_of(pointer.model)
        while model:
            manifest = await self._usable(model, consented)
            if manifest is not None:
                return await self._point_at(pointer, manifest, previous=manifest.parent)
            model = self._parent_of(model)
        raise NothingToRollBackTo("There is no earlier model that may serve.")

    async def restore(self, seen: Pointer, before: Pointer) -> None:
        """Undoes a change that a server could not follow, unless somebody changed it since."""
        await self.pointer.change(
            seen, model=before.model, fingerprint=before.fingerprint, previous=before.previous
        )

    async def serving(self) -> ServingModel:
        """The model that serves, verified. Raises ModelUnknown when none does, ModelTampered."""
        pointer = await self.pointer.read()
        if not pointer.model:
            raise ModelUnknown("No model serves yet.")
        return await self._verified(pointer)

    async def previous(self) -> str:
        """The id of the model before the one in service, or empty."""
        return (await self.pointer.read()).previous

    async def models(self, consented: Set[ItemRef]) -> tuple[ModelRecord, ...]:
        """All models, oldest first. One whose manifest was changed is left out."""
        serving = (await self.pointer.read()).model
        records = []
        for model in self._shelf.names():
            try:
                records.append(self._record(model, serving, consented))
            except ModelTampered:
                continue
        return tuple(sorted(records, key=lambda record: record.manifest.created_at_s))

    def manifest(self, model: str) -> Manifest:
        """Raises ModelUnknown or ModelTampered."""
        return self._shelf.manifest(model)

    def archive(self, model: str) -> Path:
        return self._shelf.archive(model)

    def _register_base(self, archive: Path, base_data: str) -> Manifest:
        fingerprint = sha256_of(archive)
        for model in self._shelf.names():
            try:
                manifest = self._shelf.manifest(model)
            except ModelTampered:
                continue
            if manifest.fingerprint == fingerprint and not manifest.parent:
                return manifest
        manifest = Manifest(
            parent="",
            created_at_s=self._clock(),
            archive_sha256=fingerprint,
            base_data=base_data,
            config="",
            rasa_version=rasa_version_of(archive),
            seed=0,
        )
        self._shelf.put(archive, manifest, Decided(decision=Decision.RELEASED))
        return manifest

    async def _is_base(self, model: str) -> bool:
        return not model or not self._parent_of(model)

    def _parent_of(self, model: str) -> str:
        if not model:
            return ""
        try:
            return self._shelf.manifest(model).parent
        except (ModelTampered, ModelUnknown):
            return ""

    async def _usable(self, model: str, consented: Set[ItemRef]) -> Manifest | None:
        try:
            manifest = await asyncio.to_thread(self._shelf.verified, model)
        except (ModelTampered, ModelUnknown):
            return None
        return None if withdrawn_items(manifest, consented) else manifest

    async def _point_at(
        self, pointer: Pointer, manifest: Manifest, *, previous: str
    ) -> ServingModel:
        changed = await self.pointer.change(
            pointer, model=manifest.model, fingerprint=manifest.fingerprint, previous=previous
        )
        self._shelf.decide(manifest.model, Decided(decision=Decision.RELEASED))
        return self._serving_model(changed)

    async def _verified(self, pointer: Pointer) -> ServingModel:
        manifest = await asyncio.to_thread(self._shelf.verified, pointer.model)
        if manifest.fingerprint != pointer.fingerprint:
            raise ModelTampered("The store and the manifest name different archives.")
        return self._serving_model(pointer)

    def _serving_model(self, pointer: Pointer) -> ServingModel:
        return ServingModel(
            model=pointer.model,
            fingerprint=pointer.fingerprint,
            path=self._shelf.archive(pointer.model),
            generation=pointer.generation,
        )

    def _record(self, model: str, serving: str, consented: Set[ItemRef]) -> ModelRecord:
        manifest = self._shelf.manifest(model)
        decided = self._shelf.decided(model)
        withdrawn = withdrawn_items(manifest, consented)
        return ModelRecord(
            manifest=manifest,
            state=model_state(model == serving, decided.decision, bool(withdrawn)),
            serving=model == serving,
            reasons=decided.reasons,
            withdrawn=withdrawn,
        )


def withdrawn_items(manifest: Manifest, consented: Set[ItemRef]) -> tuple[ItemRef, ...]:
    """What the model learned from and would not learn from now."""
    return tuple(ref for ref in manifest.items if ref not in consented)


def model_state(serving: bool, decision: Decision, withdrawn: bool) -> ModelState:
    if decision is Decision.REFUSED:
        return ModelState.REFUSED
    if withdrawn:
        return ModelState.TAINTED
    if serving:
        return ModelState.SERVING
    return ModelState.RETIRED if decision is Decision.RELEASED else ModelState.CANDIDATE
