"""What every command needs: the loop it works on, and errors told to a person."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Annotated, TypeVar

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Column

from training_loop.errors import EarmarkError
from training_loop.loop import Loop, open_loop
from training_loop.settings import LoopSettings

T = TypeVar("T")

FAILED = 1
NOT_RELEASED = 3
"""The candidate was trained, and the gate refused it."""
INTERRUPTED = 130

StateOption = Annotated[
    Path | None,
    typer.Option(
        "--state",
        help="The assistant's state directory.",
        envvar="EARMARK_STATE",
        show_default=False,
    ),
]

out = Console(highlight=False)
err = Console(stderr=True, highlight=False)


def id_column(name: str) -> Column:
    """Of a table. Ids are copied: they are not cut while anything else can give way."""
    return Column(name, no_wrap=True)


def time_column(name: str) -> Column:
    """Of a table: a day and a time, below each other where there is little room."""
    return Column(name, min_width=len("2026-11-22"))


def settings_for(state: Path | None) -> LoopSettings:
    """From the environment, with the state directory from the command line if it is given."""
    found = LoopSettings.from_environment()
    return replace(found, state=state.expanduser().absolute()) if state else found


def with_loop(state: Path | None, work: Callable[[Loop, LoopSettings], Awaitable[T]]) -> T:
    """Runs `work` on the loop of a running assistant; ends the command on expected failures."""

    async def run() -> T:
        chosen = settings_for(state)
        async with open_loop(chosen) as loop:
            return await work(loop, chosen)

    with failures_explained():
        return asyncio.run(run())


@contextmanager
def failures_explained() -> Iterator[None]:
    """An expected failure becomes its code, a sentence and what to do; no traceback."""
    try:
        yield
    except EarmarkError as failure:
        err.print(f"[bold red]{failure.code}[/]  {escape(str(failure))}")
        if failure.hint:
            err.print(f"[dim]{escape(failure.hint)}[/]")
        raise typer.Exit(FAILED) from None
    except KeyboardInterrupt:
        err.print("Stopped.")
        raise typer.Exit(INTERRUPTED) from None
