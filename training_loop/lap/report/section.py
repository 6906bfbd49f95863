"""What the page says of one model."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from markupsafe import Markup

from training_loop.lap.outcome import LapOutcome, ModelOutcome
from training_loop.lap.report import plots, words
from training_loop.lap.report.formats import duration, percent, points, signed, size
from training_loop.lap.report.levels import Level, levels
from training_loop.lap.report.mistakes import Mistakes, mistakes
from training_loop.registry.live_signals import Signal
from training_loop.registry.trial_board import CANARY, DROPPED, SERVING, TrialState
from training_loop.training.confusion import ConfusionMatrix
from training_loop.training.evaluation import Evaluation, Score
from training_loop.training.gate import Measured
from training_loop.training.slices import SliceKind

_WORST = 10
_PRECISE_MS = 100.0
_NO_SCORE = Score(precision=0.0, recall=0.0, f1=0.0, support=0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """One number before and after, as it is read."""

    name: str
    before: str
    after: str
    change: str
    """In percentage points."""
    better: bool | None
    """None where nothing changed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Budget:
    name: str
    before: str
    after: str
    allowed: str
    kept: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class IntentRow:
    measured: Measured
    f1_before: float
    f1_after: float


@dataclass(frozen=True, slots=True, kw_only=True)
class LiveRow:
    """How often turns were bad, for the model in service and for the canary."""

    name: str
    serving: str
    candidate: str


class Section:
    """Reads one model's outcome; everything is computed once and from it alone."""

    def __init__(self, outcome: LapOutcome, model: ModelOutcome) -> None:
        self.model = model
        self.anchor = model.kind.value
        self.name = words.KINDS[model.kind]
        self.badge = words.RESULTS[model.result]
        self.sentence = words.sentence(model)
        self.comparison = words.comparison(model)
        self.reasons = words.reasons_of(model)
        self.doubts = model.verdict.doubts if model.verdict else ()
        self.measured = model.verdict.measured if model.verdict else ()
        self.learned_from = words.learned_from(model)
        self.withheld = words.withheld_by(model)
        self.data_set = outcome.data_set.name
        self.seed = outcome.seed
        self.hears = any(result.words for result in model.after)
        """Words are what it has right or wrong, not requests."""

    @cached_property
    def figures(self) -> tuple[Figure, ...]:
        return tuple(
            _figure(name, before, after) for name, (before, after) in self.model.figures.items()
        )

    @cached_property
    def levels(self) -> tuple[Level, ...]:
        return levels(self.model.before, self.model.after)

    @cached_property
    def level_plot(self) -> Markup | None:
        return plots.by_group(f"{self.anchor}-groups", self.levels).svg() if self.levels else None

    @cached_property
    def intents(self) -> tuple[IntentRow, ...]:
        before, after = self.model.evaluations()
        return tuple(
            IntentRow(
                measured=one,
                f1_before=_f1(before, one.part.name),
                f1_after=_f1(after, one.part.name),
            )
            for one in plots.by_change(intents_of(self.measured))
        )

    @cached_property
    def intent_plot(self) -> Markup | None:
        found = intents_of(self.measured)
        return plots.by_intent(f"{self.anchor}-intents", found).svg() if found else None

    @cached_property
    def mistakes(self) -> Mistakes | None:
        """None where the model only hears words."""
        return None if self.hears else mistakes(ConfusionMatrix.of(self.model.after))

    @cached_property
    def worst(self) -> tuple[tuple[str, str, int], ...]:
        return ConfusionMatrix.of(self.model.after).worst(_WORST)

    @cached_property
    def confusion_plot(self) -> Markup | None:
        if self.mistakes is None or not self.mistakes.total:
            return None
        return plots.confusion(f"{self.anchor}-confusion", self.mistakes).svg()

    @cached_property
    def curve_plot(self) -> Markup | None:
        curve = self.model.curve
        return plots.learning_curve(f"{self.anchor}-curve", curve).svg() if curve else None

    @cached_property
    def budgets(self) -> tuple[Budget, ...]:
        return tuple(_budgets(self.model))

    @property
    def trial(self) -> TrialState | None:
        return self.model.tried.last if self.model.tried else None

    @cached_property
    def live(self) -> tuple[LiveRow, ...]:
        """Empty where it answered nobody."""
        if self.trial is None or not self.trial.tally(CANARY).turns:
            return ()
        serving, candidate = self.trial.tally(SERVING), self.trial.tally(CANARY)
        return tuple(
            LiveRow(
                name=words.SIGNALS[signal],
                serving=_rate(serving.bad.get(signal, 0), serving.turns),
                candidate=_rate(candidate.bad.get(signal, 0), candidate.turns),
            )
            for signal in Signal
        )

    @property
    def turns(self) -> tuple[int, int]:
        """That the model in service and the canary answered."""
        if self.trial is None:
            return 0, 0
        return self.trial.tally(SERVING).turns, self.trial.tally(CANARY).turns

    @property
    def agreement(self) -> tuple[tuple[str, int, int], ...]:
        """Intent, agreed, compared: where the shadow agreed least, first."""
        found = self.trial.agreement if self.trial else {}
        rows = [(intent, agreed, compared) for intent, (agreed, compared) in found.items()]
        return tuple(sorted(rows, key=lambda row: (row[1] / max(1, row[2]), row[0])))[:_WORST]

    @property
    def unseen(self) -> int:
        """Requests that the shadow did not see."""
        return self.trial.counts.get(DROPPED, 0) if self.trial else 0

    @property
    def ending(self) -> str:
        """Why its trial ended early; empty where it did not."""
        ended = self.model.tried.course.ending if self.model.tried else None
        return words.ENDINGS[ended] if ended else ""

    @property
    def log(self) -> str:
        """Where in the state directory the log of its making is; empty without one."""
        log = self.model.log
        return "/".join(log.parts[-3:]) if log else ""

    @property
    def cost(self) -> str:
        cost = self.model.cost
        return f"{duration(cost.seconds)} on the clock, {duration(cost.cpu_s)} of processor time"


