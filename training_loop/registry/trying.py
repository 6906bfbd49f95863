"""Tries a candidate on live traffic and puts it into service, or takes it out with the reason."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass, replace

from training_loop.audit.log import AuditLog
from training_loop.registry.course import Course, Ending, Phase, Seen, TrialPlan, advance
from training_loop.registry.errors import TrialEnded
from training_loop.registry.kinds import kind_of
from training_loop.registry.live_signals import Tally
from training_loop.registry.pointer import Stage
from training_loop.registry.pointer_change import MACHINE
from training_loop.registry.record import withdrawn_items
from training_loop.registry.registry import ModelRegistry
from training_loop.registry.release import Consented, Release, release
from training_loop.registry.trial_board import CANARY, SERVING, Trial, TrialBoard, TrialState
from training_loop.training.trainer import ModelKind

LOOK_EVERY_S = 0.5

TrialProgress = Callable[[Course, TrialState | None], None]
"""Told each look at the trial."""

_CAN_BE_TRIED = frozenset({ModelKind.NLU, ModelKind.LANGUAGE_MODEL})
"""The others were judged on the hold-out and go into service without a stage."""
_STAGES = {Phase.SHADOW: Stage.SHADOW, Phase.CANARY: Stage.CANARY}
_REFUSING = frozenset({Ending.WORSE, Ending.DISAGREES, Ending.DIED, Ending.CONSENT_ENDED})


@dataclass(frozen=True, slots=True, kw_only=True)
class Tried:
    """How a trial ended. `released` where the candidate serves now."""

    course: Course
    last: TrialState | None
    """What was counted, None where no stage was planned."""
    released: Release | None


class GradualReleases:
    """Releases candidates gradually. One process leads a trial; if it dies, the trial ends."""

    def __init__(
        self,
        registry: ModelRegistry,
        board: Callable[[str], TrialBoard],
        audit: AuditLog,
        consented: Consented,
        *,
        clock: Callable[[], float] = time.monotonic,
        look_every_s: float = LOOK_EVERY_S,
    ) -> None:
        """`board` gives that of a model's kind."""
        self._registry = registry
        self._board = board
        self._audit = audit
        self._consented = consented
        self._clock = clock
        self._look_every_s = look_every_s

    async def release(
        self,
        model: str,
        plan: TrialPlan,
        *,
        progress: TrialProgress = lambda _course, _state: None,
        by: str = MACHINE,
    ) -> Tried:
        """Shadow, canary, service: each for as long as `plan` says, longer where too few requests
        come, and out as soon as it is clearly worse, is lost by a server, or something it learned
        from is withdrawn.

        A candidate that was taken out is refused for good, with the reason and an audit entry;
        the model in service goes on throughout. `by` is who releases it, for the audit log. Raises
        what `release` raises, ModelRefused for a model that may not be tried, TrialEnded, and
        StoreUnavailable: then it ends by itself.
        """
        if kind_of(model) not in _CAN_BE_TRIED:
            plan = replace(plan, shadow_for_s=0.0, canary_for_s=0.0)
        leading = _Led(self._registry, self._board(model), model, self._consented)
        course = Course()
        state: TrialState | None = None
        try:
            while True:
                seen = await leading.look(self._clock())
                before, course = course, advance(course, plan, seen)
                if course.over:
                    break
                if course.phase is not before.phase:
                    await self._note(model, course)
                await leading.keep_up(_STAGES[course.phase], plan)
                progress(course, leading.state)
                await asyncio.sleep(self._look_every_s)
        finally:
            state = leading.state
            await leading.end()
        progress(course, state)
        if course.phase is Phase.ENDED:
            await self._take_out(model, course)
            return Tried(course=course, last=state, released=None)
        released = await release(self._registry, model, self._consented, by=by)
        await self._note(model, course)
        return Tried(course=course, last=state, released=released)

    async def _take_out(self, model: str, course: Course) -> None:
        if course.ending in _REFUSING:
            self._registry.refuse(model, course.reasons)
        await self._note(model, course)

    async def _note(self, model: str, course: Course) -> None:
        detail: dict[str, str | int] = {"stage": course.phase.value}
        if course.ending:
            detail["ending"] = course.ending.value
        for worse in course.regressions:
            detail[worse.signal.value] = f"{worse.serving:.4f}_to_{worse.candidate:.4f}"
        action = "model_rolled_back" if course.phase is Phase.ENDED else "model_stage"
        await self._audit.record("machine", action, subject=model, detail=detail)


def gradual_releases(registry: ModelRegistry, audit: AuditLog) -> GradualReleases:
    """Of all kinds of models of a registry, by the consents of the moment."""
    return GradualReleases(
        registry,
        lambda model: TrialBoard(registry.store, kind_of(model)),
        audit,
        registry.consented,
    )


class _Led:
    """The trial that this process leads."""

    def __init__(
        self, registry: ModelRegistry, board: TrialBoard, model: str, consented: Consented
    ) -> None:
        self.state: TrialState | None = None
        self._registry = registry
        self._board = board
        self._model = model
        self._consented = consented
        self._trial: Trial | None = None
        self._stage: Stage | None = None

    async def look(self, now_s: float) -> Seen:
        """Raises ModelUnknown and ModelTampered."""
        manifest = self._registry.manifest(self._model)
        withdrawn = withdrawn_items(manifest, await self._consented())
        serving = await self._registry.pointer_of(manifest.kind).read()
        state = await self._board.read()
        if self._trial and state and state.trial.trial == self._trial.trial:
            self.state = state
        seen = self.state
        return Seen(
            now_s=now_s,
            consented=not withdrawn,
            parent_serves=serving.model == manifest.parent,
            failure=seen.failure if seen else "",
            compared=seen.compared if seen else 0,
            agreed=seen.agreed if seen else 0,
            serving=seen.tally(SERVING) if seen else Tally(),
            candidate=seen.tally(CANARY) if seen else Tally(),
        )

    async def keep_up(self, stage: Stage, plan: TrialPlan) -> None:
        """Raises TrialEnded when somebody began another trial of the kind."""
        if self._trial is None:
            self._trial = await self._board.open(self._model, stage, plan)
        elif not await self._board.keep_up(self._trial.trial, stage):
            raise TrialEnded("Another model of its kind is tried instead.")
        if stage is not self._stage:
            await self._registry.stage(self._model, stage, await self._consented())
            self._stage = stage

    async def end(self) -> None:
        if self._stage is not None:
            pointer = self._registry.pointer_of(kind_of(self._model))
            for stage, model in (await pointer.staged()).items():
                if model == self._model:
                    await pointer.stage(stage, "")
        if self._trial is not None:
            await self._board.end(self._trial.trial)
