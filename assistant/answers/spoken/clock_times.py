"""Times of day as people say them, said back, and placed on the calendar."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from enum import Enum
from typing import Final

from assistant.answers.spoken.numbers import MAX_CHARACTERS, parse_integer, say_number

_PAST: Final = frozenset({"past", "after"})
_TO: Final = frozenset({"to", "before", "till", "of", "until"})
_EXACT: Final = {"noon": 12, "midday": 12, "midnight": 0}


class PartOfDay(Enum):
    """A part of the day, and the hour it stands for when no other is said."""

    MORNING = 9
    AFTERNOON = 15
    EVENING = 19
    NIGHT = 21


_PARTS: Final = {
    "in the morning": PartOfDay.MORNING,
    "this morning": PartOfDay.MORNING,
    "in the afternoon": PartOfDay.AFTERNOON,
    "this afternoon": PartOfDay.AFTERNOON,
    "in the evening": PartOfDay.EVENING,
    "this evening": PartOfDay.EVENING,
    "at night": PartOfDay.NIGHT,
    "tonight": PartOfDay.NIGHT,
    "morning": PartOfDay.MORNING,
    "afternoon": PartOfDay.AFTERNOON,
    "evening": PartOfDay.EVENING,
    "night": PartOfDay.NIGHT,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class ClockTime:
    """A time of day; when not `certain`, it may be twelve hours later as well."""

    hour: int
    minute: int
    certain: bool

    def in_part(self, part: PartOfDay | None) -> ClockTime:
        """As meant in a part of the day; unchanged when the time is certain anyway."""
        if self.certain or part is None:
            return self
        hour = self.hour % 12
        late = part in (PartOfDay.AFTERNOON, PartOfDay.EVENING)
        if part is PartOfDay.NIGHT:
            late = hour >= 5
        return ClockTime(hour=hour + 12 if late else hour, minute=self.minute, certain=True)


def part_of_day(text: str) -> PartOfDay | None:
    """The part of the day that a text names, or None."""
    lowered = f" {text.lower()} "
    return next((part for words, part in _PARTS.items() if f" {words} " in lowered), None)


def parse_clock(text: str) -> ClockTime | None:
    """A time of day, or None when the text is not wholly one.

    Understands "half past seven", "quarter to six p m", "noon", "seven thirty", "seven oh five",
    "ten to eight in the evening", "19:30", "7 pm", "eight o'clock".
    """
    if len(text) > MAX_CHARACTERS:
        return None
    words = _normalised(text)
    words, part = _without_part(words)
    if words[-1:] in (["am"], ["pm"]):
        half = words[-1]
        clock = _clock(words[:-1])
        if clock is None or (clock.certain and clock.hour != 12):
            return None
        part = PartOfDay.MORNING if half == "am" else PartOfDay.AFTERNOON
        return replace(clock, certain=False).in_part(part)
    clock = _clock(words)
    return clock.in_part(part) if clock else None


def say_clock(moment: time | datetime) -> str:
    """ "seven thirty in the morning", "noon", "twelve oh five at night"."""
    hour, minute = moment.hour, moment.minute
    if minute == 0 and hour in (0, 12):
        return "noon" if hour else "midnight"
    said = say_number(hour % 12 or 12)
    if 0 < minute < 10:
        said += f" oh {say_number(minute)}"
    elif minute:
        said += f" {say_number(minute)}"
    if hour in (0, 21, 22, 23):
        return f"{said} at night"
    if hour < 12:
        return f"{said} in the morning"
    return f"{said} in the {'afternoon' if hour < 18 else 'evening'}"


def resolve(
    clock: ClockTime, now: datetime, day: date | None = None, *, morning_from: int = 3
) -> datetime | None:
    """The moment that was meant, in the zone of `now`; None when it has passed already.

    Without a day the next such time. An uncertain time is never before `morning_from` (an hour)
    in the morning, and on a later day it is in the morning if it can be.
    """
    days = [day] if day else [now.date() + timedelta(days=offset) for offset in (0, 1)]
    candidates = _candidates(clock)
    moments = [
        datetime.combine(one, moment, tzinfo=now.tzinfo) for one in days for moment in candidates
    ]
    if not clock.certain:
        moments = [moment for moment in moments if moment.hour >= morning_from]
    later = [moment for moment in moments if moment.timestamp() > now.timestamp()]
    return min(later, key=datetime.timestamp) if later else None


def _candidates(clock: ClockTime) -> list[time]:
    if clock.certain:
        return [time(clock.hour, clock.minute)]
    return [time(clock.hour % 12, clock.minute), time(clock.hour % 12 + 12, clock.minute)]


def _normalised(text: str) -> list[str]:
    plain = text.lower().replace("-", " ").replace(",", " ")
    plain = re.sub(r"\b([ap])\.?\s?m\b\.?", r" \1m ", plain)
    plain = re.sub(r"\bo'? ?clock\b", " ", plain)
    plain = re.sub(r"(?<=\d)[.:h](?=\d\d\b)", " ", plain)
    words = plain.split()
    while words and words[0] in ("at", "by", "around", "about", "for", "until"):
        words = words[1:]
    return words


def _without_part(words: list[str]) -> tuple[list[str], PartOfDay | None]:
    joined = " ".join(words)
    for phrase, part in _PARTS.items():
        if joined.endswith(f" {phrase}"):
            return joined.removesuffix(phrase).split(), part
        if joined.startswith(f"{phrase} "):
            rest = joined.removeprefix(phrase).split()
            return (rest[1:] if rest[:1] == ["at"] else rest), part
    return words, None


def _clock(words: list[str]) -> ClockTime | None:
    for position, word in enumerate(words):
        if word in _PAST or word in _TO:
            return _relative(words[:position], words[position + 1 :], late=word in _TO)
    return _plain(words)


def _relative(before: list[str], after: list[str], *, late: bool) -> ClockTime | None:
    """ "quarter to six": minutes before or after an hour."""
    minutes = _minutes(before)
    base = _plain(after)
    if minutes is None or base is None or base.minute:
        return None
    total = (base.hour * 60 + (-minutes if late else minutes)) % 1440
    hour = total // 60
    if not base.certain:
        hour = hour % 12 or 12
    return ClockTime(hour=hour, minute=total % 60, certain=base.certain)


def _minutes(words: list[str]) -> int | None:
    names = {"half": 30, "a half": 30, "quarter": 15, "a quarter": 15}
    said = " ".join(words)
    if said in names:
        return names[said]
    number = parse_integer(" ".join(word for word in words if word not in ("minutes", "minute")))
    return number if number is not None and 0 < number < 60 else None


def _plain(words: list[str]) -> ClockTime | None:
    """ "noon", "seven", "seven thirty", "nineteen oh five", "seventeen hundred"."""
    if len(words) == 1 and words[0] in _EXACT:
        return ClockTime(hour=_EXACT[words[0]], minute=0, certain=True)
    if words[-1:] == ["hundred"]:
        hour = parse_integer(" ".join(words[:-1]))
        return _at(hour, 0, certain=True) if hour is not None else None
    whole = parse_integer(" ".join(words))
    if whole is not None and 0 <= whole <= 24:
        return _at(whole, 0)
    for cut in range(1, len(words)):
        hour = parse_integer(" ".join(words[:cut]))
        minute = _minute_after_hour(words[cut:])
        if hour is not None and minute is not None:
            return _at(hour, minute)
    return None


def _minute_after_hour(words: list[str]) -> int | None:
    number = parse_integer(" ".join(words))
    if number is not None:
        two_digits = number >= 10 or words[0].isdigit()
        return number if two_digits and number < 60 else None
    if words[0] in ("oh", "o", "zero") and len(words) == 2:
        single = parse_integer(words[1])
        return single if single is not None and 0 <= single < 10 else None
    return None


def _at(hour: int, minute: int, *, certain: bool = False) -> ClockTime | None:
    if not 0 <= hour <= 24 or (hour == 24 and minute):
        return None
    sure = certain or hour == 0 or hour > 12
    return ClockTime(hour=hour % 24, minute=minute, certain=sure)
