"""The reviewed utterances a model learns from, and how they are written for Rasa."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from training_loop.datasets.item_ref import ItemRef as ItemRef
from training_loop.errors import InvalidArgument
from training_loop.review.annotation import write
from training_loop.utterance import NamedEntity

MAX_REPEATS = 6
"""How often one reviewed utterance is repeated at most."""

GOLD_SHARE = 0.5
"""Reviewed utterances of an intent weigh at most this part of its base examples by repetition."""


@dataclass(frozen=True, slots=True, kw_only=True)
class GoldExample:
    """What was truly said and meant, by a reviewer."""

    ref: ItemRef
    text: str = field(repr=False)
    intent: str = field(repr=False)
    entities: tuple[NamedEntity, ...] = field(default=(), repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Snapshot:
    """The reviewed utterances that may be learned from at one moment, ordered by item."""

    examples: tuple[GoldExample, ...] = ()

    @property
    def refs(self) -> tuple[ItemRef, ...]:
        return tuple(example.ref for example in self.examples)

    @staticmethod
    def of(examples: Iterable[GoldExample]) -> Snapshot:
        return Snapshot(examples=tuple(sorted(examples, key=lambda example: example.ref)))


def repeats(base: Mapping[str, int], gold: Mapping[str, int]) -> dict[str, int]:
    """How often each reviewed utterance of an intent stands in the training data.

    A handful of reviewed utterances beside dozens of base examples would hardly count; repeating
    them without bound would let one person decide what an intent is.
    """
    return {
        intent: max(1, min(MAX_REPEATS, int(base.get(intent, 0) * GOLD_SHARE) // number))
        for intent, number in gold.items()
        if number
    }


def write_training_file(snapshot: Snapshot, base: Mapping[str, int], path: Path) -> None:
    """Writes the snapshot as Rasa NLU YAML, repeated as `repeats` says.

    Rasa drops examples that are equal, so each copy carries its number as metadata.
    """
    times = repeats(base, Counter(example.intent for example in snapshot.examples))
    by_intent: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for number, example in enumerate(snapshot.examples):
        marked = write(example.text, example.entities)
        for copy in range(times[example.intent]):
            entry = {"text": marked, "metadata": {"gold": number, "copy": copy}}
            by_intent[example.intent].append(entry)
    nlu = [{"intent": intent, "examples": rows} for intent, rows in sorted(by_intent.items())]
    content = yaml.safe_dump(
        {"version": "3.1", "nlu": nlu}, allow_unicode=True, sort_keys=False, width=10_000
    )
    path.touch(mode=0o600)
    path.write_text(content)


TUNED = "LinearUnderstanding"
"""The component of ours that settings are for."""


def write_config(
    config: Path, seed: int, path: Path, settings: Mapping[str, float] | None = None
) -> None:
    """Copies a Rasa configuration with every random state in its pipeline set to `seed`, and with
    other settings of `TUNED`. Raises InvalidArgument where the pipeline has no such component."""
    content = yaml.safe_load(config.read_text())
    tuned = 0
    for component in content.get("pipeline") or ():
        for name in ("random_state", "random_seed"):
            if name in component:
                component[name] = seed
        if str(component.get("name")).rpartition(".")[2] == TUNED:
            component.update(settings or {})
            tuned += 1
    if settings and not tuned:
        raise InvalidArgument(f"The project's pipeline has no {TUNED} to set.")
    path.write_text(yaml.safe_dump(content, sort_keys=False))
