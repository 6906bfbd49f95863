"""`training-loop review`: how the reviewing goes. People review in the console, not here."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated

import typer
from rich.table import Table

from training_loop.commands import prepare
from training_loop.commands.session import StateOption, out, with_loop
from training_loop.loop import Loop
from training_loop.review.assembly import assemble_review
from training_loop.review.insight import Reviewer, ReviewInsight, ReviewStatistics
from training_loop.review.settings import ReviewSettings
from training_loop.settings import LoopSettings

app = typer.Typer(
    invoke_without_command=True,
    help="How reviewing goes: agreement, hidden checks, escalations. Names nobody. People review "
    "in the console, or through the gRPC service training_loop.v1.Review.",
)
app.command("sampling")(prepare.report)


@app.callback()
def _statistics_unless_told(context: typer.Context, state: StateOption = None) -> None:
    if context.invoked_subcommand is None:
        stats(state)


@app.command()
def stats(state: StateOption = None) -> None:
    """What became of the clips, how far reviewers agree, and each of them by pseudonym.

    **alpha** is Krippendorff's: 1 is perfect agreement, 0 what chance would give.
    """

    async def show(loop: Loop, _: LoopSettings) -> None:
        found = await _insight(loop).statistics()
        out.print(_counts(found))
        if found.reviewers:
            out.print(_reviewers(found.reviewers))

    with_loop(state, show)


@app.command()
def release(
    pseudonym: Annotated[str, typer.Argument(help="As `stats` shows it.")],
    state: StateOption = None,
) -> None:
    """Lend tasks again to a reviewer who was held, after you have looked into it."""

    async def lend_again(loop: Loop, _: LoopSettings) -> None:
        released = await _insight(loop).release(pseudonym)
        out.print(f"{released.pseudonym} is lent tasks again.")

    with_loop(state, lend_again)


def _insight(loop: Loop) -> ReviewInsight:
    return assemble_review(loop.store, loop.vault, loop.tasks, ReviewSettings()).insight


def _counts(found: ReviewStatistics) -> Table:
    counts, table = found.counts, Table(show_header=False)
    for name in ("offered", "waiting", "in_work", "agreed", "adjudicated", "unusable"):
        table.add_row(name.replace("_", " "), str(getattr(counts, name)))
    table.add_row("deleted: a child, a false wake", str(counts.deleted))
    table.add_row("to the safety officers", str(counts.escalated))
    table.add_row("alpha of intents with slots", _figure(found.reliability.intent_alpha))
    table.add_row("alpha of texts", _figure(found.reliability.text_alpha))
    return table


def _reviewers(reviewers: Iterable[Reviewer]) -> Table:
    table = Table("reviewer", "reviews", "agreement", "checks", "right", "")
    for one in reviewers:
        record = one.record
        table.add_row(
            one.pseudonym,
            str(record.reviews),
            _figure(record.agreement),
            str(record.checks),
            _figure(record.check_accuracy),
            "[bold red]held[/]" if record.held else "",
        )
    return table


def _figure(value: float | None) -> str:
    return "too little yet" if value is None else f"{value:.2f}"
