"""How a request is split into words that are counted and compared."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from enum import Enum

from training_loop.deidentify.placeholders import PLACEHOLDER
from training_loop.deidentify.spoken_numbers import is_number

_TOKEN = re.compile(rf"{PLACEHOLDER.pattern}|\[unk\]|[^\W_]+(?:['\u2019.-][^\W_]+)*")
MOST_WORDS = 200
"""What comes after is not looked at: nobody says more to an assistant in one request."""


class Kind(Enum):
    PLAIN = "plain"
    NUMBER = "number"
    UNHEARD = "unheard"
    """The recogniser met something that it has no word for."""
    PLACEHOLDER = "placeholder"
    """Stands where a word was hidden."""


def words_of(text: str) -> list[tuple[Kind, str]]:
    """The words of a request in order, lower case, at most `MOST_WORDS`; signs are no words."""
    found = []
    for match in _TOKEN.finditer(text.lower()):
        word = match.group().replace("\u2019", "'")
        found.append((_kind(word), word))
        if len(found) == MOST_WORDS:
            break
    return found


def words_of_each(texts: Iterable[str]) -> Iterator[tuple[Kind, str]]:
    for text in texts:
        yield from words_of(text)


def _kind(word: str) -> Kind:
    if word == "[unk]":
        return Kind.UNHEARD
    if word.startswith("<"):
        return Kind.PLACEHOLDER
    digits = any(sign.isdigit() for sign in word)
    return Kind.NUMBER if digits or is_number(word) else Kind.PLAIN


def parts_of(word: str) -> list[str]:
    """Of a word with hyphens; a word without is its only part."""
    return [part for part in word.split("-") if part]


def root_of(word: str) -> str:
    """Without a possessive ending."""
    return word.removesuffix("'s")
