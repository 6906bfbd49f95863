"""Durations as people say them, and said back."""

from __future__ import annotations

import re
from fractions import Fraction
from typing import Final

from assistant.answers.spoken.numbers import MAX_CHARACTERS, parse_number, say_number
from assistant.answers.spoken.phrases import counted, say_list

MAX_DURATION_S: Final = 366 * 86_400

_UNITS: Final = {
    "second": 1,
    "minute": 60,
    "hour": 3_600,
    "day": 86_400,
    "week": 604_800,
}
_NAMES: Final = {
    **{name: seconds for unit, seconds in _UNITS.items() for name in (unit, f"{unit}s")},
    **dict.fromkeys(("sec", "secs"), 1),
    **dict.fromkeys(("min", "mins"), 60),
    **dict.fromkeys(("hr", "hrs"), 3_600),
}
_LETTERS: Final = {"h": "hours", "m": "minutes", "s": "seconds"}
_BEFORE: Final = frozenset({"and", "for", "in", "about", "around", "another", "exactly", "the"})
_AFTER: Final = frozenset({"longer", "from", "now", "please", "timer", "long"})


def parse_duration(text: str) -> int | None:
    """Seconds, rounded, at most a year, or None when the text is not wholly a duration.

    Understands "ninety seconds", "an hour and a half", "two and a half minutes", "half an hour",
    "three quarters of an hour", "one hour thirty", "1h 30", "a couple of minutes".
    """
    words = _words(text)
    if words is None:
        return None
    total = Fraction(0)
    unit_s = 0
    segment: list[str] = []
    for word in words:
        if word not in _NAMES:
            segment.append(word)
            continue
        quantity = _quantity(segment)
        if quantity is None:
            return None
        unit_s = _NAMES[word]
        total += quantity * unit_s
        segment = []
    rest = _remainder(segment, unit_s)
    if not unit_s or rest is None:
        return None
    seconds = round(total + rest)
    return seconds if 0 <= seconds <= MAX_DURATION_S else None


def say_duration(seconds: float) -> str:
    """ "an hour and a half", "one hour, ten minutes and five seconds", "no time"."""
    left = round(seconds)
    if left <= 0:
        return "no time"
    if left == 5_400:
        return "an hour and a half"
    if left % 3_600 == 1_800 and left < 86_400 and left > 3_600:
        return f"{say_number(left // 3_600)} and a half hours"
    parts = []
    for unit in ("day", "hour", "minute", "second"):
        count, left = divmod(left, _UNITS[unit])
        if count:
            parts.append(counted(count, unit))
    return say_list(parts)


def _words(text: str) -> list[str] | None:
    if len(text) > MAX_CHARACTERS:
        return None
    plain = text.lower().replace(",", " ").replace("-", " ")
    plain = re.sub(r"(\d) ?([hms])(?![a-z])", lambda m: f"{m[1]} {_LETTERS[m[2]]} ", plain)
    plain = re.sub(r"(\d)([a-z])", r"\1 \2", plain)
    plain = re.sub(r"\ba couple of\b|\ba couple\b|\bcouple of\b", "two", plain)
    plain = re.sub(r"\b(?:more|extra|additional)\b", " ", plain)
    words = re.sub(r"([a-z])(\d)", r"\1 \2", plain).split()
    while words and words[-1] in _AFTER:
        words.pop()
    return words


def _quantity(words: list[str]) -> Fraction | None:
    """What stands before a unit: "two and a half", "half an", "a quarter of an", "a"."""
    another = "another" in words[:2]
    while words and words[0] in _BEFORE:
        words = words[1:]
    if not words:
        return Fraction(1) if another else None
    if words in (["a"], ["an"]):
        return Fraction(1)
    if words[-1] in ("a", "an"):
        words = words[:-1]
    if words[-1] == "of":
        words = words[:-1]
    return parse_number(" ".join(words))


def _remainder(words: list[str], unit_s: int) -> Fraction | None:
    """What follows the last unit: "and a half" of it, or a count of the next smaller one."""
    if not words:
        return Fraction(0)
    number = parse_number(" ".join(words[1:] if words[0] == "and" else words))
    if number is None or unit_s <= 1:
        return None
    if number < 1:
        return number * unit_s
    if number >= 60 or unit_s > 3_600:
        return None
    return number * unit_s / 60
