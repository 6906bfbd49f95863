"""One way for every benchmark to show and keep its figures: a table, and JSON beside it."""

from __future__ import annotations

import json
import os
import platform
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

from rich.console import Console
from rich.table import Table

RESULTS = Path(__file__).parent / "results"

Value = str | int | float | bool | None
Row = Mapping[str, Value]


def write(
    name: str, figures: Row | None = None, *, rows: Sequence[Row] = (), title: str = ""
) -> Path:
    """Prints both and writes `benchmarks/results/NAME.json`; returns its path.

    `rows` share their keys, which become the columns; `figures` are single values.
    """
    figures = figures or {}
    console = Console()
    if rows:
        console.print(_table(title or name, rows))
    if figures:
        shown: list[Row] = [{"figure": key, "value": value} for key, value in figures.items()]
        console.print(_table(name if rows else title or name, shown))
    content = {"name": name, "machine": machine(), "figures": dict(figures), "rows": list(rows)}
    RESULTS.mkdir(exist_ok=True)
    path = RESULTS / f"{name}.json"
    path.write_text(json.dumps(content, indent=2) + "\n")
    return path


def machine() -> dict[str, Value]:
    """What the figures were measured on; names no host."""
    return {
        "python": platform.python_version(),
        "system": platform.system(),
        "architecture": platform.machine(),
        "cpus": os.cpu_count(),
        "load_1_min": round(os.getloadavg()[0], 2),
        "measured_at": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
    }


def _table(title: str, rows: Sequence[Row]) -> Table:
    table = Table(title=title)
    columns = list(rows[0])
    for column in columns:
        table.add_column(column, justify="left" if column == columns[0] else "right")
    for row in rows:
        table.add_row(*(_shown(row[column]) for column in columns))
    return table


def _shown(value: Value) -> str:
    if isinstance(value, float):
        return f"{value:.4g}"
    return "" if value is None else str(value)
