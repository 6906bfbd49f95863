"""Where in installed software something failed: what of a traceback can be told to anybody.

Messages and source lines of a traceback can quote what people said. A file's name, a line and a
function are told only where that file is part of what is installed and has such a function, so
that nothing can be told that is not in the software already.
"""

from __future__ import annotations

import re
import sys
import traceback
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from pathlib import Path

MOST_PLACES = 40
"""Of one failure; the outermost are left out."""

_MODULE = re.compile(r"(?:[A-Za-z_]\w*/)*[A-Za-z_]\w*\.py")
_OF_NO_NAME = frozenset({"<module>", "<lambda>", "<listcomp>", "<dictcomp>", "<setcomp>"})
_FUNCTION = re.compile(r"[A-Za-z_]\w{0,99}|<\w{1,20}>")
_INSTALLED = re.compile(r".*/(?:site-packages|dist-packages|python3\.\d+)/(?P<module>.+)")

Place = tuple[str, int, str]
"""File from where Python imports it, line, function."""


def places_of(failure: BaseException) -> list[tuple[str, list[Place]]]:
    """The kind and the places of an exception and of what caused it, the cause first."""
    found: list[tuple[str, list[Place]]] = []
    one: BaseException | None = failure
    while one is not None and len(found) < MOST_PLACES:
        frames = traceback.extract_tb(one.__traceback__)
        places = [(module_of(at.filename), at.lineno or 0, at.name) for at in frames]
        found.insert(0, (type(one).__name__, [place for place in places if place[0]]))
        one = one.__cause__ or (None if one.__suppress_context__ else one.__context__)
    return found


def module_of(filename: str) -> str:
    """A file as Python imports it, "package/module.py"; empty for what is not imported."""
    roots = sorted(_roots(), key=lambda root: -len(root.parts))
    for root in roots:
        if Path(filename).is_relative_to(root):
            return Path(filename).relative_to(root).as_posix()
    installed = _INSTALLED.fullmatch(filename)
    return installed["module"] if installed else ""


def told(places: Iterable[Sequence[object]], *more: Path) -> Iterator[str]:
    """As "file:line in function", those places that are installed here or below `more`."""
    for module, line, function in list(places)[-MOST_PLACES:]:
        if not (isinstance(module, str) and isinstance(function, str) and isinstance(line, int)):
            continue
        roots = (*more, *_roots())
        if any(_has(root, module, function) for root in roots):
            yield f"{module}:{line} in {function}"


def _roots() -> Iterator[Path]:
    return (Path(entry) for entry in sys.path if entry.startswith("/"))


@lru_cache(maxsize=512)
def _has(root: Path, module: str, function: str) -> bool:
    if not _MODULE.fullmatch(module) or not _FUNCTION.fullmatch(function):
        return False
    try:
        source = (root / module).read_text(errors="replace")
    except OSError:
        return False
    return function in _OF_NO_NAME or re.search(rf"\bdef {function}\b", source) is not None
