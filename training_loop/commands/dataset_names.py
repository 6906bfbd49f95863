"""What the commands on data sets share: names that may be shortened, times, and progress."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Annotated

import typer
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    SpinnerColumn,
    TextColumn,
    TimeRemainingColumn,
)

from training_loop.commands.session import err
from training_loop.datasets.datasets import Datasets
from training_loop.errors import InvalidArgument

OPERATOR = "operator"
"""Who runs commands, as the audit log says it."""

NameArgument = Annotated[str, typer.Argument(help="Its name, or the beginning of it.")]


async def named(datasets: Datasets, beginning: str) -> str:
    """The one data set whose name begins so. Raises InvalidArgument."""
    found = [name for name in await datasets.names() if name.startswith(beginning)]
    if len(found) != 1:
        raise InvalidArgument("Several data sets begin so." if found else "No data set begins so.")
    return found[0]


@contextmanager
def counting(what: str, items: int) -> Iterator[Callable[[int], None]]:
    """A bar of how many of so many items have been dealt with; gone when it ends."""
    columns = (
        *(SpinnerColumn(), TextColumn("{task.description}"), BarColumn(bar_width=24)),
        *(MofNCompleteColumn(), TimeRemainingColumn()),
    )
    with Progress(*columns, console=err, transient=True) as progress:
        task = progress.add_task(what, total=items)
        yield lambda done: progress.update(task, completed=done)


def when(at_s: float) -> str:
    """Local time, to the minute."""
    return time.strftime("%Y-%m-%d %H:%M", time.localtime(at_s))
