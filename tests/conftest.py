"""Fixtures shared by all tests; each part keeps its own in `tests/fixtures/`."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

os.environ["COLUMNS"] = "200"  # what commands print does not depend on who looks

_TESTS = Path(__file__).parent
_FIXTURES = _TESTS / "fixtures"
pytest_plugins = [
    f"tests.fixtures.{path.stem}"
    for path in sorted(_FIXTURES.glob("*.py"))
    if path.stem != "__init__"
]

_LONGEST_FIRST = ("loop", "faults", "wire", "web", "store", "unit")


def pytest_configure(config: pytest.Config) -> None:
    """Workers take whole files in the order below, and not those with most tests first: in the end
    they would all be at the few tests that take longest, and then wait for one of them."""
    if hasattr(config.option, "loadscopereorder"):
        config.option.loadscopereorder = False


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    places = [_TESTS / name for name in _LONGEST_FIRST]
    items.sort(key=lambda item: [place not in item.path.parents for place in places])
