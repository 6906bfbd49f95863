"""`training-loop receipt`: is a receipt genuine, and what does it say?"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.markup import escape
from rich.table import Table

from training_loop.commands.public_key import BROKEN, PublicKeyOption, public_key
from training_loop.commands.session import StateOption, failures_explained, out
from training_loop.receipts.errors import ReceiptRefused
from training_loop.receipts.page import receipt_page
from training_loop.receipts.receipt import LARGEST_RECEIPT, Receipt, verify_receipt
from training_loop.receipts.words import sentences, when

app = typer.Typer(no_args_is_help=True, help="Receipts of deletions. Works without a store.")

FileArgument = Annotated[
    Path, typer.Argument(help="The receipt.", exists=True, dir_okay=False, show_default=False)
]


@app.command()
def verify(file: FileArgument, key: PublicKeyOption = None, state: StateOption = None) -> None:
    """Check a receipt with the public key alone, and say in plain words what it proves.

    Exit code 0 when it is genuine, 4 when not, 1 when it could not be checked.
    """
    receipt = _verified(file, key, state)
    out.print(f"[bold green]GENUINE[/]  {receipt.receipt}, signed by the key {receipt.key}")
    for sentence in sentences(receipt.evidence):
        out.print(f"  {escape(sentence)}")
    head = receipt.inclusion.head
    out.print(
        f"  It is number {receipt.inclusion.index + 1} of the {head.size} entries in the "
        f"transparency log that was signed on {when(head.time_ms / 1000)}."
    )
    table = Table("place", "records removed", "keys destroyed", "done")
    for store in receipt.evidence.stores:
        table.add_row(
            store.store,
            str(store.records_removed),
            str(len(store.keys_destroyed)),
            when(store.completed_at_s),
        )
    out.print(table)


@app.command()
def explain(
    file: FileArgument,
    output: Annotated[
        Path, typer.Option("--output", "-o", help="The page to write.", dir_okay=False)
    ],
    key: PublicKeyOption = None,
    state: StateOption = None,
) -> None:
    """Write a page that explains a genuine receipt to the person it is about."""
    page = receipt_page(_verified(file, key, state))
    output.write_text(page, encoding="utf-8")
    out.print(f"[green]Written:[/] {escape(str(output))}")


def _verified(file: Path, key: Path | None, state: Path | None) -> Receipt:
    with failures_explained():
        known = public_key(key, state)
    try:
        with file.open("rb") as opened:
            return verify_receipt(opened.read(LARGEST_RECEIPT + 1), known)
    except ReceiptRefused as refused:
        out.print(f"[bold red]NOT GENUINE[/]  {escape(str(refused))}")
        out.print(f"[dim]{escape(refused.hint)}[/]")
        raise typer.Exit(BROKEN) from None
