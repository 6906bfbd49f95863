"""One lap of learning: snapshot, train, evaluate, judge, register, release."""

from __future__ import annotations

import asyncio
import secrets
import time
from collections import defaultdict
from collections.abc import AsyncIterator, Callable, Sequence, Set
from dataclasses import dataclass
from enum import Enum
from pathlib import Path

from training_loop.datasets.gold import GoldItem
from training_loop.datasets.hidden_words import filled
from training_loop.datasets.split import Split
from training_loop.errors import InvalidArgument
from training_loop.queue.queue import LearningQueue
from training_loop.queue.review import ReviewedItem
from training_loop.registry.manifest import Manifest
from training_loop.registry.registry import ModelRegistry, ServingModel
from training_loop.registry.release import Release, release
from training_loop.registry.shelf import Decided, Decision, rasa_version_of, sha256_of
from training_loop.review.annotation import AnnotationFault, write
from training_loop.review.ontology import Ontology
from training_loop.training.dataset import ItemRef
from training_loop.training.evaluation import Evaluation, evaluation_of
from training_loop.training.example_result import ExampleResult
from training_loop.training.gate import GateRules, Verdict, judge
from training_loop.training.nlu_trainer import NluTrainer, nothing
from training_loop.training.override import give_up_held
from training_loop.training.trainer import Prepared
from training_loop.training.workspace import alone, workspace

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
    prepared: Prepared
    before: tuple[ExampleResult, ...]
    after: tuple[ExampleResult, ...]


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

        Raises TooFewItems, TrainingUnderWay when another lap runs in this state directory, and what
        training, registering and releasing raise: ModelRefused when a consent ended meanwhile.
        """
        began = time.monotonic()
        with alone(self._work):
            progress(Stage.SNAPSHOT, "")
            serving = await self._registry.serving()
            learnable = await self._learnable_items()
            if len(learnable) < min_items:
                raise TooFewItems(f"{len(learnable)} reviewed items, {min_items} are wanted.")
            with workspace(self._work) as directory:
                trained = await self._train(serving, learnable, directory, seed, progress)
                size = trained.archive.stat().st_size
                verdict = await asyncio.to_thread(
                    judge, trained.after, trained.before, rules, size_bytes=size
                )
                model = await self._register(serving, trained, verdict, seed)
            released = None
            used = set(trained.prepared.items)
            await self._queue.record_model_use(
                model, [reviewed for reviewed, gold in learnable if gold.ref in used]
            )
            if verdict.passed:
                progress(Stage.RELEASING, "")
                released = await release(self._registry, model, self.consented)
        return Lap(
            model=model,
            items=len(trained.prepared.items),
            before=evaluation_of(trained.before),
            after=evaluation_of(trained.after),
            verdict=verdict,
            released=released,
            took_s=time.monotonic() - began,
        )

    async def _learnable_items(self) -> tuple[tuple[ReviewedItem, GoldItem], ...]:
        """What was reviewed, of accounts that consent now, as far as the domain knows it."""
        ontology = Ontology.read(self._trainer.project.domain)
        speakers: dict[str, str] = defaultdict(lambda: secrets.token_hex(8))
        found = []
        async for reviewed in self._queue.reviewed(with_audio=False):
            gold = _gold(reviewed, speakers[reviewed.account])
            if gold is not None and _learnable(gold, ontology):
                found.append((reviewed, gold))
        return tuple(found)

    async def _train(
        self,
        serving: ServingModel,
        learnable: Sequence[tuple[ReviewedItem, GoldItem]],
        directory: Path,
        seed: int,
        progress: LapProgress,
    ) -> _Trained:
        """Evaluates the model in service while the candidate is trained."""
        progress(Stage.TRAINING, "")
        trainer = self._trainer
        before = asyncio.create_task(trainer.evaluate(serving.path, nothing(), workspace=directory))
        try:
            prepared = await trainer.prepare(_each(learnable), directory, seed=seed)
            archive = await trainer.train(
                prepared, progress=lambda told: progress(Stage.TRAINING, told.detail)
            )
            progress(Stage.EVALUATING, "")
            after = await trainer.evaluate(archive, nothing(), workspace=directory)
            return _Trained(archive=archive, prepared=prepared, before=await before, after=after)
        finally:
            before.cancel()
            await asyncio.gather(before, return_exceptions=True)

    async def _register(
        self,
        serving: ServingModel,
        trained: _Trained,
        verdict: Verdict,
        seed: int,
    ) -> str:
        project = self._trainer.project
        manifest = Manifest(
            parent=serving.model,
            created_at_s=time.time(),
            archive_sha256=await asyncio.to_thread(sha256_of, trained.archive),
            base_data=project.base_fingerprint(),
            config=project.config_fingerprint(),
            rasa_version=rasa_version_of(trained.archive),
            seed=seed,
            items=trained.prepared.items,
            evaluation=evaluation_of(trained.after),
        )
        decision = Decision.CANDIDATE if verdict.passed else Decision.HELD
        decided = Decided(decision=decision, reasons=verdict.reasons)
        await asyncio.to_thread(give_up_held, self._registry, manifest.kind)
        return await asyncio.to_thread(self._registry.register, trained.archive, manifest, decided)


def _gold(reviewed: ReviewedItem, speaker: str) -> GoldItem | None:
    """None where words that reviewers were not shown cannot be put back for certain."""
    review, utterance = reviewed.review, reviewed.utterance
    content = filled(review.text, review.entities, utterance.heard)
    if content is None:
        return None
    return GoldItem(
        ref=ItemRef(item=reviewed.item, epoch=reviewed.epoch),
        split=Split.TRAIN,
        speaker=speaker,
        text=content.text,
        intent=review.intent,
        entities=content.entities,
        heard=utterance.heard,
    )


def _learnable(gold: GoldItem, ontology: Ontology) -> bool:
    """False where the domain has moved on since the review, or the text cannot be written."""
    try:
        ontology.check_intent(gold.intent)
        ontology.check_entities(gold.entities)
        write(gold.text, gold.entities)
    except (InvalidArgument, AnnotationFault):
        return False
    return True


async def _each(learnable: Sequence[tuple[ReviewedItem, GoldItem]]) -> AsyncIterator[GoldItem]:
    for _, gold in learnable:
        yield gold
