"""Arithmetic and unit conversion."""

from __future__ import annotations

import asyncio
from fractions import Fraction

from assistant.answers.arithmetic import DividedByZero, NotArithmetic, TooLarge, evaluate
from assistant.answers.ports import SkillPorts
from assistant.answers.skill import Answer, Question, Request
from assistant.answers.spoken.numbers import parse_number, say_number
from assistant.answers.spoken.phrases import sentence
from assistant.answers.spoken.spans import longest_span
from assistant.answers.understood import verbatim
from assistant.answers.units import CannotConvert, UnknownUnit, convert


class Numbers:
    name = "numbers"
    intents = frozenset({"calculate", "convert_units"})
    examples = ("what is twelve times seven", "how many kilometers are five miles")

    def __init__(self, _: SkillPorts) -> None: ...

    async def answer(self, request: Request) -> Answer:
        if request.slots.get("intent", request.interpretation.intent) == "calculate":
            return _calculate(request)
        return await _convert(request)


def _calculate(request: Request) -> Answer:
    text = request.interpretation.text
    try:
        for expression in (text, verbatim(request, "expression")):
            value = _value(expression) or _joined(text, expression)
            if value is not None:
                return Answer(text=f"That's {_about(value)}.")
        value = longest_span(text, _value)
    except DividedByZero:
        return Answer(text="Nothing can be divided by zero.")
    except TooLarge:
        return Answer(text="That is too big for me.")
    if value is not None:
        return Answer(text=f"That's {_about(value)}.")
    if request.expecting:
        return Answer(text="Sorry, I couldn't work that out.")
    question = Question(
        slot="expression", slots={"intent": "calculate"}, accepts=frozenset({"calculate"})
    )
    return Answer(text="What should I work out?", question=question)


def _value(expression: str) -> Fraction | None:
    try:
        return evaluate(expression)
    except NotArithmetic:
        return None


def _joined(text: str, expression: str) -> Fraction | None:
    """ "Add two and three", "the product of two and three"."""
    for verbs, operator in (("add sum total", "plus"), ("multiply product", "times")):
        if any(verb in text.split() for verb in verbs.split()):
            return _value(expression.replace(" and ", f" {operator} "))
    return None


async def _convert(request: Request) -> Answer:
    source = verbatim(request, "unit", "source") or request.slots.get("source", "")
    target = verbatim(request, "unit", "target") or request.slots.get("target", "")
    if request.expecting == "target" and not verbatim(request, "unit", "target"):
        target = verbatim(request, "unit") or request.interpretation.text.removeprefix("to ")
        source = request.slots["source"]
    amount_said = verbatim(request, "amount") or request.slots.get("amount", "") or "one"
    amount = parse_number(amount_said)
    if not source or amount is None:
        return Answer(text="Sorry, I didn't get what to convert.")
    if not target:
        slots = {"intent": "convert_units", "source": source, "amount": amount_said}
        question = Question(slot="target", slots=slots, accepts=frozenset({"convert_units"}))
        return Answer(text="To which unit?", question=question)
    try:
        converted = await asyncio.to_thread(convert, amount, source, target)
    except UnknownUnit:
        return Answer(text="Sorry, I don't know that unit.")
    except CannotConvert:
        return Answer(text=sentence(f"{source} can't be turned into {target}"))
    value = _about(Fraction(converted))
    answer = f"{say_number(amount)} {_spoken(source)} is {value} {_spoken(target)}"
    return Answer(text=sentence(answer))


def _spoken(unit: str) -> str:
    return f"degrees {unit}" if unit in ("celsius", "fahrenheit") else unit


def _about(value: Fraction) -> str:
    """Two decimals, or three significant digits for what is small."""
    places = 2
    while value and abs(value) * 10**places < 100 and places < 9:
        places += 1
    rounded = round(value, places)
    if not rounded and value:
        return "almost zero"
    exact = abs(rounded - value) <= abs(value) / 10**9
    return say_number(value, places) if exact else f"about {say_number(value, places)}"
