"""Aligns what was said with what was heard, word by word. Pure.

Levenshtein's distance over words with the path that has it; on equal distance substitutions come
before deletions and insertions, so that the same pair always aligns the same way.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """A stretch of what was said, `start` to `end` in words, and what was heard instead. Personal:
    `repr` shows no words."""

    start: int
    end: int
    said: tuple[str, ...] = field(repr=False)
    heard: tuple[str, ...] = field(repr=False)


def word_errors(said: Sequence[str], heard: Sequence[str]) -> int:
    """Substitutions, insertions and deletions that turn one into the other, at the least."""
    return _distances(said, heard)[-1][-1]


def differences(said: Sequence[str], heard: Sequence[str]) -> tuple[Difference, ...]:
    """The stretches in which they differ, in order; neighbouring changes are one stretch."""
    found: list[Difference] = []
    at, there = len(said), len(heard)
    end, heard_end = at, there
    for one, other in _path(said, heard):
        if at - one == 1 and there - other == 1 and said[one] == heard[other]:
            if at < end or there < heard_end:
                found.append(_difference(said, heard, (at, end), (there, heard_end)))
            end, heard_end = one, other
        at, there = one, other
    if at < end or there < heard_end:
        found.append(_difference(said, heard, (at, end), (there, heard_end)))
    return tuple(reversed(found))


def _difference(
    said: Sequence[str], heard: Sequence[str], of: tuple[int, int], to: tuple[int, int]
) -> Difference:
    return Difference(
        start=of[0], end=of[1], said=tuple(said[slice(*of)]), heard=tuple(heard[slice(*to)])
    )


def _path(said: Sequence[str], heard: Sequence[str]) -> list[tuple[int, int]]:
    """Positions from the end to the beginning, without the end itself."""
    distances = _distances(said, heard)
    row, column = len(said), len(heard)
    path = []
    while row or column:
        here = distances[row][column]
        if row and column:
            cost = said[row - 1] != heard[column - 1]
            if distances[row - 1][column - 1] + cost == here:
                row, column = row - 1, column - 1
                path.append((row, column))
                continue
        if row and distances[row - 1][column] + 1 == here:
            row -= 1
        else:
            column -= 1
        path.append((row, column))
    return path


def _distances(said: Sequence[str], heard: Sequence[str]) -> list[list[int]]:
    rows = [list(range(len(heard) + 1))]
    for number, word in enumerate(said, start=1):
        before = rows[-1]
        row = [number]
        for column, other in enumerate(heard, start=1):
            row.append(min(before[column] + 1, row[-1] + 1, before[column - 1] + (word != other)))
        rows.append(row)
    return rows
