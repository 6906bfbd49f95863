"""The trial of a candidate as all servers see it: who is tried, how, and what was counted."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from redis.asyncio import Redis

from training_loop.registry.course import TrialPlan
from training_loop.registry.live_signals import Signal, Tally
from training_loop.registry.pointer import Stage
from training_loop.store import keys
from training_loop.store.client import store_errors
from training_loop.store.script_runner import text
from training_loop.training.trainer import ModelKind

LEASE_S = 15.0
"""A trial that nobody keeps up ends by itself: its judge may have died."""

COMPARED = "shadow:compared"
AGREED = "shadow:agreed"
DROPPED = "shadow:dropped"
"""Requests that a shadow did not see, since it had enough to do."""
SERVING = "serving"
CANARY = "canary"
TURNS = "turns"

_SCRIPTS = Path(__file__).parent / "scripts"
_COUNT = "count:"
_READY = "ready:"


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """A candidate that is tried now. Shares are 0 to 1."""

    trial: str
    """Random: sessions are dealt anew in each trial."""
    model: str
    stage: Stage
    canary_share: float
    shadow_share: float


@dataclass(frozen=True, slots=True, kw_only=True)
class TrialState:
    """A trial and what the servers told of it; counts by name, of no person and no text."""

    trial: Trial
    failure: str = ""
    ready: Mapping[str, Stage] = field(default_factory=dict)
    """Servers that have the candidate loaded, and for what."""
    counts: Mapping[str, int] = field(default_factory=dict)

    @property
    def compared(self) -> int:
        return self.counts.get(COMPARED, 0)

    @property
    def agreed(self) -> int:
        return self.counts.get(AGREED, 0)

    def tally(self, arm: str) -> Tally:
        """Of the turns that `SERVING` or `CANARY` answered."""
        return Tally(
            turns=self.counts.get(f"{arm}:{TURNS}", 0),
            bad={signal: self.counts.get(f"{arm}:{signal.value}", 0) for signal in Signal},
        )

    @property
    def agreement(self) -> Mapping[str, tuple[int, int]]:
        """By intent of the model in service: how often the shadow agreed, of how many."""
        intents = {
            name.removeprefix(f"{COMPARED}:")
            for name in self.counts
            if name.startswith(f"{COMPARED}:")
        }
        return {
            intent: (
                self.counts.get(f"{AGREED}:{intent}", 0),
                self.counts[f"{COMPARED}:{intent}"],
            )
            for intent in sorted(intents)
        }


class TrialBoard:
    """Of one kind of model. Raises StoreUnavailable when the store is away."""

    def __init__(self, client: Redis, kind: ModelKind) -> None:
        self.kind = kind
        self._client = client
        self._key = keys.model_trial(kind.value)
        self._open, self._keep, self._count = (
            client.register_script((_SCRIPTS / f"{name}.lua").read_text())
            for name in ("open_trial", "keep_trial", "count_trial")
        )

    async def open(self, model: str, stage: Stage, plan: TrialPlan) -> Trial:
        """Any other trial of the kind ends with this."""
        trial = Trial(
            trial=secrets.token_hex(8),
            model=model,
            stage=stage,
            canary_share=plan.canary_share,
            shadow_share=plan.shadow_share,
        )
        shares = (repr(trial.canary_share), repr(trial.shadow_share))
        with store_errors():
            await self._open(
                keys=[self._key],
                args=[trial.trial, model, stage.value, *shares, round(LEASE_S * 1000)],
            )
        return trial

    async def keep_up(self, trial: str, stage: Stage) -> bool:
        """False when the trial is over, or another one took its place."""
        with store_errors():
            arguments = [trial, stage.value, round(LEASE_S * 1000)]
            return bool(await self._keep(keys=[self._key], args=arguments))

    async def end(self, trial: str) -> None:
        """Harmless when it is over."""
        with store_errors():
            await self._keep(keys=[self._key], args=[trial, "", 0])

    async def read(self) -> TrialState | None:
        with store_errors():
            found = await self._client.hgetall(self._key)
        fields = {text(name): text(value) for name, value in found.items()}
        return _state(fields) if fields else None

    async def tell(
        self,
        trial: str,
        server: str,
        batch: int,
        counts: Mapping[str, int],
        *,
        failure: str = "",
        ready: Stage | None = None,
    ) -> bool:
        """Adds to the counts once for each `batch` of a server. False when the trial is over."""
        pairs = [part for name, number in counts.items() for part in (name, number)]
        stage = ready.value if ready else ""
        with store_errors():
            arguments = [trial, server, batch, failure, stage, *pairs]
            return bool(await self._count(keys=[self._key], args=arguments))


def _state(fields: Mapping[str, str]) -> TrialState:
    return TrialState(
        trial=Trial(
            trial=fields["trial"],
            model=fields["model"],
            stage=Stage(fields["stage"]),
            canary_share=float(fields["canary_share"]),
            shadow_share=float(fields["shadow_share"]),
        ),
        failure=fields.get("failure", ""),
        ready={
            name.removeprefix(_READY): Stage(stage)
            for name, stage in fields.items()
            if name.startswith(_READY)
        },
        counts={
            name.removeprefix(_COUNT): int(count)
            for name, count in fields.items()
            if name.startswith(_COUNT)
        },
    )
