"""Word errors: substitutions, insertions and deletions of the best alignment."""

from __future__ import annotations

from collections.abc import Sequence


def word_errors(said: Sequence[str], heard: Sequence[str]) -> int:
    """The least number of words to change, add or take out (Levenshtein distance over words)."""
    row = list(range(len(heard) + 1))
    for at, word in enumerate(said, start=1):
        above, row[0] = row[0], at
        for place, other in enumerate(heard, start=1):
            changed = above + (word != other)
            above = row[place]
            row[place] = min(changed, above + 1, row[place - 1] + 1)
    return row[-1]
