"""What a lap is to do. Values alone."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Final

from training_loop.datasets.split import Shares, Split
from training_loop.registry.course import TrialPlan
from training_loop.training.gate import GateRules
from training_loop.training.trainer import ModelKind

DEFAULT_SEED = 42
LEAST_ACCOUNTS: Final = 20
"""Of fewer, none is held out: a hold-out of one or two people says nothing about others."""
CURVE: Final = (0.25, 0.5)
"""Parts of the clips that a learning curve is drawn through, besides none and all."""
HAVE_CURVES: Final = frozenset({ModelKind.NLU, ModelKind.LANGUAGE_MODEL})
"""Thresholds are a few numbers: fewer clips make them vaguer, not other."""

ORDER: Final = (ModelKind.NLU, ModelKind.LANGUAGE_MODEL, ModelKind.THRESHOLDS)
"""Thresholds are chosen for the language understanding that serves then."""

LEARNS_FROM: Final[Mapping[ModelKind, Split]] = MappingProxyType(
    {
        ModelKind.NLU: Split.TRAIN,
        ModelKind.LANGUAGE_MODEL: Split.TRAIN,
        # How sure a model is of what it learned from says nothing about anything else.
        ModelKind.THRESHOLDS: Split.TEST,
    }
)

_NLU = GateRules()
RULES: Final[Mapping[ModelKind, GateRules]] = MappingProxyType(
    {
        ModelKind.NLU: _NLU,
        ModelKind.THRESHOLDS: _NLU,
        # Of a clip of some seconds; what the model in service takes is the better measure.
        ModelKind.LANGUAGE_MODEL: GateRules(
            latency_p95_ms=2_000.0, slower_by=1.5, size_bytes=500_000_000
        ),
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class LapPlan:
    """`trial` is None to release at once what passes the gate."""

    kinds: tuple[ModelKind, ...] = ORDER
    min_items: int = 1
    """Fewer reviewed utterances are not worth a lap."""
    seed: int = DEFAULT_SEED
    rules: Mapping[ModelKind, GateRules] = field(default_factory=lambda: RULES)
    shares: Shares | None = None
    """Of the accounts; None for the usual ones, and no hold-out of fewer than LEAST_ACCOUNTS."""
    trial: TrialPlan | None = None
    curve: bool = False
    """Trains what `HAVE_CURVES` on parts of the clips as well."""


def with_kinds(plan: LapPlan, kinds: Iterable[ModelKind]) -> LapPlan:
    """For further kinds as well; those that nothing trains are left out."""
    wanted = {*plan.kinds, *kinds}
    return replace(plan, kinds=tuple(kind for kind in ORDER if kind in wanted))


def shares_for(accounts: int, before: Shares | None = None) -> Shares:
    """What is held out of so many accounts with reviewed utterances: never less than `before`,
    since what was held out must not train."""
    if before is not None and before.hold_out > 0:
        return before
    return Shares() if accounts >= LEAST_ACCOUNTS else Shares(test=0.0, hold_out=0.0)
