"""How large a simulation is, and what an operator has set. Values alone."""

from __future__ import annotations

from dataclasses import dataclass, field

from training_loop.datasets.split import Shares
from training_loop.lap.plan import LapPlan
from training_loop.sampling.settings import SamplingSettings
from training_loop.training.gate import GateRules
from training_loop.training.trainer import ModelKind


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """`consent` and `leave` are shares of the accounts; the unseen ones come on top."""

    accounts: int = 200
    unseen: int = 40
    laps: int = 3
    seed: int = 1
    clips: int = 5
    """Of each account that teaches, for each lap."""
    asked: int = 8
    """Of each unseen account, the same clips before and after each lap."""
    asked_of_opted_out: int = 4
    consent: float = 0.6
    leave: float = 0.05
    error: float = 0.05
    """Of reviewers' opinions, the share that is wrong."""
    sampling: SamplingSettings = field(
        default_factory=lambda: SamplingSettings(rate=1.0, per_account_day=50, most_a_round=10_000)
    )
    """What is said is all meant to be reviewed; how alike it has to be stays as it is."""
    intents: frozenset[str] = frozenset()
    """What is asked; empty for everything."""
    lap: LapPlan | None = None
    """None: by `training-loop lap`, as an operator has it run."""


QUICK = Plan(
    accounts=16,
    unseen=4,
    laps=1,
    clips=4,
    asked=5,
    asked_of_opted_out=2,
    leave=0.15,
    sampling=SamplingSettings(rate=1.0, per_account_day=50, accounts_alike=2),
    intents=frozenset({"set_timer", "turn_off", "add_to_list", "cancel_timer", "joke"}),
    lap=LapPlan(
        kinds=(ModelKind.NLU,),
        rules={ModelKind.NLU: GateRules(overall_margin=0.03, intent_margin=0.3)},
        shares=Shares(test=0.0, hold_out=0.0),
    ),
)
"""Of some intents, and the language understanding alone. So few people are no hold-out: on the
project's own examples a model that learned from them can only lose, and the gate allows a little.
"""
