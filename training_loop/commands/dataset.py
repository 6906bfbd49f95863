"""`training-loop dataset`: data sets, exports of them, and what recipients have to delete."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer
from rich.markup import escape
from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn
from rich.table import Table

from training_loop.commands.session import (
    FAILED,
    StateOption,
    err,
    id_column,
    out,
    time_column,
    with_loop,
)
from training_loop.datasets.datasets import DEFAULT_SEED, PER_ACCOUNT, Datasets, Verified
from training_loop.datasets.errors import DatasetTampered
from training_loop.datasets.exports.exports import Order
from training_loop.datasets.exports.record import Format, Standing, Tombstone
from training_loop.datasets.manifest import DatasetManifest, Difference
from training_loop.datasets.split import Shares, Split
from training_loop.durable_files import write_atomically
from training_loop.errors import InvalidArgument
from training_loop.loop import Loop
from training_loop.settings import LoopSettings

app = typer.Typer(
    no_args_is_help=True, help="Data sets: frozen, signed, split by account, read under consent."
)

_OPERATOR = "operator"
_DAY_S = 24 * 3600

NameArgument = Annotated[str, typer.Argument(help="Its name, or the beginning of it.")]


@app.command()
def create(
    state: StateOption = None,
    seed: Annotated[
        int, typer.Option(min=0, help="Draws what trains of a large account.")
    ] = DEFAULT_SEED,
    test: Annotated[float, typer.Option(help="Part of the accounts that test, 0 to 1.")] = 0.1,
    hold_out: Annotated[
        float,
        typer.Option(help="Part of the accounts that never train; it may grow, never shrink."),
    ] = 0.1,
    per_account: Annotated[
        int, typer.Option(min=1, help="So many items of one account may train at most.")
    ] = PER_ACCOUNT,
) -> None:
    """Freeze what was reviewed and is consented to now."""

    async def run(loop: Loop, _: LoopSettings) -> DatasetManifest:
        with _counting("reading what was reviewed") as progress:
            return await loop.datasets.create(
                seed=seed,
                shares=Shares(test=test, hold_out=hold_out),
                per_account=per_account,
                progress=progress,
            )

    _show(with_loop(state, run))


@app.command("list")
def list_data_sets(state: StateOption = None) -> None:
    """All data sets, oldest first."""

    async def run(loop: Loop, _: LoopSettings) -> Table:
        table = Table(
            id_column("data set"),
            time_column("made"),
            "items",
            "tombstones",
            "hold-out",
            "accounts",
        )
        for name in await loop.datasets.names():
            table.add_row(*await _row(loop.datasets, name))
        return table

    out.print(with_loop(state, run))


@app.command()
def show(name: NameArgument, state: StateOption = None) -> None:
    """How a data set was sampled and split. No content, nobody's name."""

    async def run(loop: Loop, _: LoopSettings) -> DatasetManifest:
        return await loop.datasets.manifest(await _named(loop.datasets, name))

    _show(with_loop(state, run))


@app.command()
def diff(before: NameArgument, after: NameArgument, state: StateOption = None) -> None:
    """What has changed from one data set to another."""

    async def run(loop: Loop, _: LoopSettings) -> Difference:
        names = [await _named(loop.datasets, name) for name in (before, after)]
        return await loop.datasets.diff(*names)

    found = with_loop(state, run)
    table = Table.grid(padding=(0, 2))
    for word in ("added", "removed", "relabelled", "moved"):
        table.add_row(f"[dim]{word}[/]", str(len(getattr(found, word))))
    table.add_row("[dim]the same[/]", str(found.same))
    for intent, (old, new) in found.intents.items():
        table.add_row(f"[dim]{escape(intent)}[/]", f"{old} -> {new}")
    out.print(table)


