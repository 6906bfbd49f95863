"""Models and data sets that learned from what is erased, and whether they still answer."""

from __future__ import annotations

from collections.abc import Set
from dataclasses import dataclass
from pathlib import Path

from redis.asyncio import Redis

from training_loop.audit.notary import Notary
from training_loop.datasets.manifest import BEGINNING as DATA_SET
from training_loop.datasets.uses import Uses
from training_loop.erasure.plan import Plan
from training_loop.receipts.evidence import Pending, PendingKind
from training_loop.registry.errors import ModelTampered, ModelUnknown
from training_loop.registry.registry import ModelRegistry
from training_loop.registry.replacements import DueReplacement, Replacements
from training_loop.registry.settings import RegistrySettings
from training_loop.store import keys
from training_loop.store.client import store_errors
from training_loop.store.script_runner import text


@dataclass(frozen=True, slots=True, kw_only=True)
class Learned:
    """What learned from what an erasure erases."""

    models: tuple[str, ...] = ()
    data_sets: tuple[str, ...] = ()


class Lineage:
    """Is a PendingSource: a model is pending while it answers anybody or its artefact is there.

    Nobody is told which models learned from an account or a clip, but the erasure that takes it
    away: hence the plan. All of it raises StoreUnavailable.
    """

    kind = PendingKind.MODEL_REPLACEMENT

    def __init__(
        self,
        store: Redis,
        registry: Path,
        notary: Notary | None = None,
        settings: RegistrySettings | None = None,
    ) -> None:
        self._store = store
        self._registry = ModelRegistry(registry, store, notary=notary)
        self._uses = Uses(store)
        self.replacements = Replacements(store, self._registry, settings)

    async def models_of(self, account: str) -> tuple[str, ...]:
        """Models that were trained on anything of an account."""
        with store_errors():
            found = await self._store.smembers(keys.model_uses(account))
        return tuple(sorted(map(text, found)))

    async def models_with(self, utterances: Set[str]) -> tuple[str, ...]:
        """Models whose manifest names one of the utterances."""
        return await self._registry.catalogue.models_with(utterances)

    async def learned(self, plan: Plan) -> Learned:
        """The models that an erasure found, with the data sets of those that are known, and of a
        whole account all that name it."""
        data_sets: set[str] = set()
        if plan.whole_account:
            used = await self._uses.of_account(plan.account)
            data_sets = {name for name in used if name.startswith(DATA_SET)}
        for model in plan.models:
            try:
                data_sets.update(self._registry.manifest(model).data_sets)
            except (ModelTampered, ModelUnknown):
                continue
        return Learned(models=plan.models, data_sets=tuple(sorted(data_sets)))

    async def pending(self, plan: Plan) -> tuple[Pending, ...]:
        """Each with the time by which it is replaced. Those nobody uses lose their artefact now."""
        return tuple(map(_pending, await self.replacements.note(plan.models)))

    async def still(self, pending: Pending) -> bool:
        return await self.replacements.pending(pending.reference)

    async def withdrawn(self, account: str) -> tuple[DueReplacement, ...]:
        """After an account withdrew its consent: no model that ever learned from it may stay."""
        return await self.replacements.note(await self.models_of(account))


def _pending(due: DueReplacement) -> Pending:
    return Pending(kind=PendingKind.MODEL_REPLACEMENT, reference=due.model, due_at_s=due.due_s)
