"""Finding what was meant inside a longer text, where the entities fell short."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, TypeVar

Value = TypeVar("Value")
MAX_WORDS: Final = 30
_MAX_SPAN: Final = 10


def longest_span(text: str, parse: Callable[[str], Value | None]) -> Value | None:
    """The value of the longest run of words that `parse` understands, the first of equals.

    Looks at the first 30 words, in runs of at most 10.
    """
    words = text.split()[:MAX_WORDS]
    for length in range(min(len(words), _MAX_SPAN), 0, -1):
        for start in range(len(words) - length + 1):
            value = parse(" ".join(words[start : start + length]))
            if value is not None:
                return value
    return None
