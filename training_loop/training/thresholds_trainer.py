"""Chooses the assistant's thresholds from what reviewers found about how it did."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from hashlib import sha256
from json import dumps, loads
from pathlib import Path
from typing import Any

from training_loop.datasets.gold import GoldItem
from training_loop.datasets.item_ref import ItemRef
from training_loop.training.alignment import differences
from training_loop.training.disk import full_disk_explained
from training_loop.training.engine import LOCAL_ENGINE, Engine
from training_loop.training.errors import NothingToLearn
from training_loop.training.example_result import ExampleResult
from training_loop.training.nlu_trainer import HEARD, NluTrainer
from training_loop.training.thresholds import Costs, NluThresholds, Thresholds
from training_loop.training.thresholds_fit import KINDS, counted
from training_loop.training.trainer import ModelKind, Prepared, Progress, TrainingProgress, untold
from training_loop.training.trainer_process import run_work

Numbers = list[float | bool]
"""One outcome."""

_OUTCOMES = "outcomes.json"
_NOW = "now.json"
_PACKAGE = "thresholds.json"


@dataclass(frozen=True, slots=True, kw_only=True)
class NluInService:
    """The archive whose confidences are believed or not, and its fingerprint."""

    archive: Path
    fingerprint: str


@dataclass(frozen=True, slots=True, kw_only=True)
class WakeOutcome:
    """The score of one wake-up, and whether the word was really said."""

    score: float
    said: bool


class ThresholdsTrainer:
    """A Trainer: confidence and fallback of the NLU in service, silence at the end, wake score.

    Only numbers reach the training itself: scores, pauses, and whether something was right. Items
    tell of wake words that were said; `wake` are further outcomes, see `wake_outcomes`.
    """

    kind = ModelKind.THRESHOLDS

    def __init__(
        self,
        *,
        nlu: NluTrainer,
        model: NluInService,
        now: Thresholds | None = None,
        costs: Costs | None = None,
        wake: Sequence[WakeOutcome] = (),
        engine: Engine = LOCAL_ENGINE,
    ) -> None:
        """`now` is what is in service; what cannot be chosen stays as it is there."""
        self._nlu = nlu
        self._model = model
        self._engine = engine
        self._costs = costs or Costs()
        self._now = now or defaults(self._model.fingerprint, self._costs)
        self._wake = tuple(wake)

    async def prepare(
        self,
        items: AsyncIterator[GoldItem],
        workspace: Path,
        *,
        seed: int,
        progress: Progress = untold,
    ) -> Prepared:
        """As `Trainer.prepare`; asks the NLU in service about what was heard in each item."""
        gold = [item async for item in items]
        if not gold:
            raise NothingToLearn("There is no reviewed outcome to choose thresholds from.")
        progress(TrainingProgress(stage="preparing"))
        results = await self._nlu.evaluate(
            self._model.archive, _each(gold), workspace=workspace, progress=progress
        )
        outcomes: Mapping[str, Any] = {
            "nlu": self._understood(_as_heard(results)),
            "endpoint": _by_account((one.speaker, _pause(one)) for one in gold if one.words[1:]),
            "wake": _by_account((*_meant(gold), *_nobodys(self._wake))),
            "nlu_model": self._model.fingerprint,
            "costs": asdict(self._costs),
        }
        written = dumps(outcomes).encode()
        with full_disk_explained():
            await asyncio.to_thread((workspace / _OUTCOMES).write_bytes, written)
            self._now.write(workspace / _NOW)
        return Prepared(
            kind=self.kind,
            workspace=workspace,
            seed=seed,
            items=_refs(gold),
            data_sha256=sha256(written + (workspace / _NOW).read_bytes()).hexdigest(),
            counts={kind: counted(outcomes[kind]) for kind in KINDS},
        )

    def _understood(self, results: Sequence[ExampleResult]) -> list[list[Numbers]]:
        """By account: confidence, whether the likeliest intent was right, whether it is acted upon
        as things are now."""
        applies = self._now.nlu_model == self._model.fingerprint
        decided = (_decided(one, self._now.nlu if applies else None) for one in results)
        return _by_account(
            (one.speaker, [one.confidence, one.best == one.intent, bool(now.given)])
            for one, now in zip(results, decided, strict=True)
        )

    async def train(self, prepared: Prepared, *, progress: Progress = untold) -> Path:
        """As `Trainer.train`."""
        package = prepared.workspace / _PACKAGE
        outcomes = loads(await asyncio.to_thread((prepared.workspace / _OUTCOMES).read_bytes))
        await run_work(
            "training_loop.training.thresholds_fit:fit",
            {**outcomes, "now": str(prepared.workspace / _NOW), "package": str(package)},
            workspace=prepared.workspace,
            seed=prepared.seed,
            progress=progress,
            engine=self._engine,
        )
        return package

    async def evaluate(
        self,
        artefact: Path,
        hold_out: AsyncIterator[GoldItem],
        *,
        workspace: Path,
        progress: Progress = untold,
    ) -> tuple[ExampleResult, ...]:
        """As `Trainer.evaluate`. Right is a request that was done and understood, and one that was
        asked back where it was misunderstood."""
        package = await asyncio.to_thread(Thresholds.read, artefact)
        results = await self._nlu.evaluate(
            self._model.archive, hold_out, workspace=workspace, progress=progress
        )
        applies = package.nlu_model == self._model.fingerprint
        return tuple(_decided(result, package.nlu if applies else None) for result in results)

    async def package(
        self, artefact: Path, *, workspace: Path, progress: Progress = untold
    ) -> Path:
        """The package is what was trained."""
        return artefact


def defaults(nlu_model: str, costs: Costs | None = None) -> Thresholds:
    """What an assistant does without any package."""
    return Thresholds(
        nlu_model=nlu_model,
        nlu=NluThresholds(),
        trailing_silence_ms=700,
        wake_accept_from=0.7,
        outcomes={},
        costs=asdict(costs or Costs()),
    )


def _decided(result: ExampleResult, thresholds: NluThresholds | None) -> ExampleResult:
    """By the NLU itself where there are no thresholds."""
    given, sure = result.given, result.confidence
    if thresholds is not None:
        sure = thresholds.calibrated(result.confidence)
        given = result.best if sure >= thresholds.fallback else ""
    understood = result.best == result.intent
    return replace(result, given=given, confidence=sure, right=bool(given) == understood)


def _by_account(outcomes: Iterable[tuple[str, Numbers]]) -> list[list[Numbers]]:
    """In an order that depends on the outcomes alone: speakers have other names in each read."""
    found: dict[str, list[Numbers]] = defaultdict(list)
    for speaker, outcome in outcomes:
        found[speaker].append(outcome)
    return sorted(sorted(own) for own in found.values())


def _meant(gold: Sequence[GoldItem]) -> Iterator[tuple[str, Numbers]]:
    """Reviewers set aside what nobody said to the assistant: the rest was meant."""
    for item in gold:
        if item.wake_score is not None:
            yield item.speaker, [item.wake_score, True]


def _nobodys(wake: Sequence[WakeOutcome]) -> Iterator[tuple[str, Numbers]]:
    """Each on its own: no account is known of them."""
    for number, one in enumerate(wake):
        yield f"wake {number}", [one.score, one.said]


def _as_heard(results: Sequence[ExampleResult]) -> list[ExampleResult]:
    """Items in the words that were heard; the project's own examples were never heard."""
    by_item: dict[str, ExampleResult] = {}
    for result in results:
        if not result.example.startswith("base-"):
            by_item[result.example.removesuffix(HEARD)] = result
    return list(by_item.values())


def _pause(item: GoldItem) -> Numbers:
    """The longest pause between words, and whether words are missing at the end."""
    longest = max(
        max(0, after.start_ms - before.end_ms)
        for before, after in zip(item.words, item.words[1:], strict=False)
    )
    said = item.text.lower().split()
    found = differences(said, item.heard.lower().split())
    cut = bool(found) and found[-1].end == len(said) and not found[-1].heard
    return [float(longest), cut]


def _refs(gold: Sequence[GoldItem]) -> tuple[ItemRef, ...]:
    return tuple(sorted(item.ref for item in gold))


async def _each(gold: Sequence[GoldItem]) -> AsyncIterator[GoldItem]:
    for item in gold:
        yield item
