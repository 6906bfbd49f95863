"""Progress bars of a lap, and its times as people write them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager

import typer
from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from training_loop.commands.session import err
from training_loop.lap.stage import LapProgress, Step
from training_loop.registry.course import ENOUGH_COMPARED, TrialPlan
from training_loop.registry.live_signals import LiveRules
from training_loop.training.trainer import ModelKind

NAMES = {
    ModelKind.NLU: "language understanding",
    ModelKind.LANGUAGE_MODEL: "language model",
    ModelKind.THRESHOLDS: "thresholds",
    ModelKind.ACOUSTIC: "acoustic model",
}
"""As people call them."""

_UNITS = {"s": 1.0, "m": 60.0, "h": 3_600.0, "d": 86_400.0}


def seconds(written: str) -> float:
    """ "90s", "15m", "2h" or "1d". Raises typer.BadParameter."""
    found = re.fullmatch(r"(\d+(?:\.\d+)?)([smhd])", written)
    if not found:
        raise typer.BadParameter("A time is a number and s, m, h or d, for example 15m.")
    return float(found[1]) * _UNITS[found[2]]


def trial_plan(
    shadow_for: str,
    canary_for: str,
    canary_share: float,
    least_turns: int,
    rules: LiveRules | None = None,
) -> TrialPlan:
    """A trial as the command line says it. Raises typer.BadParameter."""
    return TrialPlan(
        shadow_for_s=seconds(shadow_for),
        canary_for_s=seconds(canary_for),
        canary_share=canary_share,
        least_compared=min(least_turns, ENOUGH_COMPARED),
        least_turns=least_turns,
        rules=rules or LiveRules(),
    )


@contextmanager
def bars() -> Iterator[LapProgress]:
    """One line for the stage that a lap is in; gone when it ends."""
    with Progress(
        SpinnerColumn(),
        TextColumn("{task.fields[model]}"),
        TextColumn("{task.description}"),
        BarColumn(bar_width=24),
        TimeElapsedColumn(),
        console=err,
        transient=True,
    ) as progress:
        lines: dict[ModelKind | None, int] = {}

        def tell(step: Step) -> None:
            if step.kind not in lines:
                for line in lines.values():
                    progress.update(progress.tasks[line].id, visible=False)
                name = NAMES[step.kind] if step.kind else "data set"
                lines[step.kind] = progress.add_task("", model=name, total=None)
            progress.update(
                progress.tasks[lines[step.kind]].id,
                description=f"{step.stage.value} [dim]{step.detail}[/]",
                completed=step.done or 0.0,
                total=None if step.done is None else 1.0,
            )

        yield tell
