"""The kinds of models as their ids say it."""

from __future__ import annotations

from types import MappingProxyType

from training_loop.registry.errors import ModelUnknown
from training_loop.training.trainer import ModelKind

BEGINNINGS = MappingProxyType(
    {
        ModelKind.NLU: "nlu-",
        ModelKind.LANGUAGE_MODEL: "lm-",
        ModelKind.THRESHOLDS: "th-",
        ModelKind.ACOUSTIC: "am-",
    }
)

ARTEFACTS = MappingProxyType(
    {
        ModelKind.NLU: "model.tar.gz",
        ModelKind.LANGUAGE_MODEL: "model",
        ModelKind.THRESHOLDS: "thresholds.json",
        ModelKind.ACOUSTIC: "model",
    }
)
"""What a model's file is called on the shelf; a Vosk model is a directory."""

_KINDS = {beginning: kind for kind, beginning in BEGINNINGS.items()}


def kind_of(model: str) -> ModelKind:
    """Raises ModelUnknown for an id of no kind."""
    beginning, dash, rest = model.partition("-")
    kind = _KINDS.get(beginning + dash)
    if kind is None or not rest.isalnum():
        raise ModelUnknown("There is no such model.")
    return kind
