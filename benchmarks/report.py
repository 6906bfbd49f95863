"""Shows a benchmark's figures as a table and writes them as JSON."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

RESULTS = Path(__file__).parent / "results"


def write(name: str, figures: Mapping[str, Any]) -> None:
    """Prints the plain figures and writes all of them to `benchmarks/results/NAME.json`."""
    table = Table("figure", "value", title=name)
    for figure, value in figures.items():
        if not isinstance(value, list | dict):
            table.add_row(figure, str(value))
    Console().print(table)
    RESULTS.mkdir(exist_ok=True)
    (RESULTS / f"{name}.json").write_text(json.dumps(figures, indent=2) + "\n", encoding="utf-8")
