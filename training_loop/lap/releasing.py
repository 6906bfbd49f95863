"""Puts a model that passed the gate into service, at once or by a trial on live traffic."""

from __future__ import annotations

from dataclasses import dataclass

from training_loop.audit.log import AuditLog
from training_loop.errors import TrainingLoopError
from training_loop.lap.outcome import Result
from training_loop.lap.stage import LapProgress, Stage, Step
from training_loop.registry.course import Course, Ending, Phase, TrialPlan
from training_loop.registry.errors import (
    ModelRefused,
    ModelTampered,
    ReleaseFailed,
    ServingChanged,
    TrialEnded,
)
from training_loop.registry.kinds import kind_of
from training_loop.registry.registry import ModelRegistry
from training_loop.registry.release import Release, release
from training_loop.registry.trial_board import TrialState
from training_loop.registry.trying import Tried, gradual_releases
from training_loop.training.trainer import ModelKind

_STAYS_CANDIDATE = (ServingChanged, TrialEnded)
_EXPECTED = (*_STAYS_CANDIDATE, ModelRefused, ModelTampered, ReleaseFailed)


@dataclass(frozen=True, slots=True, kw_only=True)
class Released:
    """How it went with one model; `reasons` say why it does not serve."""

    result: Result
    reasons: tuple[str, ...] = ()
    failure: TrainingLoopError | None = None
    release: Release | None = None
    tried: Tried | None = None


class Releasing:
    def __init__(self, registry: ModelRegistry, audit: AuditLog) -> None:
        self._registry = registry
        self._audit = audit

    async def release(self, model: str, trial: TrialPlan | None, told: LapProgress) -> Released:
        """Raises StoreUnavailable; whatever else happened is in what it returns."""
        kind = kind_of(model)
        try:
            if trial is None:
                told(Step(stage=Stage.RELEASING, kind=kind))
                done = await release(self._registry, model, self._registry.consented)
                return Released(result=Result.RELEASED, release=done)
            return _of(
                await gradual_releases(self._registry, self._audit).release(
                    model, trial, progress=_Watch(kind, told)
                )
            )
        except _EXPECTED as failure:
            return Released(result=_result_of(failure), reasons=(str(failure),), failure=failure)


class _Watch:
    def __init__(self, kind: ModelKind, told: LapProgress) -> None:
        self._kind = kind
        self._told = told

    def __call__(self, course: Course, state: TrialState | None) -> None:
        if course.phase in (Phase.SHADOW, Phase.CANARY):
            self._told(Step(stage=Stage.TRYING, kind=self._kind, detail=course.phase.value))


def _of(tried: Tried) -> Released:
    if tried.released is not None:
        return Released(result=Result.RELEASED, release=tried.released, tried=tried)
    ended = tried.course.ending
    if ended is Ending.CONSENT_ENDED:
        result = Result.WITHDRAWN
    else:
        worse = ended in (Ending.WORSE, Ending.DISAGREES, Ending.DIED)
        result = Result.REFUSED if worse else Result.UNDECIDED
    return Released(result=result, reasons=tried.course.reasons, tried=tried)


def _result_of(failure: TrainingLoopError) -> Result:
    if isinstance(failure, ModelRefused):
        return Result.WITHDRAWN
    return Result.UNDECIDED if isinstance(failure, _STAYS_CANDIDATE) else Result.FAILED
