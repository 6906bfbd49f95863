"""`training-loop auditor`: is everything that is kept consented to now?"""

from __future__ import annotations

import asyncio
import logging
from collections import Counter
from typing import Annotated

import typer
from rich.table import Table

from training_loop.auditor.auditor import AuditorSettings
from training_loop.auditor.finding import RoundReport
from training_loop.auditor.process import audit_once, audit_until_stopped
from training_loop.commands.session import StateOption, failures_explained, out, settings_for
from training_loop.settings import LoopSettings

app = typer.Typer(
    no_args_is_help=True,
    help="Check every retained item against live consent. What should not be there is set aside: "
    "out of reach of reviewers, trainers and the history, and still found by an erasure.",
)

MISMATCH = 4
"""Exit code: something was retained that no live consent covers."""

_DEFAULTS = AuditorSettings()

RateOption = Annotated[
    float, typer.Option("--rate", min=0, help="At most so many items a second; 0: no bound.")
]
GraceOption = Annotated[
    float, typer.Option("--grace", min=0, help="Seconds that sweeping may be late.")
]
ErasedOption = Annotated[
    float, typer.Option("--erased-within", min=0, help="Seconds that an erasure may take.")
]


@app.command()
def once(
    state: StateOption = None,
    rate: RateOption = 0.0,
    grace: GraceOption = _DEFAULTS.retention_grace_s,
    erased_within: ErasedOption = _DEFAULTS.erased_within_s,
) -> None:
    """One round over everything. Exit codes: 0 clean, 1 failed, 4 mismatches."""
    _log_to_stderr()
    with failures_explained():
        settings = settings_for(state)
        rules = _rules(settings, rate, grace, erased_within)
        report = asyncio.run(audit_once(settings, rules))
    _show(report)
    if report.findings:
        raise typer.Exit(MISMATCH)


@app.command()
def run(
    state: StateOption = None,
    rate: RateOption = _DEFAULTS.items_per_s,
    grace: GraceOption = _DEFAULTS.retention_grace_s,
    erased_within: ErasedOption = _DEFAULTS.erased_within_s,
    every: Annotated[
        float, typer.Option(min=0, help="Seconds from one round's beginning to the next.")
    ] = 600.0,
    metrics_port: Annotated[
        int, typer.Option(min=0, max=65_535, help="Prometheus metrics on this machine; 0: none.")
    ] = 0,
) -> None:
    """Rounds until stopped. A round that is interrupted is taken up again at the next start.

    Exit codes: 0 no mismatch was found, 1 failed, 4 mismatches were found.
    """
    _log_to_stderr()
    with failures_explained():
        settings = settings_for(state)
        rules = _rules(settings, rate, grace, erased_within)
        alarmed = asyncio.run(
            audit_until_stopped(settings, rules, every_s=every, metrics_port=metrics_port)
        )
    if alarmed:
        raise typer.Exit(MISMATCH)


def _rules(
    settings: LoopSettings, rate: float, grace_s: float, erased_within_s: float
) -> AuditorSettings:
    return AuditorSettings(
        items_per_s=rate,
        retention_grace_s=grace_s,
        erased_within_s=erased_within_s,
        model_replaced_within_s=settings.registry.replace_within_s,
        blob_grace_s=min(grace_s, _DEFAULTS.blob_grace_s),
    )


def _log_to_stderr() -> None:
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s %(message)s")


def _show(report: RoundReport) -> None:
    out.print(
        f"{report.items} items checked in {report.took_s:.1f} s, "
        f"[{'bold red' if report.findings else 'green'}]{report.mismatches} mismatches[/]"
    )
    if report.unsettled:
        out.print(f"[yellow]{report.unsettled} kept changing; the next round looks again.[/]")
    if not report.findings:
        return
    counts: Counter[tuple[str, str, str]] = Counter()
    for finding in report.findings:
        place = "set aside" if finding.set_aside else "left where it is"
        counts[(finding.kind, finding.reason.value, place)] += finding.items
    table = Table("kind", "reason", "", "items")
    for (kind, reason, place), items in sorted(counts.items()):
        table.add_row(kind, reason, place, str(items))
    out.print(table)
