"""How well a model does on the held-out split, read from Rasa's JSON reports."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from training_loop.errors import TrainingLoopError

_INTENT_REPORT = "intent_report.json"
_SUMMARIES = frozenset({"accuracy", "micro avg", "macro avg", "weighted avg"})


class ReportMissing(TrainingLoopError):
    code = "EVALUATION_FAILED"
    hint = "Check the held-out split with `rasa data validate`, then train again."


@dataclass(frozen=True, slots=True, kw_only=True)
class Score:
    """Precision, recall and F1 from 0 to 1 over `support` held-out examples or tokens."""

    precision: float
    recall: float
    f1: float
    support: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Evaluation:
    """One model on one held-out split.

    `hold_out` is the split's fingerprint: evaluations compare only where it is the same.
    `entity_f1` is over all entities and None where the split or the model has none.
    """

    hold_out: str
    examples: int
    intent_accuracy: float
    entity_f1: float | None
    intents: Mapping[str, Score]

    def to_json(self) -> dict[str, Any]:
        return asdict(self)

    @staticmethod
    def from_json(value: Mapping[str, Any]) -> Evaluation:
        intents = {name: Score(**score) for name, score in value["intents"].items()}
        return Evaluation(**{**value, "intents": intents})


def read_reports(directory: Path, hold_out: str) -> Evaluation:
    """Reads what `rasa test nlu` left. Raises ReportMissing when there is no intent report."""
    try:
        report = json.loads((directory / _INTENT_REPORT).read_text())
    except (OSError, ValueError) as fault:
        raise ReportMissing("Rasa's evaluation left no intent report.") from fault
    intents = {name: _score(row) for name, row in report.items() if name not in _SUMMARIES}
    examples = sum(score.support for score in intents.values())
    return Evaluation(
        hold_out=hold_out,
        examples=examples,
        intent_accuracy=_accuracy(intents, examples),
        entity_f1=_entity_f1(directory),
        intents={name: score for name, score in sorted(intents.items()) if score.support},
    )


def _score(row: Mapping[str, Any]) -> Score:
    return Score(
        precision=float(row["precision"]),
        recall=float(row["recall"]),
        f1=float(row["f1-score"]),
        support=int(row["support"]),
    )


def _accuracy(intents: Mapping[str, Score], examples: int) -> float:
    """Each example has one intent, so the recalls weighted by support are the accuracy.

    Rasa's own field is left out when a label is predicted that the split does not hold.
    """
    right = sum(score.recall * score.support for score in intents.values())
    return right / examples if examples else 0.0


def _entity_f1(directory: Path) -> float | None:
    """The best extractor's micro average: the others repeat or complete a part of it."""
    averages = []
    for path in directory.glob("*_report.json"):
        if path.name != _INTENT_REPORT:
            average = json.loads(path.read_text()).get("micro avg", {})
            if average.get("support"):
                averages.append(float(average["f1-score"]))
    return max(averages, default=None)
