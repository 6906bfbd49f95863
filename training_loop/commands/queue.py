"""`training-loop queue`: what waits to be reviewed and learned from."""

from __future__ import annotations

import time
from typing import Annotated

import typer
from rich.table import Table

from training_loop.commands.session import StateOption, out, with_loop
from training_loop.loop import Loop
from training_loop.queue.lease import ItemState, QueuedItem
from training_loop.settings import LoopSettings

app = typer.Typer(no_args_is_help=True, help="The learning queue: counts and ids, no content.")

_PAGE = 500
_COLOURS = {
    ItemState.READY: "cyan",
    ItemState.LEASED: "yellow",
    ItemState.REVIEWED: "green",
    ItemState.HELD: "dim",
}


@app.command()
def statistics(state: StateOption = None) -> None:
    """How many utterances wait, are being reviewed, and are reviewed.

    **held**: their account lets models learn from them and no person hear them.
    """

    async def count(loop: Loop, _: LoopSettings) -> None:
        found = await loop.queue.statistics()
        table = Table("ready", "leased", "reviewed", "held", "accounts")
        counts = (found.ready, found.leased, found.reviewed, found.held, found.accounts)
        table.add_row(*map(str, counts))
        out.print(table)

    with_loop(state, count)


@app.command("list")
def list_items(
    state: StateOption = None,
    limit: Annotated[int, typer.Option(min=1, help="Show at most so many.")] = 50,
) -> None:
    """The items by id, state, age and consent epoch. No content and no accounts."""

    async def show(loop: Loop, _: LoopSettings) -> None:
        table = Table("item", "state", "age", "epoch")
        left, token = limit, ""
        while left > 0:
            page = await loop.queue.items(min(left, _PAGE), token)
            for item in page.items:
                table.add_row(*_row(item))
            left -= len(page.items)
            token = page.next_page_token
            if not token:
                break
        out.print(table)
        if token:
            out.print(f"[dim]More than {limit}; see --limit.[/]")

    with_loop(state, show)


def _row(item: QueuedItem) -> tuple[str, str, str, str]:
    colour = _COLOURS[item.state]
    age_s = max(0.0, time.time() - item.enqueued_at_s)
    return item.item, f"[{colour}]{item.state.value}[/]", _age(age_s), str(item.epoch)


def _age(age_s: float) -> str:
    for unit, length_s in (("d", 86_400), ("h", 3_600), ("min", 60)):
        if age_s >= length_s:
            return f"{age_s / length_s:.0f} {unit}"
    return f"{age_s:.0f} s"
