"""What came of a lap, in short, for a terminal."""

from __future__ import annotations

from rich.console import Group, RenderableType
from rich.markup import escape
from rich.table import Table

from training_loop.lap.outcome import LapOutcome, ModelOutcome


def summary(outcome: LapOutcome) -> RenderableType:
    parts: list[RenderableType] = []
    for model in outcome.models:
        table = Table("", "in service", "candidate", title=_title(model), title_justify="left")
        for name, (before, after) in model.figures.items():
            table.add_row(name.replace("_", " "), f"{before:.1%}", f"{after:.1%}")
        parts += [table, *(f"  {escape(reason)}" for reason in model.reasons)]
    return Group(*parts)


def _title(model: ModelOutcome) -> str:
    return f"{model.model or model.kind.value}: {model.result.value}, {model.items} utterances"
