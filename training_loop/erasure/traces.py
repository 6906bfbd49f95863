"""Finding thousands of names in files, in time that hardly depends on how many they are."""

from __future__ import annotations

import mmap
import os
from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

_FEW = 8
_PIECE = 8 * 1024 * 1024
_WORD = 8
_BITS = 20
_MIX = np.uint64(0x9E3779B97F4A7C15)


class Needles:
    """Names of at least 8 bytes. Few are searched one by one; many by the hash of their ends."""

    def __init__(self, names: Iterable[bytes]) -> None:
        """Raises ValueError for a shorter name."""
        self._names = sorted(set(names))
        if any(len(name) < _WORD for name in self._names):
            raise ValueError("a name that short would be found by chance")
        self._longest = max(map(len, self._names), default=0)
        self._by_end: dict[int, list[bytes]] = {}
        for name in self._names:
            self._by_end.setdefault(int.from_bytes(name[-_WORD:], "little"), []).append(name)
        ends = np.fromiter(self._by_end, dtype=np.uint64, count=len(self._by_end))
        self._ends = np.sort(ends)
        self._table = np.zeros(1 << _BITS, dtype=np.bool_)
        self._table[_hashes(self._ends)] = True

    def found_in(self, path: Path) -> frozenset[bytes]:
        """Which of the names are in a file; none when it is gone. Raises OSError."""
        try:
            with path.open("rb") as file:
                if not os.fstat(file.fileno()).st_size:
                    return frozenset()  # an empty file cannot be mapped
                with mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
                    return frozenset(self._found(data))
        except FileNotFoundError:
            return frozenset()

    def _found(self, data: mmap.mmap) -> set[bytes]:
        if len(self._names) <= _FEW:
            return {name for name in self._names if data.find(name) >= 0}
        found: set[bytes] = set()
        step = max(_PIECE - self._longest, _WORD)
        for start in range(0, len(data), step):
            found |= self._found_in_piece(data[start : start + _PIECE])
        return found

    def _found_in_piece(self, piece: bytes) -> set[bytes]:
        found: set[bytes] = set()
        for shift in range(_WORD):
            whole = (len(piece) - shift) // _WORD
            if whole < 1:
                break
            words = np.frombuffer(piece, "<u8", count=whole, offset=shift)
            places = np.flatnonzero(self._table[_hashes(words)])
            places = places[np.isin(words[places], self._ends)]
            for place in places.tolist():
                end = shift + (place + 1) * _WORD
                found.update(self._ending_at(piece, end, int(words[place])))
        return found

    def _ending_at(self, piece: bytes, end: int, word: int) -> Sequence[bytes]:
        return [name for name in self._by_end[word] if piece[max(0, end - len(name)) : end] == name]


def _hashes(words: NDArray[np.uint64]) -> NDArray[np.uint64]:
    hashes: NDArray[np.uint64] = (words.astype(np.uint64) * _MIX) >> np.uint64(64 - _BITS)
    return hashes