@app.command()
def verify(name: NameArgument, state: StateOption = None) -> None:
    """Check hash and signature, then read all of it and compare each label.

    Exit codes: 0 as it was signed, 1 changed or relabelled, 2 wrong usage.
    """

    async def run(loop: Loop, _: LoopSettings) -> Verified:
        return await loop.datasets.verify(await _named(loop.datasets, name))

    found = with_loop(state, run)
    out.print(
        f"[bold green]Signed and unchanged:[/] {found.manifest.name}\n"
        f"{found.readable} items can be read, {found.tombstones} are tombstones, "
        f"{len(found.relabelled)} have another review now."
    )
    if found.relabelled:
        raise typer.Exit(FAILED)


@app.command()
def export(
    name: NameArgument,
    target: Annotated[Path, typer.Argument(help="A new directory; with --age-key a new file.")],
    recipient: Annotated[str, typer.Option(help="To whom: a-z, 0-9, '.', '_' and '-'.")],
    purpose: Annotated[str, typer.Option(help="What for, in a sentence.")],
    form: Annotated[Format, typer.Option("--format", help="For which tool.")],
    days: Annotated[
        int, typer.Option(min=1, max=540, help="After so many days all of it has to be deleted.")
    ],
    age_key: Annotated[str, typer.Option(help="Encrypt it to this age key (age1...).")] = "",
    hold_out: Annotated[bool, typer.Option(help="Give the hold-out away as well.")] = False,
    state: StateOption = None,
) -> None:
    """Give a data set to a named recipient, for a purpose, until a day.

    The tombstone feed tells the recipient what is withdrawn later. Each deletion has to be
    confirmed within seven days.
    """

    async def run(loop: Loop, _: LoopSettings) -> Standing:
        order = Order(
            data_set=await _named(loop.datasets, name),
            format=form,
            recipient=recipient,
            purpose=purpose,
            expires_at_s=time.time() + days * _DAY_S,
            target=target.absolute(),
            splits=tuple(Split) if hold_out else (Split.TRAIN, Split.TEST),
            age_key=age_key,
        )
        with _counting("writing") as progress:
            made = await loop.exports.deliver(order, by=_OPERATOR, progress=progress)
        return await loop.exports.ledger.standing(made.export, time.time())

    record = with_loop(state, run).record
    out.print(f"[bold green]Delivered:[/] {record.export}, {record.items} items to {recipient}")
    if record.left_out:
        out.print(f"{record.left_out} items have no place in this format and were left out.")
    out.print(f"Its deletions: training-loop dataset tombstones --export {record.export}")


@app.command()
def tombstones(
    export: Annotated[str, typer.Option(help="Of one export; without it, of all.")] = "",
    overdue: Annotated[
        bool, typer.Option(help="Only exports that should have confirmed by now.")
    ] = False,
    write: Annotated[
        Path | None, typer.Option(help="Write what --export has to delete into a file.")
    ] = None,
    acknowledge: Annotated[
        Path | None, typer.Option(help="A file of items that the recipient has deleted.")
    ] = None,
    state: StateOption = None,
) -> None:
    """What recipients have to delete, and whether they have confirmed it.

    Exit codes: 0, or 1 where --overdue found something.
    """
    if (write or acknowledge) and not export:
        raise typer.BadParameter("Name the --export.")
    confirmed = _read_items(acknowledge) if acknowledge else ()

    async def run(loop: Loop, _: LoopSettings) -> tuple[list[Standing], tuple[Tombstone, ...]]:
        ledger = loop.exports.ledger
        await ledger.bury()
        if confirmed:
            done = await ledger.acknowledge(export, confirmed)
            out.print(f"{done} deletions confirmed.")
        names = [export] if export else [record.export for record in await ledger.records()]
        standings = [await ledger.standing(name, time.time()) for name in names]
        return standings, await ledger.tombstones(export) if write else ()

    standings, owed = with_loop(state, run)
    if write:
        _write_feed(write, owed)
    shown = [one for one in standings if one.overdue or not overdue]
    out.print(_standings(shown))
    if overdue and shown:
        raise typer.Exit(FAILED)


