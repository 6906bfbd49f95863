"""`training-loop keys`: the versions of the master key, and rotating it."""

from __future__ import annotations

import time
from typing import Annotated

import typer
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from training_loop.commands.session import StateOption, err, out, with_loop
from training_loop.loop import Loop
from training_loop.settings import LoopSettings
from training_loop.vault.rotation import KeyStatus, RotationReport
from training_loop.vault.rotation import Progress as Rotating

app = typer.Typer(no_args_is_help=True, help="The master key: its versions, and rotating it.")


@app.command()
def status(state: StateOption = None) -> None:
    """The versions, how many keys each wraps, and which running process holds which."""

    async def ask(loop: Loop, _: LoopSettings) -> KeyStatus:
        return await loop.rotation.status()

    found = with_loop(state, ask)
    table = Table("version", "master key", "made", "wraps")
    for version, record in sorted(found.stored.records.items()):
        current = " [green]current[/]" if version == found.stored.current else ""
        made = time.strftime("%Y-%m-%d", time.gmtime(record.made_at_s))
        keys = str(found.wrapped_by.get(version, 0))
        table.add_row(f"{version}{current}", record.key_id, made, keys)
    out.print(table)
    holders = Table("process", "newest it can open", "wraps new keys by")
    for holder in found.holders:
        holders.add_row(holder.process, str(holder.newest), str(holder.current))
    out.print(holders)
    out.print(f"{found.accounts} accounts")
    if found.stored.rotating_to is not None:
        out.print(
            f"[yellow]A rotation to version {found.stored.rotating_to} has not ended[/]: "
            f"{found.stored.rewrapped} keys rewrapped so far. If no `keys rotate` is running, "
            "run it again: it goes on there."
        )


@app.command()
def rotate(
    state: StateOption = None,
    keep_old: Annotated[
        bool,
        typer.Option("--keep-old", help="Do not destroy the old version; the next rotation will."),
    ] = False,
) -> None:
    """Make a new version of the master key, rewrap every key by it, and destroy the old one.

    Nothing stops meanwhile, and an interrupted rotation goes on when this is run again. Backups
    made before cannot be read once the old version is destroyed: make a new one afterwards.
    """
    bar = Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        console=err,
    )

    async def run(loop: Loop, _: LoopSettings) -> RotationReport:
        with bar:
            task = bar.add_task("Accounts", total=None)

            def tell(progress: Rotating) -> None:
                bar.update(task, total=progress.accounts, completed=progress.accounts_seen)

            return await loop.rotation.run(tell, keep_old=keep_old)

    report = with_loop(state, run)
    resumed = "An interrupted rotation went on. " if report.resumed else ""
    out.print(
        f"{resumed}Everything is wrapped by version {report.version} now: "
        f"{report.rewrapped} keys rewrapped in {report.took_s:.1f} s."
    )
    for key_id, outcome in report.destroyed.items():
        out.print(f"Master key {key_id}: {outcome.value}.")
