"""What was learned from the utterances of an account, as its holder sees it."""

from __future__ import annotations

from dataclasses import dataclass

from training_loop.registry.registry import ModelState


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelUse:
    """A model that learned from utterances of an account."""

    model: str
    kind: str
    """"nlu"."""
    created_at_s: float
    state: ModelState
    in_use: bool
    replaced_by_s: float | None = None
    """Of a tainted one in use, as the auditor has it."""
    utterances: int
    """Of those that are still kept; of the others nobody knows any more."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DataSetUse:
    """A data set with utterances of an account."""

    data_set: str
    created_at_s: float
    expires_at_s: float
    utterances: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Uses:
    """Each newest first, at most 200."""

    models: tuple[ModelUse, ...]
    data_sets: tuple[DataSetUse, ...]
