"""Arithmetic and units: right, bounded, and never code."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.answers.arithmetic import DividedByZero, NotArithmetic, TooLarge, evaluate
from assistant.answers.spoken.numbers import say_number
from assistant.errors import AssistantError
from tests.fixtures.answers import Talk

NUMBERS = st.integers(0, 9_999)


@given(NUMBERS, NUMBERS, NUMBERS)
def test_it_is_what_python_would_say(a: int, b: int, c: int) -> None:
    said = [say_number(number) for number in (a, b, c)]
    assert evaluate(f"what is {said[0]} plus {said[1]} times {said[2]}") == a + b * c
    assert evaluate(f"({a} - {b}) * {c}") == (a - b) * c
    if c:
        assert evaluate(f"{said[0]} divided by {said[2]}") == Fraction(a, c)


@given(st.text(alphabet="0123456789+-*/^(). ofpercentroothalfseven", max_size=40))
def test_any_text_has_a_value_or_a_clear_error(text: str) -> None:
    try:
        evaluate(text)
    except AssistantError as error:
        assert error.code in {"NOT_ARITHMETIC", "DIVIDED_BY_ZERO", "TOO_LARGE"}


@pytest.mark.parametrize(
    ("said", "value"),
    [
        ("twelve times seven", 84),
        ("twenty percent of fifty", 10),
        ("half of ten", 5),
        ("the square root of sixteen", 4),
        ("five squared minus one", 24),
        ("two to the power of ten", 1024),
        ("one hundred and five minus fifteen", 90),
        ("what's 5 x 6?", 30),
        ("minus five plus two", -3),
        ("two and a half times two", 5),
    ],
)
def test_expressions(said: str, value: int) -> None:
    assert evaluate(said) == value


@pytest.mark.parametrize(
    ("said", "error"),
    [
        ("ten divided by zero", DividedByZero),
        ("zero to the power of minus one", DividedByZero),
        ("nine to the power of nine to the power of nine", TooLarge),
        ("10 ** 30", TooLarge),
        ("2 ^ 0.5", TooLarge),
        ("__import__('os').getcwd()", NotArithmetic),
        ("((((1", NotArithmetic),
        ("one plus", NotArithmetic),
        ("9" * 400, NotArithmetic),
        ("", NotArithmetic),
    ],
)
def test_what_cannot_be_worked_out(said: str, error: type[Exception]) -> None:
    with pytest.raises(error):
        evaluate(said)


@pytest.mark.parametrize(
    ("text", "expression", "answer"),
    [
        ("what is twelve times seven", "twelve times seven", "That's eighty four."),
        (
            "one divided by three",
            "one divided by three",
            "That's about zero point three three three.",
        ),
        ("five divided by zero", "five divided by zero", "Nothing can be divided by zero."),
        ("ten to the power of ninety", "ten to the power of ninety", "That is too big for me."),
    ],
)
async def test_results_are_spoken(talk: Talk, text: str, expression: str, answer: str) -> None:
    assert await talk.say(text, "calculate", expression=expression) == answer


@pytest.mark.parametrize(
    ("amount", "source", "target", "answer"),
    [
        ("five", "miles", "kilometers", "Five miles is about eight point zero five kilometers."),
        ("one", "stone", "pounds", "One stone is fourteen pounds."),
        (
            "twenty",
            "degrees celsius",
            "fahrenheit",
            "Twenty degrees celsius is sixty eight degrees fahrenheit.",
        ),
        (
            "sixty",
            "miles per hour",
            "kilometers per hour",
            "Sixty miles per hour is about ninety six point five six kilometers per hour.",
        ),
        (
            "two",
            "square meters",
            "square feet",
            "Two square meters is about twenty one point five three square feet.",
        ),
        ("two", "meters", "kilograms", "Meters can't be turned into kilograms."),
        ("two", "snorkels", "meters", "Sorry, I don't know that unit."),
    ],
)
async def test_units(talk: Talk, amount: str, source: str, target: str, answer: str) -> None:
    said = await talk.say(
        "convert", "convert_units", amount=amount, unit__source=source, unit__target=target
    )
    assert said == answer


async def test_a_missing_target_unit_is_asked_for(talk: Talk) -> None:
    question = await talk.say(
        "convert five miles", "convert_units", amount="five", unit__source="miles"
    )
    assert question == "To which unit?"
    assert "kilometers" in await talk.say("to kilometers", "inform")
