"""One lap: what was reviewed becomes a data set, models, verdicts, and models in service."""

from __future__ import annotations

import asyncio
import logging
import time
from dataclasses import dataclass, replace
from pathlib import Path

from training_loop.audit.log import AuditLog
from training_loop.datasets.datasets import Datasets
from training_loop.datasets.errors import DatasetEmpty
from training_loop.datasets.exports.overdue import OverdueAlarm
from training_loop.datasets.manifest import DatasetManifest
from training_loop.datasets.split import Split
from training_loop.errors import InvalidArgument, StoreUnavailable, TrainingLoopError
from training_loop.lap.cost import CostMeter
from training_loop.lap.known_hold_out import with_known
from training_loop.lap.lineage import manifest_of
from training_loop.lap.making import Made, Making, Withdrawn
from training_loop.lap.outcome import LapOutcome, ModelOutcome, Result
from training_loop.lap.plan import HAVE_CURVES, LEARNS_FROM, LapPlan, shares_for
from training_loop.lap.publishing import Publishing
from training_loop.lap.recipe import Recipe, Recipes
from training_loop.lap.releasing import Releasing
from training_loop.lap.stage import LapProgress, Stage, Step, logged, unwatched
from training_loop.queue.review import Review
from training_loop.registry.errors import NothingToRollBackTo
from training_loop.registry.pointer_change import Cause
from training_loop.registry.registry import ModelRegistry
from training_loop.registry.release import roll_back
from training_loop.registry.replacements import Replacements
from training_loop.registry.shelf import Decided, Decision
from training_loop.review.annotation import AnnotationFault, write
from training_loop.review.ontology import Ontology
from training_loop.training.disk import full_disk_explained
from training_loop.training.errors import TrainingFailed
from training_loop.training.override import give_up_held
from training_loop.training.trainer import ModelKind
from training_loop.training.trainer_log import TrainerLog, following
from training_loop.training.workspace import alone, workspace

_log = logging.getLogger(__name__)
_CONSENT_ENDED = "{} of its {} utterances were withdrawn while it was trained."


class TooFewItems(InvalidArgument):
    code = "TOO_FEW_ITEMS"
    hint = "Wait until people have reviewed more, or lower --min-items."


@dataclass(frozen=True, slots=True, kw_only=True)
class Rooms:
    """What a lap works with. `work` is where workspaces are made, `logs` where trainers'
    logs go."""

    datasets: Datasets
    registry: ModelRegistry
    replacements: Replacements
    recipes: Recipes
    audit: AuditLog
    overdue_exports: OverdueAlarm
    publishing: Publishing
    work: Path
    logs: Path


