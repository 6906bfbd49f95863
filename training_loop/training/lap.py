"""One lap of learning: snapshot, train, evaluate, judge, register, release."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Set
from dataclasses import dataclass
from enum import Enum
from pathlib import Path

from training_loop.errors import InvalidArgument
from training_loop.queue.queue import LearningQueue
from training_loop.queue.review import Review, ReviewedItem
from training_loop.registry.manifest import Manifest
from training_loop.registry.registry import ModelRegistry, ServingModel
from training_loop.registry.release import Release, release
from training_loop.registry.shelf import Decided, Decision, rasa_version_of, sha256_of
from training_loop.review.annotation import AnnotationFault, write
from training_loop.review.ontology import Ontology
from training_loop.training.dataset import GoldExample, ItemRef, Snapshot
from training_loop.training.evaluation import Evaluation
from training_loop.training.gate import GateRules, Verdict, judge
from training_loop.training.nlu_trainer import NluTrainer
from training_loop.training.workspace import workspace

DEFAULT_SEED = 42


class Stage(Enum):
    SNAPSHOT = "reading what was reviewed"
    TRAINING = "training"
    EVALUATING = "evaluating on the held-out split"
    RELEASING = "putting it into service"


LapProgress = Callable[[Stage, str], None]
"""Told each stage as it begins and, while training, the component."""


class TooFewItems(InvalidArgument):
    code = "TOO_FEW_ITEMS"
    hint = "Wait until people have reviewed more, or lower --min-items."


@dataclass(frozen=True, slots=True, kw_only=True)
class Lap:
    """What came of one lap. `released` is None when the gate refused, see `verdict`."""

    model: str
    items: int
    before: Evaluation
    after: Evaluation
    verdict: Verdict
    released: Release | None
    took_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class _Trained:
    archive: Path
    fingerprint: str
    before: Evaluation
    after: Evaluation


async def consented_items(queue: LearningQueue) -> Set[ItemRef]:
    """The reviewed items that may be learned from at this moment."""
    return {
        ItemRef(item=reviewed.item, epoch=reviewed.epoch)
        async for reviewed in queue.reviewed(with_audio=False)
    }


class LapRunner:
    """Runs laps over one queue, registry and trainer; `work` is where workspaces are made."""

    def __init__(
        self, *, queue: LearningQueue, registry: ModelRegistry, trainer: NluTrainer, work: Path
    ) -> None:
        self._queue = queue
        self._registry = registry
        self._trainer = trainer
        self._work = work

    async def consented(self) -> Set[ItemRef]:
        """See `consented_items`."""
        return await consented_items(self._queue)

    async def run(
        self,
        *,
        min_items: int = 1,
        seed: int = DEFAULT_SEED,
        rules: GateRules | None = None,
        progress: LapProgress = lambda _stage, _detail: None,
    ) -> Lap:
        """Trains a candidate and, if it passes the gate, puts it into service.

        Raises TooFewItems, and what training, registering and releasing raise.
        """
        began = time.monotonic()
        progress(Stage.SNAPSHOT, "")
        serving = await self._registry.serving()
        learnable = await self._learnable_items()
        if len(learnable) < min_items:
            raise TooFewItems(f"{len(learnable)} reviewed items, {min_items} are wanted.")
        snapshot = Snapshot.of(map(_example, learnable))
        with workspace(self._work) as directory:
            trained = await self._train(serving, snapshot, directory, seed, progress)
            verdict = judge(trained.after, trained.before, rules)
            model = await self._register(serving, snapshot, trained, verdict, seed)
        released = None
        if verdict.passed:
            progress(Stage.RELEASING, "")
            await self._queue.record_model_use(model, learnable)
            released = await release(self._registry, model, self.consented)
        return Lap(
            model=model,
            items=len(learnable),
            before=trained.before,
            after=trained.after,
            verdict=verdict,
            released=released,
            took_s=time.monotonic() - began,
        )

    async def _learnable_items(self) -> tuple[ReviewedItem, ...]:
        """What was reviewed, of accounts that consent now, as far as the domain knows it."""
        ontology = Ontology.read(self._trainer.project.domain)
        return tuple(
            [
                reviewed
                async for reviewed in self._queue.reviewed(with_audio=False)
                if _learnable(reviewed.review, ontology)
            ]
        )

    async def _train(
        self,
        serving: ServingModel,
        snapshot: Snapshot,
        directory: Path,
        seed: int,
        progress: LapProgress,
    ) -> _Trained:
        """Evaluates the model in service while the candidate is trained."""
        progress(Stage.TRAINING, "")
        before = asyncio.create_task(
            self._trainer.evaluate(
                serving.path, serving.fingerprint, workspace=directory, seed=seed
            )
        )
        try:
            archive = await self._trainer.train(
                snapshot,
                workspace=directory,
                seed=seed,
                progress=lambda component: progress(Stage.TRAINING, component),
            )
            progress(Stage.EVALUATING, "")
            fingerprint = await asyncio.to_thread(sha256_of, archive)
            after = await self._trainer.evaluate(
                archive, fingerprint, workspace=directory, seed=seed
            )
            return _Trained(
                archive=archive, fingerprint=fingerprint, before=await before, after=after
            )
        finally:
            before.cancel()
            await asyncio.gather(before, return_exceptions=True)

    async def _register(
        self,
        serving: ServingModel,
        snapshot: Snapshot,
        trained: _Trained,
        verdict: Verdict,
        seed: int,
    ) -> str:
        project = self._trainer.project
        manifest = Manifest(
            parent=serving.model,
            created_at_s=time.time(),
            archive_sha256=trained.fingerprint,
            base_data=project.base_fingerprint(),
            config=project.config_fingerprint(),
            rasa_version=rasa_version_of(trained.archive),
            seed=seed,
            items=snapshot.refs,
            evaluation=trained.after,
        )
        decision = Decision.CANDIDATE if verdict.passed else Decision.REFUSED
        decided = Decided(decision=decision, reasons=verdict.reasons)
        return await asyncio.to_thread(self._registry.register, trained.archive, manifest, decided)


def _learnable(review: Review, ontology: Ontology) -> bool:
    """False where the domain has moved on since the review, or the text cannot be written."""
    try:
        ontology.check_intent(review.intent)
        ontology.check_entities(review.entities)
        write(review.text, review.entities)
    except (InvalidArgument, AnnotationFault):
        return False
    return True


def _example(reviewed: ReviewedItem) -> GoldExample:
    return GoldExample(
        ref=ItemRef(item=reviewed.item, epoch=reviewed.epoch),
        text=reviewed.review.text,
        intent=reviewed.review.intent,
        entities=reviewed.review.entities,
    )
