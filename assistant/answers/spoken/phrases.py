"""Small matters of English: lists, plurals, articles, and who "me" is."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from assistant.answers.spoken.numbers import parse_number, say_number

_SILENT_H: Final = ("hour", "honest", "heir")
_SOUNDS_LIKE_YOU: Final = ("uni", "use", "usu", "euro", "one")
_PAIRS: Final = (
    "salt and pepper",
    "fish and chips",
    "mac and cheese",
    "macaroni and cheese",
    "half and half",
    "peanut butter and jelly",
    "oil and vinegar",
)
_TURNED: Final = {
    "i": "you",
    "me": "you",
    "my": "your",
    "mine": "yours",
    "myself": "yourself",
    "i'm": "you're",
    "i've": "you've",
    "i'll": "you'll",
    "am": "are",
}


def say_list(items: Sequence[str], last: str = "and") -> str:
    """ "milk, eggs and bread"; the empty string for nothing."""
    if len(items) < 2:
        return "".join(items)
    return f"{', '.join(items[:-1])} {last} {items[-1]}"


def counted(number: int, noun: str, plural: str = "") -> str:
    """ "one timer", "three timers", "no timers"."""
    many = plural or f"{noun}s"
    if number == 0:
        return f"no {many}"
    return f"{say_number(number)} {noun if number == 1 else many}"


def with_article(noun: str) -> str:
    """ "an apple", "a uniform", "an hour"."""
    word = noun.lower()
    if word.startswith(_SILENT_H):
        return f"an {noun}"
    vowel = word[:1] in "aeiou" and not word.startswith(_SOUNDS_LIKE_YOU)
    return f"{'an' if vowel else 'a'} {noun}"


def sentence(text: str) -> str:
    """With a capital first letter and a full stop."""
    stripped = text.strip()
    ended = stripped if stripped.endswith((".", "!", "?")) else f"{stripped}."
    return ended[:1].upper() + ended[1:]


def to_listener(text: str) -> str:
    """What they said, said to them: "call my mom" becomes "call your mom"."""
    return " ".join(_TURNED.get(word.lower(), word) for word in text.split())


def split_items(text: str) -> tuple[str, ...]:
    """The items of "milk, two pounds of potatoes and salt and pepper", without repeats."""
    kept = text.lower()
    for pair in _PAIRS:
        kept = kept.replace(pair, pair.replace(" and ", "\0"))
    kept = re.sub(r"\band (a half|a quarter|three quarters)\b", "\0\\1", kept)
    parts = re.split(r"\s*,\s*(?:and\s+)?|\s+(?:and|plus)\s+", kept)
    joined = _whole_numbers([part.strip() for part in parts if part.strip()])
    items = (item.replace(" \0", " and ").replace("\0", " and ") for item in joined)
    return tuple(dict.fromkeys(item for item in items if item.strip()))


def _whole_numbers(parts: list[str]) -> list[str]:
    """Undoes a cut inside a number: "one hundred" "five grams of salt"."""
    joined: list[str] = []
    for part in parts:
        if joined and parse_number(joined[-1]) is not None:
            joined[-1] = f"{joined[-1]}\0{part}"
        else:
            joined.append(part)
    return joined
