"""What a model was made of, written once and named by its own hash."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from training_loop.training.dataset import ItemRef
from training_loop.training.evaluation import Evaluation

VERSION = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Manifest:
    """The lineage of one model. It names no account: an item and its epoch are all it holds.

    `parent` is the model that served when this one was trained, empty for a base model.
    `base_data`, `config` and `archive_sha256` are SHA-256 in hexadecimal; `created_at_s` is Unix
    time. `items` are the reviewed utterances it learned from, none for a base model.
    """

    parent: str
    created_at_s: float
    archive_sha256: str
    base_data: str
    config: str
    rasa_version: str
    seed: int
    items: tuple[ItemRef, ...] = ()
    evaluation: Evaluation | None = None

    @property
    def model(self) -> str:
        """The model's id: the hash of this manifest, so that it cannot change unnoticed."""
        return f"nlu-{hashlib.sha256(self.to_bytes()).hexdigest()[:20]}"

    @property
    def fingerprint(self) -> str:
        """Of the archive, as the NLU worker reports it."""
        return self.archive_sha256

    def to_bytes(self) -> bytes:
        """Canonical JSON: equal manifests have equal bytes."""
        content = {
            "version": VERSION,
            "parent": self.parent,
            "created_at_s": self.created_at_s,
            "archive_sha256": self.archive_sha256,
            "base_data": self.base_data,
            "config": self.config,
            "rasa_version": self.rasa_version,
            "seed": self.seed,
            "items": [[ref.item, ref.epoch] for ref in self.items],
            "evaluation": self.evaluation.to_json() if self.evaluation else None,
        }
        return json.dumps(content, sort_keys=True, indent=1).encode()

    @staticmethod
    def from_bytes(written: bytes) -> Manifest:
        """Raises ValueError, KeyError or TypeError for bytes that are no manifest."""
        content: Mapping[str, Any] = json.loads(written)
        if content["version"] != VERSION:
            raise ValueError("unknown version of a manifest")
        evaluation = content["evaluation"]
        fields = {
            name: content[name]
            for name in (
                "parent",
                "created_at_s",
                "archive_sha256",
                "base_data",
                "config",
                "rasa_version",
                "seed",
            )
        }
        return Manifest(
            **fields,
            items=tuple(ItemRef(item=item, epoch=epoch) for item, epoch in content["items"]),
            evaluation=Evaluation.from_json(evaluation) if evaluation else None,
        )
