"""What a tracking server is told of one model of a lap: figures and stable words alone."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from training_loop.datasets.split import Split
from training_loop.lap.outcome import LapOutcome, ModelOutcome, Result
from training_loop.lap.report import plots
from training_loop.lap.report.levels import levels
from training_loop.lap.report.mistakes import mistakes
from training_loop.lap.report.section import intents_of, p95_ms
from training_loop.registry.tracking.run import Outcome, TrackedRun, is_page
from training_loop.training.confusion import ConfusionMatrix
from training_loop.training.evaluation import Evaluation, Score
from training_loop.training.gate import Measured, Verdict
from training_loop.training.trainer import ModelKind

_OUTCOMES: Mapping[Result, Outcome] = {
    Result.RELEASED: Outcome.FINISHED,
    Result.REFUSED: Outcome.FINISHED,
    Result.UNDECIDED: Outcome.FINISHED,
    Result.WITHDRAWN: Outcome.KILLED,
    Result.FAILED: Outcome.FAILED,
}
_UNPLAIN = re.compile(r"[^A-Za-z0-9_.-]", re.ASCII)
_PERSONAL = re.compile(r"^(?:acc|utt|dev)_")
_LONGEST = 100
_MOST_LABELS = 400
"""A run has at most so many metrics; more intents than that stand in evaluation.json alone."""


def tracked_run(outcome: LapOutcome, model: ModelOutcome, page: bytes = b"") -> TrackedRun:
    """Equal outcomes give equal runs, so one lap is recorded once. Blocking: draws plots.

    `page` is the lap's report, which goes with the run where it may be recorded.

    Nothing of a single held-out example is in it, and no sentence: reasons stand in the registry.
    """
    return TrackedRun(
        kind=model.kind.value,
        model=model.model,
        outcome=_OUTCOMES[model.result],
        began_at_s=outcome.began_at_s,
        ended_at_s=outcome.began_at_s + outcome.took_s,
        parameters=dict(_parameters(outcome, model)),
        metrics=dict(_metrics(outcome, model)),
        series=dict(_series(model)),
        artefacts=dict(_artefacts(model)) | ({"report.html": page} if is_page(page) else {}),
        key=_key(outcome, model),
    )


def _key(outcome: LapOutcome, model: ModelOutcome) -> str:
    named = f"{outcome.data_set.name} {outcome.began_at_s} {model.kind.value} {model.model}"
    return hashlib.sha256(named.encode()).hexdigest()[:32]


def _parameters(
    outcome: LapOutcome, model: ModelOutcome
) -> Iterator[tuple[str, str | int | float]]:
    report = outcome.data_set.report
    yield "result", model.result.value
    yield "seed", outcome.seed
    yield "data_set", outcome.data_set.name
    yield "hold_out_generation", outcome.data_set.hold_out.generation
    yield "parent", model.parent or "base"
    yield "items", model.items
    yield "accounts", report.accounts
    for split in Split:
        yield f"accounts_{split.value}", report.accounts_by_split.get(split.value, 0)
    for name, number in sorted(model.counts.items()):
        yield f"count_{label(name)}", number
    for name, number in sorted(report.left_out.items()):
        yield f"withheld_{label(name)}", number
    if model.failure is not None:
        yield "failure", label(model.failure.code)


def _metrics(outcome: LapOutcome, model: ModelOutcome) -> Iterator[tuple[str, float]]:
    yield "tombstones", outcome.tombstones
    yield "seconds", model.cost.seconds
    yield "cpu_s", model.cost.cpu_s
    for name, (before, after) in model.figures.items():
        yield f"before_{name}", before
        yield f"after_{name}", after
    if model.verdict is not None:
        yield "gate_passed", float(model.verdict.passed)
        yield "gate_reasons", len(model.verdict.reasons)
        yield "gate_doubts", len(model.verdict.doubts)
        yield "size_bytes", model.verdict.size_bytes
    if model.before and model.after:
        yield from zip(
            ("before_latency_p95_ms", "after_latency_p95_ms"), p95_ms(model), strict=True
        )
    if _knows_intents(model):
        for when, evaluation in zip(("before", "after"), model.evaluations(), strict=True):
            for intent, score in _most(evaluation.intents):
                yield f"{when}_f1/{label(intent)}", score.f1
    if model.tried and model.tried.last and model.tried.last.compared:
        yield "shadow_agreement", model.tried.last.agreed / model.tried.last.compared


def _series(model: ModelOutcome) -> Iterator[tuple[str, tuple[float, ...]]]:
    if model.curve:
        points = sorted(model.curve, key=lambda one: one.clips)
        yield "curve_clips", tuple(float(one.clips) for one in points)
        yield "curve_accuracy", tuple(one.accuracy for one in points)
        yield "curve_exact", tuple(one.exact for one in points)
        wrong = [one.word_error_rate for one in points if one.word_error_rate is not None]
        if wrong:
            yield "curve_word_error_rate", tuple(wrong)


def _artefacts(model: ModelOutcome) -> Iterator[tuple[str, bytes]]:
    if _knows_intents(model):
        before, after = model.evaluations()
        told = {"before": _evaluation(before), "after": _evaluation(after)}
        yield "evaluation.json", _json(told)
        matrix = ConfusionMatrix.of(model.after)
        labels = [label(one) for one in matrix.labels]
        yield "confusion.json", _json({"labels": labels, "rows": matrix.rows()})
        mistaken = mistakes(matrix)
        if mistaken.total:
            yield "confusion.png", plots.confusion("confusion", mistaken).png()
    if model.verdict is not None:
        yield "gate.json", _json(_gate(model.verdict))
        if intents := intents_of(model.verdict.measured):
            yield "by_intent.png", plots.by_intent("intents", intents).png()
    if found := levels(model.before, model.after):
        name = "word_error_rate" if found[0].errors else "groups"
        yield f"{name}.png", plots.by_group("groups", found).png()
    if model.curve:
        yield "learning_curve.png", plots.learning_curve("curve", model.curve).png()


def _knows_intents(model: ModelOutcome) -> bool:
    known = model.kind in (ModelKind.NLU, ModelKind.THRESHOLDS)
    return known and bool(model.before) and bool(model.after)


def _evaluation(evaluation: Evaluation) -> dict[str, Any]:
    written = evaluation.to_json()
    for part in ("intents", "entities"):
        written[part] = {label(name): of for name, of in written.get(part, {}).items()}
    return written


def _gate(verdict: Verdict) -> dict[str, Any]:
    return {
        "passed": verdict.passed,
        "latency_p95_ms": verdict.latency_p95_ms,
        "size_bytes": verdict.size_bytes,
        "measured": [_measured(one) for one in verdict.measured],
    }


def _measured(one: Measured) -> dict[str, Any]:
    return {
        "kind": one.part.kind.value,
        "name": label(one.part.name),
        "before": one.before,
        "after": one.after,
        "low": one.low,
        "high": one.high,
        "examples": one.examples,
        "speakers": one.speakers,
        "change": one.change.name.lower(),
    }


def label(name: str) -> str:
    """A name as a tracking server takes it; it stays empty where it is."""
    plain = _UNPLAIN.sub("_", name)[:_LONGEST]
    return f"_{plain}" if _PERSONAL.match(plain) else plain


def _most(scores: Mapping[str, Score]) -> Iterable[tuple[str, Score]]:
    """Of the intents that were tried most."""
    ranked = sorted(scores.items(), key=lambda one: (-one[1].support, one[0]))
    return sorted(ranked[:_MOST_LABELS])


def _json(value: Mapping[str, Any]) -> bytes:
    return json.dumps(value, indent=1, sort_keys=True).encode()
