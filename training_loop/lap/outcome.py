"""What came of a lap: figures and stable words, nothing that anybody said."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from pathlib import Path

from training_loop.datasets.manifest import DatasetManifest
from training_loop.errors import TrainingLoopError
from training_loop.registry.release import Release
from training_loop.registry.replacements import DueReplacement
from training_loop.registry.trying import Tried
from training_loop.training.evaluation import Evaluation, evaluation_of
from training_loop.training.example_result import ExampleResult
from training_loop.training.gate import GateRules, Verdict
from training_loop.training.trainer import ModelKind


class Result(Enum):
    RELEASED = "released"
    REFUSED = "refused"
    """By the gate, or in its trial on live traffic."""
    WITHDRAWN = "withdrawn"
    """A consent ended while it was trained: it is never released."""
    UNDECIDED = "undecided"
    """Its trial ended without a verdict: it stays a candidate."""
    FAILED = "failed"
    """No model came of it; the one in service goes on."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cost:
    """Of making and judging one model."""

    seconds: float = 0.0
    """On the clock."""
    cpu_s: float = 0.0
    """Of all processes that worked on it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CurvePoint:
    """How good a model of so many clips is on the hold-out."""

    clips: int
    accuracy: float
    """Of intents, 0 to 1."""
    exact: float
    """Requests with the intent and every entity right, 0 to 1."""
    word_error_rate: float | None = None
    """None where the model recognises no words; where it does, the others count whole clips."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelOutcome:
    """One model of a lap. `before` is the model in service, both on the same hold-out."""

    kind: ModelKind
    result: Result
    model: str = ""
    """Its id; empty when none came of it."""
    parent: str = ""
    items: int = 0
    """Reviewed utterances that it learned from."""
    counts: Mapping[str, int] = field(default_factory=dict)
    """See `Prepared.counts`."""
    before: tuple[ExampleResult, ...] = ()
    after: tuple[ExampleResult, ...] = ()
    verdict: Verdict | None = None
    reasons: tuple[str, ...] = ()
    """Why it does not serve, in words."""
    failure: TrainingLoopError | None = None
    released: Release | None = None
    tried: Tried | None = None
    curve: tuple[CurvePoint, ...] = ()
    cost: Cost = Cost()
    log: Path | None = None
    """What happened while it was made; None where that could not be written down."""
    rules: GateRules | None = None
    """That the gate judged by: its budgets are shown beside what was measured."""

    @property
    def passed(self) -> bool:
        return self.result is Result.RELEASED

    @property
    def figures(self) -> Mapping[str, tuple[float, float]]:
        """Before and after, 0 to 1, by stable word; empty when nothing was compared."""
        if not self.before or not self.after:
            return {}
        if any(result.words for result in self.after):
            return {"word_error_rate": (word_error_rate(self.before), word_error_rate(self.after))}
        before, after = evaluation_of(self.before), evaluation_of(self.after)
        found = {"intent_accuracy": (before.intent_accuracy, after.intent_accuracy)}
        if before.entity_f1 is not None and after.entity_f1 is not None:
            found["entity_f1"] = (before.entity_f1, after.entity_f1)
        found["whole_command"] = (exact_share(self.before), exact_share(self.after))
        return found

    def evaluations(self) -> tuple[Evaluation, Evaluation]:
        return evaluation_of(self.before), evaluation_of(self.after)


@dataclass(frozen=True, slots=True, kw_only=True)
class LapOutcome:
    """Times are Unix times."""

    began_at_s: float
    took_s: float
    seed: int
    data_set: DatasetManifest
    tombstones: int
    """Items of the data set that nobody may read any more at the end of the lap."""
    models: tuple[ModelOutcome, ...]
    due: tuple[DueReplacement, ...] = ()
    """Models in service that learned from something withdrawn and are still to be replaced."""
    overdue_deletions: int = 0
    """That recipients of exports should have confirmed by the end of the lap."""
    report: Path | None = None

    @property
    def passed(self) -> bool:
        """Whether every model of the lap serves now."""
        return all(model.passed for model in self.models)

    def of(self, kind: ModelKind) -> ModelOutcome | None:
        return next((model for model in self.models if model.kind is kind), None)


def word_error_rate(results: tuple[ExampleResult, ...]) -> float:
    """Word errors of all words that were said."""
    return sum(one.word_errors for one in results) / max(1, sum(one.words for one in results))


def exact_share(results: tuple[ExampleResult, ...]) -> float:
    """Requests that would have been carried out as they were meant, 0 to 1."""
    return sum(one.exact for one in results) / max(1, len(results))
