"""Days as people say them, and said back."""

from __future__ import annotations

import re
from datetime import date, timedelta
from typing import Final

from assistant.answers.spoken.numbers import MAX_CHARACTERS, parse_integer, say_number

_WEEKDAYS: Final = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
# fmt: off
_MONTHS: Final = (
    "january", "february", "march", "april", "may", "june", "july", "august", "september",
    "october", "november", "december",
)
# fmt: on
_IRREGULAR: Final = {
    "one": "first",
    "two": "second",
    "three": "third",
    "five": "fifth",
    "eight": "eighth",
    "nine": "ninth",
    "twelve": "twelfth",
    "twenty": "twentieth",
    "thirty": "thirtieth",
}
_FEASTS: Final = {
    "christmas": (12, 25),
    "christmas day": (12, 25),
    "christmas eve": (12, 24),
    "new year's eve": (12, 31),
    "new year's day": (1, 1),
    "new year's": (1, 1),
    "valentine's day": (2, 14),
    "halloween": (10, 31),
}
_PART = re.compile(
    r"\b(?:in the |this )?(?:morning|afternoon|evening)\b|\b(?:at )?(?:night)\b", re.IGNORECASE
)
_COUNTED = re.compile(r"(?:in )?(.+) (day|days|week|weeks)(?: from (?:now|today))?")


def say_ordinal(number: int) -> str:
    """ "third", "twenty first"; for 1 to 99."""
    head, _, last = say_number(number).rpartition(" ")
    word = _IRREGULAR.get(last, f"{last}th")
    return f"{head} {word}".strip()


def say_weekday(day: date) -> str:
    return _WEEKDAYS[day.weekday()].capitalize()


def say_date(day: date) -> str:
    """ "Tuesday, the third of May"."""
    month = _MONTHS[day.month - 1].capitalize()
    return f"{say_weekday(day)}, the {say_ordinal(day.day)} of {month}"


def say_day(day: date, today: date) -> str:
    """ "today", "tomorrow", "on Friday", "on Tuesday, the third of May"."""
    distance = (day - today).days
    if distance in (0, 1):
        return "tomorrow" if distance else "today"
    return f"on {say_weekday(day)}" if 1 < distance < 7 else f"on {say_date(day)}"


def parse_day(text: str, today: date) -> date | None:
    """A day from today on, or None when the text is not wholly one.

    Understands "today", "tonight", "tomorrow morning", "the day after tomorrow", "on friday",
    "next friday", "in three days", "the third of may", "may third", "the third". A weekday is
    never today.
    """
    if len(text) > MAX_CHARACTERS:
        return None
    plain = re.sub(r"[,.-]", " ", _PART.sub(" ", text.lower()))
    said = re.sub(r"^(?:on|for|by) ", "", " ".join(plain.split()))
    if not said:
        return today if _PART.fullmatch(text.strip()) else None
    return (
        _named(said, today)
        or _feast(said, today)
        or _weekday(said, today)
        or _counted(said, today)
        or _calendar(said.split(), today)
    )


def _named(said: str, today: date) -> date | None:
    distances = {"today": 0, "tonight": 0, "tomorrow": 1, "the day after tomorrow": 2}
    distances["day after tomorrow"] = 2
    distance = distances.get(said)
    return None if distance is None else today + timedelta(days=distance)


def _feast(said: str, today: date) -> date | None:
    name = re.sub(r"^(?:this |next |the )", "", said)
    if name == "weekend":
        return today if today.weekday() >= 5 else today + timedelta(days=5 - today.weekday())
    if name not in _FEASTS:
        return None
    month, number = _FEASTS[name]
    return _next_date(today, number, [month])


def _weekday(said: str, today: date) -> date | None:
    name = re.sub(r"^(?:this |next |the next |coming |every )", "", said).removesuffix("s")
    if name not in _WEEKDAYS:
        return None
    return today + timedelta(days=(_WEEKDAYS.index(name) - today.weekday() - 1) % 7 + 1)


def _counted(said: str, today: date) -> date | None:
    if said in ("next week", "a week from now"):
        return today + timedelta(days=7)
    match = _COUNTED.fullmatch(said)
    if match is None:
        return None
    count = 1 if match[1] == "a" else parse_integer(match[1])
    days = 0 if count is None else count * (7 if match[2].startswith("week") else 1)
    return today + timedelta(days=days) if 0 < days <= 366 else None


def _calendar(words: list[str], today: date) -> date | None:
    """ "the third of may", "may third", "may the third", "the third"."""
    named = [word for word in words if word in _MONTHS]
    if len(named) > 1:
        return None
    rest = [word for word in words if word not in ("the", "of", *_MONTHS, *_WEEKDAYS)]
    number = _ordinal(" ".join(rest), bare=bool(named))
    if number is None:
        return None
    if named:
        return _next_date(today, number, [_MONTHS.index(named[0]) + 1], years=range(5))
    return _next_date(today, number, [(today.month - 1 + n) % 12 + 1 for n in range(13)])


def _next_date(today: date, number: int, months: list[int], years: range = range(2)) -> date | None:
    """The first such date from today on; years enough for the 29th of February."""
    found = []
    for year in years:
        for month in months:
            try:
                found.append(date(today.year + year, month, number))
            except ValueError:
                continue
    return min((day for day in found if day >= today), default=None)


def _ordinal(said: str, *, bare: bool) -> int | None:
    """1 to 31; "three" and "3" count only beside a month (`bare`)."""
    match = re.fullmatch(r"(\d{1,2})(st|nd|rd|th)?", said)
    if match:
        number: int | None = int(match[1]) if match[2] or bare else None
    else:
        number = _ORDINALS.get(said) or (parse_integer(said) if bare else None)
    return number if number is not None and 1 <= number <= 31 else None


_ORDINALS: Final = {say_ordinal(number): number for number in range(1, 32)}
