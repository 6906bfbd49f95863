"""`training-loop dataset export` and `tombstones`: what others were given, and owe."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table

from training_loop.commands.dataset_names import OPERATOR, NameArgument, counting, named, when
from training_loop.commands.session import FAILED, StateOption, id_column, out, with_loop
from training_loop.datasets.exports.exports import Order
from training_loop.datasets.exports.record import ExportRecord, Format, Standing, Tombstone
from training_loop.datasets.split import Split
from training_loop.durable_files import write_atomically
from training_loop.loop import Loop
from training_loop.settings import LoopSettings

_DAY_S = 24 * 3600


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
    confirmed within seven days. The token that is shown is for the recipient to do both.
    """

    async def run(loop: Loop, _: LoopSettings) -> tuple[ExportRecord, str]:
        data_set = await named(loop.datasets, name)
        order = Order(
            data_set=data_set,
            format=form,
            recipient=recipient,
            purpose=purpose,
            expires_at_s=time.time() + days * _DAY_S,
            target=target.absolute(),
            splits=tuple(Split) if hold_out else (Split.TRAIN, Split.TEST),
            age_key=age_key,
        )
        items = len((await loop.datasets.manifest(data_set)).refs(*order.splits))
        with counting("writing", items) as progress:
            made = await loop.exports.deliver(order, by=OPERATOR, progress=progress)
        return made, await loop.exports.recipients.issue(made.export, by=OPERATOR)

    record, token = with_loop(state, run)
    out.print(f"[bold green]Delivered:[/] {record.export}, {record.items} items to {recipient}")
    if record.left_out:
        out.print(f"{record.left_out} items have no place in this format and were left out.")
    out.print(f"Its deletions: training-loop dataset tombstones --export {record.export}")
    _show_token(token)


def recipient_token(
    export: Annotated[str, typer.Argument(help="Of which export.")], state: StateOption = None
) -> None:
    """Make a new token for the recipient of an export. The one it had admits nobody any more."""

    async def run(loop: Loop, _: LoopSettings) -> str:
        return await loop.exports.recipients.issue(export, by=OPERATOR)

    _show_token(with_loop(state, run))


def _show_token(token: str) -> None:
    """Whole, on a line of its own, for whoever copies it."""
    out.print("For the recipient, to follow and confirm deletions; shown this once:")
    out.print(token, soft_wrap=True, markup=False, highlight=False)


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


def _standings(standings: list[Standing]) -> Table:
    headings = (
        *("recipient", "format", "items", "expires"),
        *("to delete", "overdue", "since", "confirmed", "by staff"),
    )
    table = Table(id_column("export"), *headings)
    for one in standings:
        since_s = one.overdue_since_s()
        table.add_row(
            one.record.export,
            one.record.recipient,
            one.record.format.value,
            str(one.record.items),
            when(one.record.expires_at_s),
            str(one.tombstones),
            f"[bold red]{one.overdue}[/]" if one.overdue else "0",
            "" if since_s is None else when(since_s),
            str(one.confirmed),
            str(one.confirmed_by_staff),
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
