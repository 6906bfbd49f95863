"""How well a model does on the hold-out: scores of intents and entities from its results."""

from __future__ import annotations

import hashlib
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from training_loop.training.example_result import EntityCount, ExampleResult


@dataclass(frozen=True, slots=True, kw_only=True)
class Score:
    """Precision, recall and F1 from 0 to 1 over `support` held-out examples or entities."""

    precision: float
    recall: float
    f1: float
    support: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Evaluation:
    """One model on one hold-out.

    `hold_out` is its fingerprint: evaluations compare only where it is the same. `entity_f1` is
    over all entities, whole spans with name and role, and None where there are none.
    """

    hold_out: str
    examples: int
    intent_accuracy: float
    entity_f1: float | None
    intents: Mapping[str, Score]
    entities: Mapping[str, Score] = field(default_factory=dict)

    def to_json(self) -> dict[str, Any]:
        """Without entities as they were written before there were any, so that the hashes of
        manifests stay what they are."""
        written = asdict(self)
        if not self.entities:
            del written["entities"]
        return written

    @staticmethod
    def from_json(value: Mapping[str, Any]) -> Evaluation:
        scores = {
            part: {name: Score(**score) for name, score in value.get(part, {}).items()}
            for part in ("intents", "entities")
        }
        return Evaluation(**{**value, **scores})


def evaluation_of(results: Sequence[ExampleResult]) -> Evaluation:
    """Of the results of a model that understands on a hold-out, in whatever order."""
    entities: dict[str, EntityCount] = defaultdict(EntityCount)
    for result in results:
        for name, count in result.entities.items():
            entities[name] += count
    whole = sum(entities.values(), EntityCount())
    return Evaluation(
        hold_out=hold_out_fingerprint(results),
        examples=len(results),
        intent_accuracy=sum(result.right for result in results) / max(1, len(results)),
        entity_f1=whole.f1 if whole.right or whole.wrong or whole.missed else None,
        intents=_intents(results),
        entities={name: _score(count) for name, count in sorted(entities.items())},
    )


def hold_out_fingerprint(results: Iterable[ExampleResult]) -> str:
    """SHA-256 over the names of the examples and what was meant in each; hexadecimal."""
    found = hashlib.sha256()
    for line in sorted(f"{result.example} {result.intent}" for result in results):
        found.update(f"{line}\n".encode())
    return found.hexdigest()


def _intents(results: Sequence[ExampleResult]) -> dict[str, Score]:
    meant = Counter(result.intent for result in results if result.intent)
    given = Counter(result.given for result in results)
    right = Counter(result.intent for result in results if result.right)
    return {
        intent: _score(
            EntityCount(
                right=right[intent],
                wrong=given[intent] - right[intent],
                missed=support - right[intent],
            )
        )
        for intent, support in sorted(meant.items())
    }


def _score(count: EntityCount) -> Score:
    given, support = count.right + count.wrong, count.right + count.missed
    return Score(
        precision=count.right / given if given else 0.0,
        recall=count.right / support if support else 0.0,
        f1=count.f1,
        support=support,
    )
