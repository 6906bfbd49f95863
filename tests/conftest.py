"""Fixtures shared by all tests; each part keeps its own in `tests/fixtures/`."""

from __future__ import annotations

import os
from pathlib import Path

os.environ["COLUMNS"] = "200"  # what commands print does not depend on who looks

_FIXTURES = Path(__file__).parent / "fixtures"
pytest_plugins = [
    f"tests.fixtures.{path.stem}"
    for path in sorted(_FIXTURES.glob("*.py"))
    if path.stem != "__init__"
]