class LapRunner:
    """Runs laps of one state directory and its store, one at a time."""

    def __init__(self, rooms: Rooms) -> None:
        self._rooms = rooms
        self._releasing = Releasing(rooms.registry, rooms.audit)

    async def run(
        self, plan: LapPlan | None = None, *, progress: LapProgress = unwatched
    ) -> LapOutcome:
        """Makes a data set of what may be learned from now, and of it a model of each kind, which
        goes into service if it is not worse than the one that serves.

        A model that fails, is refused or loses a consent meanwhile leaves the one in service where
        it is, and the lap goes on with the next kind: `LapOutcome.models` says so. When nothing
        may be learned from, models in service that learned from what was withdrawn are rolled back.

        Raises DatasetEmpty, TooFewItems, TrainingUnderWay when another lap runs in this state
        directory, StoreUnavailable, and DiskFull where not even a data set can be written.
        """
        plan, rooms = plan or LapPlan(), self._rooms
        began_at_s, meter = time.time(), CostMeter()
        with full_disk_explained(), alone(rooms.work):
            progress(Step(stage=Stage.SNAPSHOT))
            data_set = await self._snapshot(plan)
            with workspace(rooms.work) as directory:
                models = [
                    await self._model(kind, data_set, plan, directory, progress)
                    for kind in plan.kinds
                ]
            outcome = LapOutcome(
                began_at_s=began_at_s,
                took_s=meter.read().seconds,
                seed=plan.seed,
                data_set=data_set,
                tombstones=len(data_set.refs() - await rooms.datasets.learnable()),
                models=tuple(models),
                due=await rooms.replacements.settle(),
                overdue_deletions=await rooms.overdue_exports.look(),
            )
        await self._audited(outcome)
        return await rooms.publishing.publish(outcome)

    async def _snapshot(self, plan: LapPlan) -> DatasetManifest:
        try:
            data_set = await self._data_set(plan)
        except DatasetEmpty as empty:
            if gone := await self._roll_back(plan):
                raise DatasetEmpty(f"{empty} No longer in service: {', '.join(gone)}.") from empty
            raise
        items = len(data_set.refs(Split.TRAIN))
        if items < plan.min_items:
            raise TooFewItems(f"{items} reviewed items, {plan.min_items} are wanted.")
        return data_set

    async def _data_set(self, plan: LapPlan) -> DatasetManifest:
        """Raises DatasetEmpty also where nobody trains."""
        datasets, project = self._rooms.datasets, self._rooms.recipes.nlu.project
        ontology = await asyncio.to_thread(Ontology.read, project.domain)
        latest = await datasets.latest()
        shares = plan.shares or shares_for(
            await datasets.accounts(), latest.shares if latest else None
        )
        data_set = await datasets.create(
            seed=plan.seed, shares=shares, accepts=lambda review: _fits(review, ontology)
        )
        if not data_set.refs(Split.TRAIN):
            raise DatasetEmpty("Everything that may be learned from is held out.")
        return data_set

    async def _roll_back(self, plan: LapPlan) -> tuple[str, ...]:
        """What must not serve any longer is not left there because nothing can replace it; returns
        the models that went."""
        rooms, gone = self._rooms, []
        for due in await rooms.replacements.settle():
            if due.kind in plan.kinds:
                try:
                    await roll_back(
                        *(rooms.registry, rooms.registry.consented),
                        kind=due.kind,
                        cause=Cause.WITHDRAWN,
                    )
                except NothingToRollBackTo:
                    _log.error("%s is due, and no earlier model may serve", due.model)
                else:
                    gone.append(due.model)
        await rooms.replacements.settle()
        return tuple(gone)

    async def _model(
        self,
        kind: ModelKind,
        data_set: DatasetManifest,
        plan: LapPlan,
        directory: Path,
        progress: LapProgress,
    ) -> ModelOutcome:
        """One model, whatever comes of it. Raises StoreUnavailable."""
        meter, rooms = CostMeter(), self._rooms
        log = await asyncio.to_thread(TrainerLog.begin, rooms.logs, kind.value, seed=plan.seed)
        watched, engine = logged(log, progress), rooms.recipes.engine
        making = Making(rooms.datasets, data_set.name, plan, directory, watched, engine)
        try:
            with following(log), full_disk_explained():
                outcome = await self._judged(kind, data_set, plan, making)
        except StoreUnavailable:
            raise
        except TrainingLoopError as failure:
            outcome = _failed(kind, failure)
        except OSError as fault:
            told = f"A file could not be read or written ({type(fault).__name__})."
            outcome = _failed(kind, TrainingFailed(told))
        finally:
            await making.clear()
        if outcome.result is Result.RELEASED:
            released = await self._releasing.release(outcome.model, plan.trial, watched)
            outcome = replace(
                outcome,
                result=released.result,
                reasons=released.reasons,
                failure=released.failure,
                released=released.release,
                tried=released.tried,
            )
        log.tell(f"result: {outcome.result.value}", model=outcome.model)
        return replace(outcome, cost=meter.read(), log=log.kept)

    async def _judged(
        self, kind: ModelKind, data_set: DatasetManifest, plan: LapPlan, making: Making
    ) -> ModelOutcome:
        """RELEASED says here that it may be released."""
        recipes = self._rooms.recipes
        recipe = await recipes.of(kind)
        curve = plan.curve and kind in HAVE_CURVES
        made = await making.make(recipe, await recipes.installed(kind) if curve else None)
        if isinstance(made, Withdrawn):
            return _withdrawn(kind, recipe, made)
        serving = await asyncio.to_thread(self._rooms.registry.manifest, recipe.serving.model)
        made = replace(made, verdict=with_known(made.verdict, serving, data_set))
        return await self._registered(recipe, made, data_set, plan)

    async def _registered(
        self, recipe: Recipe, made: Made, data_set: DatasetManifest, plan: LapPlan
    ) -> ModelOutcome:
        """On the shelf, and noted with each account that it learned from, before anything may
        release it."""
        rooms, prepared = self._rooms, made.prepared
        manifest = await asyncio.to_thread(manifest_of, recipe, made, data_set, plan)
        decision = Decision.CANDIDATE if made.verdict.passed else Decision.HELD
        decided = Decided(decision=decision, reasons=made.verdict.reasons)
        await asyncio.to_thread(give_up_held, rooms.registry, manifest.kind)
        model = await asyncio.to_thread(rooms.registry.register, made.artefact, manifest, decided)
        gone = await rooms.datasets.record_model_use(
            model, data_set.name, LEARNS_FROM[manifest.kind], only=frozenset(prepared.items)
        )
        result, reasons = Result.RELEASED, made.verdict.reasons
        if gone:
            result = Result.WITHDRAWN
            reasons = (_CONSENT_ENDED.format(len(gone), len(prepared.items)),)
            await asyncio.to_thread(rooms.registry.refuse, model, reasons)
        elif not made.verdict.passed:
            result = Result.REFUSED
        return ModelOutcome(
            kind=manifest.kind,
            result=result,
            model=model,
            parent=manifest.parent,
            items=len(prepared.items),
            counts=prepared.counts,
            before=made.before,
            after=made.after,
            verdict=made.verdict,
            rules=plan.rules[manifest.kind],
            reasons=reasons,
            curve=made.curve,
        )

    async def _audited(self, outcome: LapOutcome) -> None:
        detail: dict[str, str | int] = {"items": len(outcome.data_set.items)}
        detail |= {
            model.kind.value: ":".join(filter(None, (model.result.value, model.model)))
            for model in outcome.models
        }
        await self._rooms.audit.record(
            "machine", "lap", subject=outcome.data_set.name, detail=detail
        )


def _failed(kind: ModelKind, failure: TrainingLoopError) -> ModelOutcome:
    return ModelOutcome(kind=kind, result=Result.FAILED, reasons=(str(failure),), failure=failure)


def _withdrawn(kind: ModelKind, recipe: Recipe, made: Withdrawn) -> ModelOutcome:
    items = len(made.prepared.items)
    return ModelOutcome(
        kind=kind,
        result=Result.WITHDRAWN,
        parent=recipe.serving.model,
        items=items,
        counts=made.prepared.counts,
        reasons=(_CONSENT_ENDED.format(made.items, items),),
    )


def _fits(review: Review, ontology: Ontology) -> bool:
    """False where the domain has moved on since the review, or the text cannot be written."""
    try:
        ontology.check_intent(review.intent)
        ontology.check_entities(review.entities)
        write(review.text, review.entities)
    except (InvalidArgument, AnnotationFault):
        return False
    return True
