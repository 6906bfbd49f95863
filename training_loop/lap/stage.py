"""Where a lap is, for whoever watches."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum

from training_loop.training.trainer import ModelKind
from training_loop.training.trainer_log import TrainerLog


class Stage(Enum):
    """In their order; each model goes through those after the first."""

    SNAPSHOT = "reading what was reviewed"
    PREPARING = "preparing"
    TRAINING = "training"
    EVALUATING = "asking the hold-out"
    CURVE = "learning from fewer clips"
    TRYING = "trying it on live traffic"
    RELEASING = "putting it into service"


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """Never anything that was said."""

    stage: Stage
    kind: ModelKind | None = None
    done: float | None = None
    """Of the stage, 0 to 1; None where nobody knows."""
    detail: str = ""


LapProgress = Callable[[Step], None]


def unwatched(_: Step) -> None:
    """For callers that do not watch."""


def logged(log: TrainerLog, progress: LapProgress) -> LapProgress:
    """Tells the log each stage as it begins, and `progress` every step."""
    stages: list[Stage] = []

    def told(step: Step) -> None:
        if stages[-1:] != [step.stage]:
            stages.append(step.stage)
            log.tell(f"stage: {step.stage.value}")
        progress(step)

    return told
