"""Arithmetic and unit conversion."""

from __future__ import annotations

import asyncio
from fractions import Fraction

from assistant.answers.arithmetic import DividedByZero, NotArithmetic, TooLarge, evaluate
from assistant.answers.ports import SkillPorts
from assistant.answers.skill import Answer, Question, Request
from assistant.answers.spoken.numbers import parse_number, say_number
from assistant.answers.spoken.phrases import sentence
from assistant.answers.understood import said
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
    for expression in (said(request, "expression"), text):
        try:
            value = evaluate(expression)
        except NotArithmetic:
            continue
        except DividedByZero:
            return Answer(text="Nothing can be divided by zero.")
        except TooLarge:
            return Answer(text="That is too big for me.")
        return Answer(text=f"That's {_about(value)}.")
    if request.expecting:
        return Answer(text="Sorry, I couldn't work that out.")
    question = Question(
        slot="expression", slots={"intent": "calculate"}, accepts=frozenset({"calculate"})
    )
    return Answer(text="What should I work out?", question=question)


async def _convert(request: Request) -> Answer:
    source = said(request, "unit", "source") or request.slots.get("source", "")
    target = said(request, "unit", "target") or request.slots.get("target", "")
    if request.expecting == "target" and not said(request, "unit", "target"):
        target = said(request, "unit") or request.interpretation.text.removeprefix("to ")
        source = request.slots["source"]
    amount_said = said(request, "amount") or request.slots.get("amount", "") or "one"
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
    answer = f"{say_number(amount)} {source} is {_about(Fraction(converted))} {target}"
    return Answer(text=sentence(answer))


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
