"""What people say is understood, and what the assistant says is what it meant."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from fractions import Fraction
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.answers.spoken.clock_times import (
    ClockTime,
    PartOfDay,
    parse_clock,
    resolve,
    say_clock,
)
from assistant.answers.spoken.days import parse_day, say_date, say_day
from assistant.answers.spoken.durations import parse_duration, say_duration
from assistant.answers.spoken.numbers import parse_number, say_number
from assistant.answers.spoken.phrases import say_list, split_items, to_listener, with_article
from assistant.answers.spoken.spans import longest_span

BERLIN = ZoneInfo("Europe/Berlin")
SUNDAY = date(2026, 11, 22)
# fmt: off
VOCABULARY = (
    "a", "an", "and", "half", "quarter", "point", "minus", "past", "to", "seven", "twelve",
    "twenty", "hundred", "thousand", "dozen", "minutes", "hour", "oh", "noon", "p", "m", "the",
    "third", "of", "may", "in", "night", "7", "3.5", ",", "-", "o'clock", "friday",
)
# fmt: on
WORDS = st.lists(st.sampled_from(VOCABULARY), max_size=8).map(" ".join)


@given(st.integers(-(10**9), 10**9))
def test_a_whole_number_said_is_understood_again(number: int) -> None:
    assert parse_number(say_number(number)) == number


@given(st.decimals(-9_999, 9_999, places=2))
def test_a_decimal_said_is_understood_again(number: Fraction) -> None:
    assert parse_number(say_number(Fraction(number))) == Fraction(number)


@given(st.integers(1, 30 * 86_400))
def test_a_duration_said_is_understood_again(seconds: int) -> None:
    assert parse_duration(say_duration(seconds)) == seconds


@given(st.times())
def test_a_time_said_is_understood_again(moment: time) -> None:
    expected = ClockTime(hour=moment.hour, minute=moment.minute, certain=True)
    assert parse_clock(say_clock(moment)) == expected


@given(st.dates(date(2026, 1, 1), date(2030, 1, 1)), st.integers(0, 300))
def test_a_day_said_is_understood_again(today: date, distance: int) -> None:
    day = today + timedelta(days=distance)
    assert parse_day(say_day(day, today), today) == day
    assert parse_day(say_date(day).partition(", ")[2], today) == day


@given(st.lists(st.sampled_from(["milk", "two pounds of rice", "an egg", "salt and pepper"])))
def test_a_list_said_is_understood_again(items: list[str]) -> None:
    assert split_items(say_list(items)) == tuple(dict.fromkeys(items))


@given(st.one_of(st.text(max_size=60), WORDS))
def test_nothing_said_breaks_a_parser(text: str) -> None:
    parse_number(text)
    parse_duration(text)
    parse_clock(text)
    parse_day(text, SUNDAY)
    split_items(text)
    longest_span(text, parse_duration)


@pytest.mark.parametrize(
    ("said", "number"),
    [
        ("twenty one", 21),
        ("a hundred and five", 105),
        ("three point one four", Fraction(314, 100)),
        ("point oh five", Fraction(5, 100)),
        ("two and a half", Fraction(5, 2)),
        ("three quarters", Fraction(3, 4)),
        ("half a dozen", 6),
        ("minus five", -5),
        ("1,250.5", Fraction(12505, 10)),
        ("two and a half million", 2_500_000),
        ("one two", None),
        ("", None),
        ("seven apples", None),
    ],
)
def test_numbers(said: str, number: Fraction | int | None) -> None:
    assert parse_number(said) == number


@pytest.mark.parametrize(
    ("said", "seconds"),
    [
        ("an hour and a half", 5_400),
        ("ninety seconds", 90),
        ("two and a half minutes", 150),
        ("half an hour", 1_800),
        ("three quarters of an hour", 2_700),
        ("one hour thirty", 5_400),
        ("one hour twenty minutes and five seconds", 4_805),
        ("another five minutes", 300),
        ("1h30", 5_400),
        ("a couple of minutes", 120),
        ("90s", 90),
        ("five", None),
        ("a m", None),
        ("hours", None),
        ("nine hundred days", None),
    ],
)
def test_durations(said: str, seconds: int | None) -> None:
    assert parse_duration(said) == seconds


@pytest.mark.parametrize(
    ("said", "hour", "minute", "certain"),
    [
        ("half past seven", 7, 30, False),
        ("quarter to six p m", 17, 45, True),
        ("noon", 12, 0, True),
        ("seven thirty", 7, 30, False),
        ("seven oh five a m", 7, 5, True),
        ("ten to one", 12, 50, False),
        ("ten to eight in the evening", 19, 50, True),
        ("nineteen thirty", 19, 30, True),
        ("7:30 pm", 19, 30, True),
        ("eight o'clock", 8, 0, False),
        ("twelve a m", 0, 0, True),
        ("tonight at eight", 20, 0, True),
    ],
)
def test_clock_times(said: str, hour: int, minute: int, certain: bool) -> None:
    assert parse_clock(said) == ClockTime(hour=hour, minute=minute, certain=certain)


@pytest.mark.parametrize("said", ["", "twenty five", "seven five", "thirteen a m", "call mom"])
def test_what_is_no_time_is_none(said: str) -> None:
    assert parse_clock(said) is None


@pytest.mark.parametrize(
    ("said", "day"),
    [
        ("today", SUNDAY),
        ("tomorrow evening", date(2026, 11, 23)),
        ("on friday", date(2026, 11, 27)),
        ("sunday", date(2026, 11, 29)),
        ("in three days", date(2026, 11, 25)),
        ("the third of may", date(2027, 5, 3)),
        ("december the twenty first", date(2026, 12, 21)),
        ("the third", date(2026, 12, 3)),
        ("this weekend", SUNDAY),
        ("new year's eve", date(2026, 12, 31)),
        ("may", None),
        ("the thirty second of may", None),
    ],
)
def test_days(said: str, day: date | None) -> None:
    assert parse_day(said, SUNDAY) == day


def test_an_uncertain_time_is_the_next_one() -> None:
    seven = ClockTime(hour=7, minute=0, certain=False)
    evening = datetime(2026, 11, 22, 18, 0, tzinfo=BERLIN)
    late = datetime(2026, 11, 22, 22, 0, tzinfo=BERLIN)
    assert resolve(seven, evening) == datetime(2026, 11, 22, 19, 0, tzinfo=BERLIN)
    assert resolve(seven, late) == datetime(2026, 11, 23, 7, 0, tzinfo=BERLIN)
    assert resolve(seven, late, SUNDAY) is None
    assert resolve(seven, late, date(2026, 11, 24)) == datetime(2026, 11, 24, 7, tzinfo=BERLIN)
    four = ClockTime(hour=4, minute=30, certain=False)
    assert resolve(four, late) == datetime(2026, 11, 23, 4, 30, tzinfo=BERLIN)
    afternoon = datetime(2026, 11, 23, 16, 30, tzinfo=BERLIN)
    assert resolve(four, late, morning_from=7) == afternoon
    in_evening = seven.in_part(PartOfDay.EVENING)
    assert resolve(in_evening, late) == datetime(2026, 11, 23, 19, 0, tzinfo=BERLIN)


def test_a_time_is_right_across_the_end_of_summer_time() -> None:
    night = datetime(2026, 10, 24, 23, 0, tzinfo=BERLIN)
    alarm = resolve(ClockTime(hour=7, minute=0, certain=False), night)
    assert alarm is not None
    assert alarm.timestamp() - night.timestamp() == 9 * 3_600


def test_english() -> None:
    assert [with_article(noun) for noun in ("apple", "hour", "uniform", "lamp")] == [
        "an apple",
        "an hour",
        "a uniform",
        "a lamp",
    ]
    assert to_listener("call my mom and tell her i'm late") == (
        "call your mom and tell her you're late"
    )
    assert split_items("milk and two and a half pounds of potatoes") == (
        "milk",
        "two and a half pounds of potatoes",
    )


def test_a_duration_is_found_in_a_longer_text() -> None:
    assert longest_span("please wake me in an hour and a half okay", parse_duration) == 5_400
