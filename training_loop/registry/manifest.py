"""What a model was made of, written once and named by its own hash."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from training_loop.datasets.item_ref import ItemRef
from training_loop.registry.kinds import BEGINNINGS
from training_loop.training.evaluation import Evaluation
from training_loop.training.trainer import ModelKind

VERSION = 2
FIRST_VERSION = 1
"""Of NLU models alone, without data sets and without a signature."""

_PLAIN = (
    *("parent", "created_at_s", "archive_sha256", "base_data", "config", "rasa_version", "seed"),
)
_SINCE_2 = ("engine", "data_sha256")


@dataclass(frozen=True, slots=True, kw_only=True)
class Manifest:
    """The lineage of one model. It names no account: an item and its epoch are all it holds.

    `parent` is the model of its kind that served when this one was trained, empty for a base
    model. `archive_sha256`, `base_data`, `config` and `data_sha256` are SHA-256 in hexadecimal or
    empty; `created_at_s` is Unix time. `items` are the reviewed utterances it learned from, none
    for a base model.
    """

    kind: ModelKind = ModelKind.NLU
    parent: str
    created_at_s: float
    archive_sha256: str
    """Of the artefact, see `artefact.sha256_of`."""
    base_data: str
    config: str
    rasa_version: str = ""
    """Of an NLU model."""
    engine: str = ""
    """What the model is for and made with, for example "vosk 0.3.45"."""
    seed: int
    data_sets: tuple[str, ...] = ()
    """Names of the data sets that the items are from."""
    data_sha256: str = ""
    """Of everything the training read: equal data and seed give the same model."""
    items: tuple[ItemRef, ...] = ()
    evaluation: Evaluation | None = None
    figures: Mapping[str, float] = field(default_factory=dict)
    """Further results by stable word, for example "word_error_rate"."""
    version: int = VERSION
    """Of the format that it is written in: the id stays what it was."""

    @property
    def model(self) -> str:
        """The model's id: the hash of this manifest, so that it cannot change unnoticed."""
        return BEGINNINGS[self.kind] + hashlib.sha256(self.to_bytes()).hexdigest()[:20]

    @property
    def fingerprint(self) -> str:
        """Of the artefact, as whoever has it loaded reports it."""
        return self.archive_sha256

    @property
    def results(self) -> Mapping[str, float]:
        """How good it was found to be, by stable word."""
        found = dict(self.figures)
        if self.evaluation:
            found["intent_accuracy"] = self.evaluation.intent_accuracy
            if self.evaluation.entity_f1 is not None:
                found["entity_f1"] = self.evaluation.entity_f1
        return found

    def to_bytes(self) -> bytes:
        """Canonical JSON: equal manifests have equal bytes."""
        content: dict[str, Any] = {name: getattr(self, name) for name in _PLAIN}
        content |= {
            "version": self.version,
            "items": [[ref.item, ref.epoch] for ref in self.items],
            "evaluation": self.evaluation.to_json() if self.evaluation else None,
        }
        if self.version == FIRST_VERSION:
            return json.dumps(content, sort_keys=True, indent=1).encode()
        content |= {name: getattr(self, name) for name in _SINCE_2}
        content |= {
            "kind": self.kind.value,
            "data_sets": list(self.data_sets),
            "figures": dict(self.figures),
        }
        return json.dumps(content, sort_keys=True, separators=(",", ":")).encode()

    @staticmethod
    def from_bytes(written: bytes) -> Manifest:
        """Raises ValueError, KeyError or TypeError for bytes that are no manifest."""
        content: Mapping[str, Any] = json.loads(written)
        version = content["version"]
        if version not in (FIRST_VERSION, VERSION):
            raise ValueError("unknown version of a manifest")
        fields = {name: content[name] for name in _PLAIN}
        if version == VERSION:
            fields |= {name: content[name] for name in _SINCE_2}
            fields |= {
                "kind": ModelKind(content["kind"]),
                "data_sets": tuple(map(str, content["data_sets"])),
                "figures": {str(name): float(of) for name, of in content["figures"].items()},
            }
        evaluation = content["evaluation"]
        return Manifest(
            **fields,
            version=version,
            items=tuple(ItemRef(item=item, epoch=epoch) for item, epoch in content["items"]),
            evaluation=Evaluation.from_json(evaluation) if evaluation else None,
        )
