"""What a sweep found, as it is kept: settings and figures, nothing that anybody said."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from training_loop.durable_files import write_atomically
from training_loop.errors import InvalidArgument
from training_loop.training.sweep.space import Settings, checked
from training_loop.training.sweep.trial import Figures, Trial
from training_loop.training.trainer import ModelKind


@dataclass(frozen=True, slots=True, kw_only=True)
class Tried:
    trial: Trial
    figures: Figures


@dataclass(frozen=True, slots=True, kw_only=True)
class SweepResult:
    """`tried` best first."""

    kind: ModelKind
    data_set: str
    tried: tuple[Tried, ...]

    @property
    def best(self) -> Settings:
        """Empty where nothing was better than what the trainer does by itself."""
        return self.tried[0].trial.settings

    @property
    def worked(self) -> bool:
        return not self.tried[0].figures.failed

    async def write(self, path: Path) -> None:
        """Makes the directory. Raises OSError."""
        content = {
            "kind": self.kind.value,
            "data_set": self.data_set,
            "settings": dict(self.best),
            "trials": [
                {
                    "settings": dict(one.trial.settings),
                    "seed": one.trial.seed,
                    **asdict(one.figures),
                }
                for one in self.tried
            ],
        }
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        await asyncio.to_thread(write_atomically, path, json.dumps(content, indent=1).encode())


def ranked(kind: ModelKind, data_set: str, tried: Sequence[Tried]) -> SweepResult:
    """Of equals the first that was drawn: what the trainer does by itself has to be beaten."""
    ordered = sorted(tried, key=lambda one: (-one.figures.score, one.trial.number))
    ordered.sort(key=lambda one: bool(one.figures.failed))
    return SweepResult(kind=kind, data_set=data_set, tried=tuple(ordered))


def kept_settings(path: Path) -> tuple[ModelKind, Settings]:
    """Of which kind of model, and the best settings, of a sweep that was kept. Raises
    InvalidArgument where the file is none."""
    try:
        content = json.loads(path.read_bytes())
        kind, settings = ModelKind(content["kind"]), dict(content["settings"])
    except (OSError, ValueError, KeyError, TypeError) as fault:
        raise InvalidArgument("The file of a sweep cannot be read.") from fault
    return kind, checked(kind, settings)
