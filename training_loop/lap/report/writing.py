"""Writes the report of a lap."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from training_loop.durable_files import write_atomically
from training_loop.lap.outcome import LapOutcome
from training_loop.lap.report.page import page
from training_loop.registry.record import ModelSummary


def write_report(
    outcome: LapOutcome, directory: Path, *, earlier: Sequence[ModelSummary] = ()
) -> Path:
    """Writes a page that needs nothing else, for its owner alone, and returns where it lies.

    It holds counts, scores and ids of models and data sets: no account and nothing that anybody
    said. `earlier` are models to be set beside those of the lap, see `ModelRegistry.summaries`.
    Equal outcomes give equal pages. Blocking: takes some seconds. Raises OSError.
    """
    directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    path = directory / name_of(outcome)
    write_atomically(path, page(outcome, earlier=earlier).encode())
    return path


def name_of(outcome: LapOutcome) -> str:
    """By time and data set: a later report comes later in the folder."""
    began = datetime.fromtimestamp(outcome.began_at_s, tz=UTC)
    return f"lap-{began:%Y%m%dT%H%M%SZ}-{outcome.data_set.name}.html"
