"""The port to whatever makes a model from a data set."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass, field
from enum import Enum
from pathlib import Path
from typing import Protocol

from training_loop.datasets.gold import GoldItem
from training_loop.datasets.item_ref import ItemRef
from training_loop.training.example_result import EntityCount as EntityCount
from training_loop.training.example_result import ExampleResult as ExampleResult


class ModelKind(Enum):
    """The value is a stable word for settings, files and reports."""

    NLU = "nlu"
    LANGUAGE_MODEL = "lm"
    THRESHOLDS = "thresholds"
    ACOUSTIC = "am"


@dataclass(frozen=True, slots=True, kw_only=True)
class TrainingProgress:
    """How far a training is. Never anything that was said."""

    stage: str
    """Stable words: "preparing", "training", "evaluating", "packaging"."""
    done: float | None = None
    """0 to 1; None where nobody knows."""
    detail: str = ""
    """The component or step of a trainer, for example "LinearUnderstanding"."""


Progress = Callable[[TrainingProgress], None]
"""Is told in the event loop and must not block."""


def untold(_: TrainingProgress) -> None:
    """A Progress for whoever does not want to know."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Prepared:
    """Training data as it lies in a workspace. Everything personal is in files below there."""

    kind: ModelKind
    workspace: Path
    seed: int
    items: tuple[ItemRef, ...]
    """What was really learned from, ordered: the lineage of the model."""
    data_sha256: str
    """Of everything the training reads: equal data and seed give the same model."""
    counts: Mapping[str, int] = field(default_factory=dict)
    """For reports, by stable word: "gold", "base", "noised", "left_out_contradicting" ..."""


class Trainer(Protocol):
    """One kind of model, from gold to a file that can be put into service.

    Everything personal stays in the `workspace` that is passed in (see `workspace.workspace`).
    When a call is cancelled, every process it started has ended before it returns. Raises
    TrainingLoopErrors; none of them quotes what was said.
    """

    @property
    def kind(self) -> ModelKind: ...

    async def prepare(
        self,
        items: AsyncIterator[GoldItem],
        workspace: Path,
        *,
        seed: int,
        progress: Progress = untold,
    ) -> Prepared:
        """Writes the training data. `items` are of the training split, read once and not kept.

        Raises NothingToLearn where they do not make a data set.
        """
        ...

    async def train(self, prepared: Prepared, *, progress: Progress = untold) -> Path:
        """Trains in a process of its own and returns the artefact in the workspace.

        Same data and seed, same weights. Raises TrainingFailed, TrainerKilled, DiskFull.
        """
        ...

    async def evaluate(
        self,
        artefact: Path,
        hold_out: AsyncIterator[GoldItem],
        *,
        workspace: Path,
        progress: Progress = untold,
    ) -> tuple[ExampleResult, ...]:
        """What a model, new or in service, makes of each held-out item, in their order."""
        ...

    async def package(
        self, artefact: Path, *, workspace: Path, progress: Progress = untold
    ) -> Path:
        """The file or directory that the registry takes in."""
        ...
