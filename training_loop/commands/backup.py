"""`training-loop backup`: copies that erasures and opt-outs reach as well."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table

from training_loop.backup.create import KEEP_DAYS, create
from training_loop.backup.layout import Layout
from training_loop.backup.restore import Restored, restore
from training_loop.commands.session import (
    StateOption,
    failures_explained,
    out,
    settings_for,
    with_loop,
)
from training_loop.loop import Loop, open_loop
from training_loop.settings import LoopSettings
from training_loop.store.supervisor import EmbeddedStore

app = typer.Typer(no_args_is_help=True, help="Backups of accounts, queue and audio.")

DirectoryArgument = Annotated[Path, typer.Argument(help="The backup's directory.")]


@app.command("create")
def create_command(
    directory: DirectoryArgument,
    state: StateOption = None,
    keep_days: Annotated[
        int, typer.Option(min=1, max=365, help="It expires after so many days.")
    ] = KEEP_DAYS,
) -> None:
    """Copies everything into an empty directory while the assistant runs.

    Its keys are not in it: they lie in `keys/backups/` of the state directory, where erasures
    and opt-outs destroy them. Keep that, and `tombstones/`, on another disk.
    """

    async def run(loop: Loop, _: LoopSettings) -> None:
        made = await create(loop, directory.expanduser().absolute(), keep_days=keep_days)
        out.print(f"{made.backup}  {made.accounts} accounts  {directory}")

    with_loop(state, run)


@app.command("restore")
def restore_command(directory: DirectoryArgument, state: StateOption = None) -> None:
    """Fills an empty store. The assistant must be stopped.

    What was erased or opted out of since the backup is left out, before anything can be served.
    """

    async def run() -> Restored:
        settings = settings_for(state)
        store = None if settings.store_url else EmbeddedStore(settings.store_directory)
        if store:
            await store.start()
        try:
            async with open_loop(settings) as loop:
                return await restore(loop, Layout(directory=directory.expanduser().absolute()))
        finally:
            if store:
                await store.stop()

    with failures_explained():
        found = asyncio.run(run())
    out.print(
        f"{found.accounts} accounts restored, {found.left_out} left out; "
        f"{found.utterances_left_out} utterances erased again"
    )


@app.command("list")
def list_command(state: StateOption = None) -> None:
    """The backups whose keys are here, and when they expire."""

    async def run(loop: Loop, _: LoopSettings) -> None:
        table = Table("backup", "directory", "made", "expires")
        for known in await asyncio.to_thread(loop.backups.known):
            table.add_row(
                known.backup, known.directory, _day(known.made_at_s), _day(known.expires_at_s)
            )
        out.print(table)

    with_loop(state, run)


def _day(at_s: float) -> str:
    return time.strftime("%Y-%m-%d %H:%M", time.gmtime(at_s))
