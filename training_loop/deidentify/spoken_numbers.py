"""Numbers as recognisers write them: words, digits, "double five", "oh"."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from training_loop.deidentify.tokens import Token

_DIGITS: Final = {
    "zero": "0", "oh": "0", "o": "0", "nought": "0", "naught": "0", "nil": "0",
    "one": "1", "two": "2", "three": "3", "four": "4", "five": "5",
    "six": "6", "seven": "7", "eight": "8", "nine": "9",
}  # fmt: skip
_TEENS: Final = {
    "ten": "10", "eleven": "11", "twelve": "12", "thirteen": "13", "fourteen": "14",
    "fifteen": "15", "sixteen": "16", "seventeen": "17", "eighteen": "18", "nineteen": "19",
}  # fmt: skip
_TENS: Final = {
    "twenty": "2", "thirty": "3", "forty": "4", "fourty": "4", "fifty": "5",
    "sixty": "6", "seventy": "7", "eighty": "8", "ninety": "9",
}  # fmt: skip
_SCALES: Final = {"hundred", "thousand", "million", "billion"}
_REPEATS: Final = {"double": 2, "triple": 3, "treble": 3}
_JOINTS: Final = {"and", "dash", "hyphen", "slash", "point", "dot", "plus", "uh", "um", "space"}
"""Words within a number that do not end it."""
_WRITTEN = re.compile(r"[+(]*\d[\d\-/.,:()+%°]*")
_HALVES = re.compile(r"[a-z]+")


@dataclass(frozen=True, slots=True, kw_only=True)
class NumberRun:
    """Number words in a row: the tokens `first` to `last`, `last` not included."""

    first: int
    last: int
    digits: str = field(repr=False)
    """As dialled: "five double oh twelve" is 50012, "twenty five" 25; round hundreds, thousands
    and so on add none, for they say little."""


def digits_of(word: str) -> str | None:
    """The digits that a single token stands for; None when it is not a number."""
    if word in _DIGITS:
        return _DIGITS[word]
    if word in _TEENS:
        return _TEENS[word]
    if word in _TENS:
        return _TENS[word] + "0"
    if _WRITTEN.fullmatch(word):
        return re.sub(r"\D", "", word)
    parts = word.split("-")
    if len(parts) > 1 and all(_HALVES.fullmatch(part) for part in parts):
        values = [digits_of(part) for part in parts]
        if all(value is not None for value in values):
            return dialled(parts)
    return None


def is_number(word: str) -> bool:
    return digits_of(word) is not None or word in _SCALES


def number_runs(tokens: Sequence[Token]) -> tuple[NumberRun, ...]:
    """Every number of the text, as long as its words follow each other."""
    runs: list[NumberRun] = []
    start = 0
    while start < len(tokens):
        if not _begins(tokens, start):
            start += 1
            continue
        end = start + 1
        while end < len(tokens) and (last := _next_end(tokens, end)):
            end = last
        words = [token.word for token in tokens[start:end]]
        runs.append(NumberRun(first=start, last=end, digits=dialled(words)))
        start = end
    return tuple(runs)


def dialled(words: Sequence[str]) -> str:
    """The digits of number words one after the other."""
    digits = ""
    repeat = 1
    for index, word in enumerate(words):
        if word in _REPEATS:
            repeat = _REPEATS[word]
            continue
        value = digits_of(word)
        if value is None:
            continue
        following = words[index + 1] if index + 1 < len(words) else ""
        if word in _TENS and following in _DIGITS and _DIGITS[following] != "0":
            value = _TENS[word]
        digits += value * repeat
        repeat = 1
    return digits


def _begins(tokens: Sequence[Token], index: int) -> bool:
    word = tokens[index].word
    if word in _REPEATS:
        return index + 1 < len(tokens) and digits_of(tokens[index + 1].word) is not None
    return (digits_of(word) is not None and word not in ("o", "oh")) or _is_leading_zero(
        tokens, index
    )


def _is_leading_zero(tokens: Sequence[Token], index: int) -> bool:
    """ "oh seven ...": a zero; "oh ten minutes please": not. A zero needs a digit behind it."""
    return (
        tokens[index].word in ("o", "oh")
        and index + 1 < len(tokens)
        and tokens[index + 1].word in (_DIGITS.keys() | _REPEATS.keys())
    )


def _next_end(tokens: Sequence[Token], index: int) -> int:
    """Behind the next part of the number that begins at `index`; 0 when it has ended."""
    word = tokens[index].word
    if is_number(word) or not word:
        return index + 1
    follows = index + 1 < len(tokens) and (
        is_number(tokens[index + 1].word) or tokens[index + 1].word in _REPEATS
    )
    return index + 1 if follows and (word in _JOINTS or word in _REPEATS) else 0
