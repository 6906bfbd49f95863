"""`training-loop prepare`: picks what people may hear, and makes it unrecognisable."""

from __future__ import annotations

import asyncio
import logging
import os
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Annotated

import typer
from rich.progress import Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from training_loop.commands.session import (
    StateOption,
    err,
    failures_explained,
    out,
    settings_for,
    with_loop,
)
from training_loop.loop import Loop
from training_loop.sampling.report import SamplingReport
from training_loop.sampling.reports import SamplingReports
from training_loop.sampling.settings import SamplingSettings
from training_loop.settings import LoopSettings

_NICENESS = 5
"""Answering people comes first."""

app = typer.Typer(
    no_args_is_help=True,
    help="Sampling for review: few, at random over accounts, and only what many could have said; "
    "de-identified before anybody can lease it. EARMARK_REVIEW_RATE and EARMARK_REVIEW_K set how "
    "much and how alike.",
)


@app.command()
def once(state: StateOption = None) -> None:
    """One round, now. A server that prepares by itself does not mind."""
    from training_loop.sampling.process import prepare_once

    with failures_explained():
        chosen = SamplingSettings.from_environment()
        with Progress(
            TextColumn("{task.description}"),
            *Progress.get_default_columns()[1:3],
            TimeElapsedColumn(),
            console=err,
            transient=True,
        ) as bar:
            task = bar.add_task("starting", total=None)

            def progress(step: str, done: int, of: int) -> None:
                bar.update(task, description=step, completed=done, total=of or None)

            report = asyncio.run(prepare_once(settings_for(state), chosen, progress))
    _show(report)


@app.command()
def run(state: StateOption = None) -> None:
    """Rounds until stopped. `assistant serve` runs this by itself unless EARMARK_PREPARER=off."""
    os.nice(_NICENESS)
    from training_loop.sampling.process import prepare_until_stopped

    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s %(message)s")
    with failures_explained():
        chosen = SamplingSettings.from_environment()
        asyncio.run(prepare_until_stopped(settings_for(state), chosen))


@app.command()
def report(
    state: StateOption = None,
    last: Annotated[int, typer.Option(min=1, max=200, help="So many rounds.")] = 1,
) -> None:
    """What the last rounds picked and withheld, and why. Names nobody."""

    async def show(loop: Loop, _: LoopSettings) -> None:
        found = await SamplingReports(loop.store).last(last)
        if not found:
            out.print("There was no round yet.")
        for one in found:
            _show(one)

    with_loop(state, show)


def _show(report: SamplingReport) -> None:
    when = datetime.fromtimestamp(report.round_at_s, UTC)
    table = Table(title=f"{when:%Y-%m-%d %H:%M} UTC, seed {report.seed}", show_header=False)
    table.add_row("picked", f"{report.picked} of {report.eligible} that may be heard")
    table.add_row("share", f"{report.share:.4g} in 30 days, at most {report.rate:g}")
    table.add_row("why", _counts(report.picked_by_reason))
    table.add_row("intents", _counts(report.picked_by_intent))
    table.add_row(
        "with sound", f"{report.altered_voice}, and {report.transcript_only} as text alone"
    )
    table.add_row("withheld", _counts(report.withheld_by_reason))
    table.add_row("accounts alike", f"at least {report.accounts_alike}")
    if report.withdrawn:
        table.add_row("withdrawn meanwhile", str(report.withdrawn))
    out.print(table)


def _counts(counts: Mapping[str, int]) -> str:
    ordered = sorted(counts.items(), key=lambda one: (-one[1], one[0]))
    return ", ".join(f"{name} {count}" for name, count in ordered) or "none"
