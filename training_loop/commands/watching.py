"""Progress bars of a lap, and its times as people write them."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import typer
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    SpinnerColumn,
    TaskID,
    TextColumn,
    TimeElapsedColumn,
)

from training_loop.commands.session import err
from training_loop.lap.stage import LapProgress, Step
from training_loop.registry.course import ENOUGH_COMPARED, Course, Phase, TrialPlan
from training_loop.registry.live_signals import LiveRules
from training_loop.registry.trial_board import CANARY, TrialState
from training_loop.registry.trying import TrialProgress
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


@contextmanager
def trial_bars(
    plan: TrialPlan, clock: Callable[[], float] = time.monotonic
) -> Iterator[TrialProgress]:
    """A bar for each stage of a trial: the requests that came of those that are wanted, and how
    long it will take yet; gone when it ends."""
    with Progress(
        SpinnerColumn(),
        TextColumn("{task.description}"),
        BarColumn(bar_width=24),
        MofNCompleteColumn(),
        TextColumn("{task.fields[left]}"),
        console=err,
        transient=True,
    ) as progress:
        lines: dict[Phase, TaskID] = {}

        def tell(course: Course, state: TrialState | None) -> None:
            if course.phase not in (Phase.SHADOW, Phase.CANARY):
                return
            if course.phase not in lines:
                for line in lines.values():
                    progress.update(line, visible=False)
                lines[course.phase] = progress.add_task(course.phase.value, left="")
            came, wanted = counts_of(course.phase, plan, state)
            progress.update(
                lines[course.phase],
                completed=min(came, wanted),
                total=wanted,
                left=time_left(course, plan, clock(), enough=came >= wanted),
            )

        yield tell


def counts_of(phase: Phase, plan: TrialPlan, state: TrialState | None) -> tuple[int, int]:
    """The requests that a stage has seen, and those that it wants."""
    if phase is Phase.SHADOW:
        return (state.compared if state else 0), plan.least_compared
    return (state.tally(CANARY).turns if state else 0), plan.least_turns


def time_left(course: Course, plan: TrialPlan, now_s: float, *, enough: bool) -> str:
    """Until the stage may end, in words; without enough requests, until it must."""
    lasts_s = plan.shadow_for_s if course.phase is Phase.SHADOW else plan.canary_for_s
    left_s = course.since_s + lasts_s - now_s
    if left_s > 0:
        return f"{in_words(left_s)} left"
    if enough:
        return "about to end"
    longest_s = course.since_s + lasts_s * plan.longest - now_s
    return f"too few requests: it goes on for {in_words(max(0.0, longest_s))} at most"


def in_words(seconds_: float) -> str:
    """As coarse as it matters: "45 s", "12 min", "3.5 h"."""
    if seconds_ < 90:
        return f"{seconds_:.0f} s"
    return f"{seconds_ / 60:.0f} min" if seconds_ < 5400 else f"{seconds_ / 3600:.1f} h"
