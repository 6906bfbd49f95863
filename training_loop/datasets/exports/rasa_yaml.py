"""Rasa 3.x training data: `data/nlu.yml`, `test/test_nlu.yml` and a domain of what is in them.

Source of the form: Rasa 3.x, "Training Data Format" and "Domain".
"""

from __future__ import annotations

from collections import defaultdict
from pathlib import Path
from typing import Any

import yaml

from training_loop.datasets.exports.row import Row
from training_loop.datasets.split import Split
from training_loop.review.annotation import write

_FILES = {
    Split.TRAIN: Path("data/nlu.yml"),
    Split.TEST: Path("test/test_nlu.yml"),
    Split.HOLD_OUT: Path("test/hold_out_nlu.yml"),
}


class RasaYaml:
    """Each example carries its item as metadata, for tombstones. Text alone, held in memory."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._examples: dict[Split, dict[str, list[dict[str, Any]]]] = defaultdict(
            lambda: defaultdict(list)
        )
        self._entities: dict[str, set[str]] = defaultdict(set)

    def add(self, row: Row) -> None:
        example = {"text": write(row.text, row.entities), "metadata": {"item": row.item}}
        self._examples[row.split][row.intent].append(example)
        for entity in row.entities:
            self._entities[entity.name] |= {entity.role} if entity.role else set()

    def close(self) -> None:
        for split, by_intent in self._examples.items():
            nlu = [{"intent": name, "examples": rows} for name, rows in sorted(by_intent.items())]
            self._dump(_FILES[split], {"version": "3.1", "nlu": nlu})
        intents = {intent for by_intent in self._examples.values() for intent in by_intent}
        entities: list[object] = [
            {name: {"roles": sorted(roles)}} if roles else name
            for name, roles in sorted(self._entities.items())
        ]
        domain = {"version": "3.1", "intents": sorted(intents), "entities": entities}
        self._dump(Path("domain.yml"), domain)

    def _dump(self, path: Path, content: object) -> None:
        target = self._directory / path
        target.parent.mkdir(exist_ok=True)
        with target.open("w", encoding="utf-8") as file:
            yaml.safe_dump(content, file, allow_unicode=True, sort_keys=False, width=10_000)
