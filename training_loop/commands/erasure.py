"""`training-loop erasure`: how far erasures are, by their ids."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table

from training_loop.commands.session import StateOption, out, with_loop
from training_loop.erasure.progress import Progress
from training_loop.loop import Loop
from training_loop.settings import LoopSettings

app = typer.Typer(no_args_is_help=True, help="Erasures: progress, receipts, what still waits.")

ErasureArgument = Annotated[str, typer.Argument(help="The erasure's id.")]


@app.command()
def show(erasure: ErasureArgument, state: StateOption = None) -> None:
    """How far an erasure is, and what it removed."""

    async def run(loop: Loop, _: LoopSettings) -> None:
        _print(await loop.erasures.progress(erasure))

    with_loop(state, run)


@app.command()
def watch(erasure: ErasureArgument, state: StateOption = None) -> None:
    """Each step of an erasure, until it is done."""

    async def run(loop: Loop, _: LoopSettings) -> None:
        async for progress in loop.erasures.watch(erasure):
            out.print(f"{progress.step.value}  [yellow]{progress.waiting}[/]")

    with_loop(state, run)


@app.command()
def receipt(
    erasure: ErasureArgument,
    file: Annotated[Path, typer.Argument(help="Where to write the latest receipt.")],
    state: StateOption = None,
) -> None:
    """Writes the signed receipt of an erasure into a file."""

    async def run(loop: Loop, _: LoopSettings) -> str:
        return (await loop.erasures.progress(erasure)).latest_receipt

    document = with_loop(state, run)
    if not document:
        out.print("There is no receipt yet: the erasure is not done.")
        raise typer.Exit(1)
    file.write_text(document)
    out.print(f"Verify it with: training-loop receipt verify {file}")


@app.command()
def resume(state: StateOption = None) -> None:
    """Goes on with every erasure that waits, now; otherwise the server does so each minute."""

    async def run(loop: Loop, _: LoopSettings) -> None:
        ended = await loop.erasures.resume()
        settled = await loop.erasures.settle()
        out.print(f"{ended} ended, {settled} second receipts issued")

    with_loop(state, run)


def _print(progress: Progress) -> None:
    table = Table("erasure", "kind", "step", "waits for", "history", "queue", "audio", "pending")
    table.add_row(
        *(progress.erasure, progress.kind.value, progress.step.value, progress.waiting),
        *map(str, (progress.history_records, progress.queue_items, progress.audio_blobs)),
        ", ".join(f"{one.kind.value}:{one.reference}" for one in progress.pending),
    )
    out.print(table)
