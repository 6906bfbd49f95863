"""What is said of a model: in a line, and with all it was made of."""

from __future__ import annotations

from collections.abc import Mapping, Set
from dataclasses import dataclass, field
from enum import Enum

from training_loop.datasets.item_ref import ItemRef
from training_loop.registry.manifest import Manifest
from training_loop.registry.pointer import Stage
from training_loop.registry.shelf import Decision
from training_loop.training.trainer import ModelKind


class ModelState(Enum):
    CANDIDATE = "candidate"
    SHADOW = "shadow"
    CANARY = "canary"
    SERVING = "serving"
    RETIRED = "retired"
    REFUSED = "refused"
    TAINTED = "tainted"
    """It serves or may serve again, and learned from something whose consent is gone."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelSummary:
    """One model in a line. Numbers of items alone, no item."""

    model: str
    kind: ModelKind
    state: ModelState
    serving: bool
    """A tainted model may be the one that serves."""
    parent: str
    fingerprint: str
    created_at_s: float
    data_sets: tuple[str, ...]
    items: int
    """How many reviewed utterances it learned from."""
    withdrawn: int
    """How many of them nobody may learn from any more."""
    results: Mapping[str, float] = field(default_factory=dict)
    """By stable word, for example "intent_accuracy"."""
    reasons: tuple[str, ...] = ()
    """Why it was refused or taken out of service."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelRecord:
    """One model with its verified manifest. `withdrawn`: items whose consent is gone."""

    manifest: Manifest
    state: ModelState
    serving: bool
    reasons: tuple[str, ...]
    withdrawn: tuple[ItemRef, ...]


def summary_of(record: ModelRecord) -> ModelSummary:
    manifest = record.manifest
    return ModelSummary(
        model=manifest.model,
        kind=manifest.kind,
        state=record.state,
        serving=record.serving,
        parent=manifest.parent,
        fingerprint=manifest.fingerprint,
        created_at_s=manifest.created_at_s,
        data_sets=manifest.data_sets,
        items=len(manifest.items),
        withdrawn=len(record.withdrawn),
        results=manifest.results,
        reasons=record.reasons,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelDifference:
    """What changed from one model to another: its data and its results."""

    added: tuple[ItemRef, ...]
    removed: tuple[ItemRef, ...]
    same: int
    changed: Mapping[str, tuple[str, str]]
    """Of base data, configuration, seed, engine and data sets: before and after."""
    results: Mapping[str, tuple[float | None, float | None]]


def difference(before: Manifest, after: Manifest) -> ModelDifference:
    old, new = frozenset(before.items), frozenset(after.items)
    made = {name: (_made(before, name), _made(after, name)) for name in _MADE_OF}
    names = sorted({*before.results, *after.results})
    return ModelDifference(
        added=tuple(sorted(new - old)),
        removed=tuple(sorted(old - new)),
        same=len(old & new),
        changed={name: pair for name, pair in made.items() if pair[0] != pair[1]},
        results={name: (before.results.get(name), after.results.get(name)) for name in names},
    )


def withdrawn_items(manifest: Manifest, consented: Set[ItemRef]) -> tuple[ItemRef, ...]:
    """What the model learned from and would not learn from now."""
    return tuple(ref for ref in manifest.items if ref not in consented)


def state_of(
    *, serving: bool, stage: Stage | None, decision: Decision, withdrawn: bool
) -> ModelState:
    if decision in (Decision.REFUSED, Decision.HELD):
        return ModelState.REFUSED
    if decision is Decision.WITHDRAWN:
        return ModelState.RETIRED
    if withdrawn:
        return ModelState.TAINTED
    if serving:
        return ModelState.SERVING
    if stage is not None:
        return ModelState(stage.value)
    return ModelState.RETIRED if decision is Decision.RELEASED else ModelState.CANDIDATE


_MADE_OF = ("parent", "base_data", "config", "rasa_version", "engine", "seed", "data_sets")


def _made(manifest: Manifest, name: str) -> str:
    value = getattr(manifest, name)
    return " ".join(value) if isinstance(value, tuple) else str(value)
