"""What came of a lap, for a terminal: as short as it can be, the rest is in the report."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from rich.console import Group, RenderableType
from rich.markup import escape
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from training_loop.lap.outcome import LapOutcome, ModelOutcome, Result
from training_loop.lap.report import words
from training_loop.lap.report.formats import counted, day, duration, part_name, percent, points
from training_loop.training.gate import Change, Measured
from training_loop.training.slices import SliceKind

_COLOURS: Mapping[Result, str] = {
    Result.RELEASED: "green",
    Result.REFUSED: "red",
    Result.WITHDRAWN: "yellow",
    Result.UNDECIDED: "yellow",
    Result.FAILED: "red",
}
_NOTICEABLE = 0.005
_MOST_PARTS = 8
_MOST_SENTENCES = 4


def summary(outcome: LapOutcome) -> RenderableType:
    """Per model its result, figures and doubts; then consents, what was withheld, cost, report."""
    models = [one for model in outcome.models for one in _model(model)]
    return Group(*models, _data(outcome))


def _model(model: ModelOutcome) -> Iterator[RenderableType]:
    colour = _COLOURS[model.result]
    name = f"[bold]{words.KINDS[model.kind]}[/]"
    yield f"{name}  [bold {colour}]{words.RESULTS[model.result]}[/]  [dim]{escape(model.model)}[/]"
    yield _indented(words.sentence(model))
    yield from _listed(words.reasons_of(model)[1:], "red")
    if model.figures:
        yield _figures(model)
    if model.verdict:
        yield from _listed(model.verdict.doubts, "yellow")
    if model.result is Result.FAILED and model.log:
        yield _indented(f"log  {model.log}", "dim")
    if model.released:
        yield f"  {arrived(model.released.servers)}"
        yield f"  [dim]Undo: training-loop rollback {model.kind.value}[/]"
    yield ""


def arrived(servers: tuple[str, ...]) -> str:
    """Where a model has arrived, in words."""
    if not servers:
        return "[dim]No server runs; the next one starts with it.[/]"
    return f"Swapped without a pause on {counted(len(servers), 'server')}."


def _listed(sentences: tuple[str, ...], colour: str) -> Iterator[RenderableType]:
    for one in sentences[:_MOST_SENTENCES]:
        yield _indented(f"· {one}", colour)
    if (more := len(sentences) - _MOST_SENTENCES) > 0:
        yield _indented(f"· and {more} more, see the report", "dim")


def _indented(sentence: str, style: str = "") -> RenderableType:
    return Padding(Text(sentence, style=style), (0, 0, 0, 2))


def _figures(model: ModelOutcome) -> Table:
    """The whole, and the intents that changed most."""
    table = Table("", box=None, pad_edge=True, header_style="dim")
    for heading in ("in service", "new", "points"):
        table.add_column(heading, justify="right")
    for name, (before, after) in model.figures.items():
        better = before - after if name in words.LESS_IS_BETTER else after - before
        _add(table, f"[bold]{words.FIGURES[name]}[/]", before, after, better)
    for one in _most_changed(model):
        sure = {Change.BETTER: " [dim]sure[/]", Change.WORSE: " [dim]sure[/]"}.get(one.change, "")
        name = f"{escape(part_name(one.part))}{sure}"
        _add(table, name, one.before, one.after, one.after - one.before)
    return table


def _most_changed(model: ModelOutcome) -> tuple[Measured, ...]:
    """Of intents; their share that is right."""
    measured = model.verdict.measured if model.verdict else ()
    changed = [
        one
        for one in measured
        if one.part.kind is SliceKind.INTENT and abs(one.after - one.before) >= _NOTICEABLE
    ]
    ranked = sorted(changed, key=lambda one: (-abs(one.after - one.before), one.part.name))
    return tuple(sorted(ranked[:_MOST_PARTS], key=lambda one: one.before - one.after))


def _add(table: Table, name: str, before: float, after: float, better: float) -> None:
    colour = "green" if better > 0 else "red" if better < 0 else "dim"
    change = f"[{colour}]{points(after - before)}[/]"
    table.add_row(name, percent(before), percent(after), change)


def _data(outcome: LapOutcome) -> Table:
    table = Table.grid(padding=(0, 2))
    table.add_column(style="dim")
    table.add_column(overflow="fold")
    for name, value in _facts(outcome):
        table.add_row(name, Text(value))
    return table


def _facts(outcome: LapOutcome) -> Iterator[tuple[str, str]]:
    report = outcome.data_set.report
    accounts = ", ".join(
        f"{number} {words.SPLITS.get(split, split)}"
        for split, number in sorted(report.accounts_by_split.items(), reverse=True)
    )
    items = counted(len(outcome.data_set.items), "reviewed utterance")
    yield "consents", f"{items} of {counted(report.accounts, 'account')} ({accounts})"
    if outcome.tombstones:
        yield "withdrawn", f"{outcome.tombstones} of them meanwhile"
    withheld = words.withheld(report)
    if withheld:
        yield "withheld", "\n".join(f"{number}: {why}" for why, number in withheld)
    for one in outcome.due:
        yield "replace", f"{one.model} by {day(one.due_s)}: it learned from what was withdrawn"
    if overdue := words.overdue(outcome):
        yield "exports", overdue
    cpu_s = sum(model.cost.cpu_s for model in outcome.models)
    yield "cost", f"{duration(outcome.took_s)}, {duration(cpu_s)} of processor time"
    yield "data set", outcome.data_set.name
    if outcome.report:
        yield "report", str(outcome.report)