async def _named(datasets: Datasets, beginning: str) -> str:
    found = [name for name in await datasets.names() if name.startswith(beginning)]
    if len(found) != 1:
        raise InvalidArgument("Several data sets begin so." if found else "No data set begins so.")
    return found[0]


async def _row(datasets: Datasets, name: str) -> tuple[str, ...]:
    try:
        manifest = await datasets.manifest(name)
    except DatasetTampered:
        return (name, "[bold red]tampered with[/]", "", "", "", "")
    return (
        name,
        _when(manifest.created_at_s),
        str(len(manifest.items)),
        str(await datasets.tombstones(name) or ""),
        str(len(manifest.refs(Split.HOLD_OUT))),
        str(manifest.report.accounts),
    )


def _show(manifest: DatasetManifest) -> None:
    report, strata = manifest.report, manifest.report.stratification
    table = Table.grid(padding=(0, 2))
    hold_out = manifest.hold_out
    for name, value in (
        ("data set", manifest.name),
        ("made", _when(manifest.created_at_s)),
        ("content", manifest.content_sha256),
        ("seed", str(manifest.seed)),
        ("items", f"{len(manifest.items)} of {report.reviewed} that were reviewed"),
        ("accounts", ", ".join(f"{n} {split}" for split, n in report.accounts_by_split.items())),
        ("most of one", f"{report.most_of_one_account} (training: at most {report.per_account})"),
        ("left out", ", ".join(f"{n} {why}" for why, n in report.left_out.items()) or "nothing"),
        ("contradictions", str(report.contradictions)),
        ("hidden words", f"put back in {report.filled} items"),
        ("hold-out", f"{hold_out.generation}, since {_when(hold_out.since_s)} ({hold_out.reason})"),
        ("strata", f"an intent's part differs by at most {strata.furthest:.1%}"),
    ):
        table.add_row(f"[dim]{name}[/]", value)
    out.print(table)
    counts = Table("intent", *(split.value for split in Split))
    for intent in manifest.intents:
        numbers = (strata.counts[split.value].get(intent, 0) for split in Split)
        counts.add_row(escape(intent), *map(str, numbers))
    out.print(counts)


def _standings(standings: list[Standing]) -> Table:
    named = ("recipient", "format", "items", "expires", "to delete", "overdue", "confirmed")
    table = Table(id_column("export"), *named)
    for one in standings:
        table.add_row(
            one.record.export,
            one.record.recipient,
            one.record.format.value,
            str(one.record.items),
            _when(one.record.expires_at_s),
            str(one.tombstones),
            f"[bold red]{one.overdue}[/]" if one.overdue else "0",
            str(one.confirmed),
        )
    return table


def _write_feed(path: Path, owed: tuple[Tombstone, ...]) -> None:
    lines = [
        {"export": one.export, "item": one.item, "since": one.since_s, "due": one.due_at_s}
        for one in owed
    ]
    content = "".join(json.dumps(line) + "\n" for line in lines)
    try:
        write_atomically(path.absolute(), content.encode())
    except OSError as fault:
        raise typer.BadParameter(f"The file cannot be written ({fault.strerror}).") from None


def _read_items(path: Path) -> tuple[str, ...]:
    """Of a file as --write makes it, or of one item a line."""
    try:
        lines = [line.strip() for line in path.read_text().splitlines() if line.strip()]
        found = [json.loads(line)["item"] if line.startswith("{") else line for line in lines]
    except (OSError, ValueError, KeyError):
        raise typer.BadParameter("The file of deleted items cannot be read.") from None
    return tuple(str(item) for item in found)


@contextmanager
def _counting(what: str) -> Iterator[Callable[[int], None]]:
    columns = (SpinnerColumn(), TextColumn("{task.description}"), TimeElapsedColumn())
    with Progress(*columns, console=err, transient=True) as progress:
        task = progress.add_task(what)
        yield lambda done: progress.update(task, description=f"{what} [dim]{done}[/]")


def _when(at_s: float) -> str:
    return time.strftime("%Y-%m-%d %H:%M", time.localtime(at_s))
