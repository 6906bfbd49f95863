"""Reads the files of the state directory once for all erasures that search them now."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from training_loop.erasure.traces import Needles


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A directory, without the entries of these names wherever they lie in it."""

    directory: Path
    besides: frozenset[str] = frozenset()


class FileSearch:
    """One search at a time; callers that come while one runs share the next one."""

    def __init__(self, places: Mapping[str, Place]) -> None:
        self._places = places
        self._waiting: set[bytes] = set()
        self._running: asyncio.Task[Mapping[str, frozenset[bytes]]] | None = None
        self._next: asyncio.Task[Mapping[str, frozenset[bytes]]] | None = None

    async def count(self, names: Iterable[bytes]) -> Mapping[str, int]:
        """How many of the names a search found, by place, that began after this call.

        Raises OSError. Names have at least 8 bytes.
        """
        wanted = frozenset(names)
        self._waiting |= wanted
        if self._next is None:
            self._next = asyncio.create_task(self._after(self._running))
        found = await asyncio.shield(self._next)
        return {place: len(there & wanted) for place, there in found.items()}

    async def _after(
        self, earlier: asyncio.Task[Mapping[str, frozenset[bytes]]] | None
    ) -> Mapping[str, frozenset[bytes]]:
        if earlier:
            await asyncio.wait([earlier])
        self._running, self._next = self._next, None
        names, self._waiting = self._waiting, set()
        return await asyncio.to_thread(self._search, Needles(names))

    def _search(self, needles: Needles) -> Mapping[str, frozenset[bytes]]:
        return {
            name: frozenset().union(*(needles.found_in(path) for path in _files(place)))
            for name, place in self._places.items()
        }


def _files(place: Place) -> Iterator[Path]:
    directory = place.directory
    for path in sorted(directory.iterdir()) if directory.is_dir() else ():
        if path.is_symlink() or path.name in place.besides:
            continue
        if path.is_dir():
            yield from _files(Place(directory=path, besides=place.besides))
        elif path.is_file():
            yield path
