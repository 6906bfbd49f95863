"""What a request says about times and names: from its entities, else from its text."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final, TypeVar

from assistant.answers.agenda_entry import AgendaEntry
from assistant.answers.skill import Answer, Request
from assistant.answers.spoken.clock_times import (
    ClockTime,
    parse_clock,
    part_of_day,
    resolve,
    say_clock,
)
from assistant.answers.spoken.days import parse_day, say_day
from assistant.answers.spoken.durations import parse_duration
from assistant.answers.spoken.spans import longest_span

Value = TypeVar("Value")
NOT_FOR_GUESTS: Final = Answer(text="Sorry, I only do that for the people who live here.")
REPEATED: Final = re.compile(r"\b(?:every|each|daily|weekdays)\b")
"""Asks for something again and again, which nothing here can do; the answer says so."""
MAX_LABEL: Final = 100
"""Characters of a name, task or item."""


def said(request: Request, entity: str, role: str = "") -> str:
    """The canonical value of an entity, at most 100 characters; empty when it was not said."""
    found = request.interpretation.entity(entity, role)
    return found.value.strip()[:MAX_LABEL] if found else ""


def verbatim(request: Request, entity: str, role: str = "") -> str:
    """As it was said, for what is free text; at most 100 characters, empty when it was not said.

    Synonyms would turn "yard", a unit, into "back yard", a room.
    """
    found = request.interpretation.entity(entity, role)
    return found.text.strip()[:MAX_LABEL] if found else ""


def value_of(
    request: Request, entity: str, parse: Callable[[str], Value | None], role: str = ""
) -> Value | None:
    """What the entity says; when there is none that can be read, what the text says."""
    found = request.interpretation.entity(entity, role)
    for text in (found.value, found.text) if found else ():
        value = parse(text)
        if value is not None:
            return value
    return longest_span(request.interpretation.text, parse)


def duration_of(request: Request) -> int | None:
    """Seconds."""
    return value_of(request, "duration", parse_duration)


@dataclass(frozen=True, slots=True, kw_only=True)
class When:
    """The parts of a moment that have been said so far."""

    moment: datetime | None = None
    passed: bool = False
    """It was said wholly, and lies in the past."""


def when_of(request: Request, *, day_said: str = "", morning_from: int = 3) -> When:
    """When something is to happen: a time, a day with a part, or a time from now.

    `day_said` is a day that an earlier utterance of the conversation named; for `morning_from`
    see `resolve`.
    """
    text, now = request.interpretation.text, request.now
    seconds = duration_of(request)
    if seconds:
        return When(moment=_later(now, seconds))
    day_text = said(request, "day") or day_said
    day = _day(day_text, now.date()) or _day_in(text, now.date())
    part = part_of_day(day_text) or part_of_day(text)
    clock = _clock(request)
    if clock is None and (day is None or part is None):
        return When()
    if clock is None and part is not None:
        clock = ClockTime(hour=part.value, minute=0, certain=True)
    if clock is None:
        return When()
    moment = resolve(clock.in_part(part), now, day, morning_from=morning_from)
    return When(moment=moment, passed=moment is None)


def day_of(request: Request) -> date | None:
    """The day that was named, if one was."""
    return _day(said(request, "day"), request.now.date())


def on_day(entries: Sequence[AgendaEntry], request: Request) -> list[AgendaEntry]:
    """Those due on the day that was named; all when none was."""
    day = day_of(request)
    return [e for e in entries if day in (None, local(e.due_at_s, request.now).date())]


def day_suffix(request: Request) -> str:
    """ " on Friday", or nothing when no day was named."""
    day = day_of(request)
    return f" {say_day(day, request.now.date())}" if day else ""


def say_moment(moment: datetime, now: datetime) -> str:
    """ "seven in the evening", "tomorrow at noon", "on Friday at six in the morning"."""
    clock = say_clock(moment)
    day = say_day(moment.date(), now.date())
    return clock if day == "today" else f"{day} at {clock}"


def local(unix_s: float, now: datetime) -> datetime:
    """A Unix time in the zone of `now`."""
    return datetime.fromtimestamp(unix_s, tz=now.tzinfo)


def _later(now: datetime, seconds: int) -> datetime:
    return local(now.timestamp() + seconds, now)


def _clock(request: Request) -> ClockTime | None:
    found = request.interpretation.entity("clock_time")
    for text in (found.value, found.text) if found else ():
        clock = parse_clock(text)
        if clock is not None:
            return clock
    return longest_span(_without_day(request), parse_clock)


def _without_day(request: Request) -> str:
    """ "Remind me on the third of may at two": the three is no time."""
    found = request.interpretation.entity("day")
    text = request.interpretation.text
    return text.replace(found.text, " ") if found else text


def _day(text: str, today: date) -> date | None:
    return parse_day(text, today) if text else None


def _day_in(text: str, today: date) -> date | None:
    return longest_span(text, lambda span: parse_day(span, today))