def intents_of(measured: Sequence[Measured]) -> tuple[Measured, ...]:
    return tuple(one for one in measured if one.part.kind is SliceKind.INTENT)


def p95_ms(model: ModelOutcome) -> tuple[float, float]:
    """What 95 % of requests take at most, before and after; 0 where nothing was measured."""
    before, after = (
        float(np.quantile([one.took_ms for one in results], 0.95)) if results else 0.0
        for results in (model.before, model.after)
    )
    return before, after


def _figure(name: str, before: float, after: float) -> Figure:
    gained = before - after if name in words.LESS_IS_BETTER else after - before
    return Figure(
        name=words.FIGURES[name],
        before=percent(before),
        after=percent(after),
        change=points(after - before),
        better=gained > 0 if signed(100 * gained) != "0.0" else None,
    )


def _f1(evaluation: Evaluation, intent: str) -> float:
    return evaluation.intents.get(intent, _NO_SCORE).f1


def _rate(bad: int, turns: int) -> str:
    return f"{percent(bad / turns)} ({bad})" if turns else "none"


def _budgets(model: ModelOutcome) -> Iterator[Budget]:
    verdict, rules = model.verdict, model.rules
    if verdict is None or not verdict.measured:
        return
    before, _ = p95_ms(model)
    allowed = [rules.latency_p95_ms] if rules else []
    if rules and rules.slower_by is not None:
        allowed.append(rules.slower_by * before)
    yield Budget(
        name="time, 95% of requests",
        before=_ms(before),
        after=_ms(verdict.latency_p95_ms),
        allowed=_ms(min(allowed)) if allowed else "not told",
        kept=all(verdict.latency_p95_ms <= one for one in allowed),
    )
    yield Budget(
        name="size",
        before="",
        after=size(verdict.size_bytes),
        allowed=size(rules.size_bytes) if rules else "not told",
        kept=rules is None or verdict.size_bytes <= rules.size_bytes,
    )


def _ms(took: float) -> str:
    return f"{took:.1f} ms" if took < _PRECISE_MS else f"{took:.0f} ms"
