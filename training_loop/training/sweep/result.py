"""What a sweep found, as it is kept: settings and figures, nothing that anybody said."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from training_loop.durable_files import write_atomically
from training_loop.errors import InvalidArgument
from training_loop.training.sweep.honest import HonestScore, honest
from training_loop.training.sweep.space import Settings, checked
from training_loop.training.sweep.trial import Figures, Trial
from training_loop.training.trainer import ModelKind


@dataclass(frozen=True, slots=True, kw_only=True)
class Tried:
    trial: Trial
    figures: Figures


@dataclass(frozen=True, slots=True, kw_only=True)
class SweepResult:
    """`tried` best first, by what each scored on the test split: of many, the best flatters itself.
    `honest` is what choosing so is worth to accounts that did not choose; None where nobody can
    tell."""

    kind: ModelKind
    data_set: str
    tried: tuple[Tried, ...]
    honest: HonestScore | None = None

    @property
    def best(self) -> Settings:
        """Empty, which is what the trainer does by itself, where nothing was better on the test
        split, or choosing is worth nothing to others."""
        if self.honest is not None and self.honest.gain <= 0:
            return {}
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
            "honest": None if self.honest is None else asdict(self.honest),
            "trials": [
                {
                    "settings": dict(one.trial.settings),
                    "seed": one.trial.seed,
                    **_whole(one.figures),
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
    as_drawn = sorted(tried, key=lambda one: one.trial.number)
    worth = honest([one.figures for one in as_drawn])
    return SweepResult(kind=kind, data_set=data_set, tried=tuple(ordered), honest=worth)


def _whole(figures: Figures) -> dict[str, Any]:
    """Of all accounts together."""
    return {name: value for name, value in asdict(figures).items() if name != "by_account"}


def kept_settings(path: Path) -> tuple[ModelKind, Settings]:
    """Of which kind of model, and the best settings, of a sweep that was kept. Raises
    InvalidArgument where the file is none."""
    try:
        content = json.loads(path.read_bytes())
        kind, settings = ModelKind(content["kind"]), dict(content["settings"])
    except (OSError, ValueError, KeyError, TypeError) as fault:
        raise InvalidArgument("The file of a sweep cannot be read.") from fault
    return kind, checked(kind, settings)
