"""The temperature at home, in degrees Celsius."""

from __future__ import annotations

import re
from fractions import Fraction
from typing import Final

from assistant.answers.ports import SkillPorts
from assistant.answers.skill import Answer, Question, Request
from assistant.answers.spoken.numbers import parse_number, say_number
from assistant.answers.understood import said, value_of

LOWEST_C: Final = 5
HIGHEST_C: Final = 30
_FAHRENHEIT: Final = range(50, 87)
"""Nobody means these in Celsius."""
_UNIT = re.compile(r" ?(?:degrees?|°)? ?(?:celsius|fahrenheit|c|f)?$")


class Thermostat:
    name = "thermostat"
    intents = frozenset({"set_temperature", "change_temperature", "ask_temperature"})
    examples = ("set the temperature to twenty one degrees",)

    def __init__(self, ports: SkillPorts) -> None:
        self._home = ports.home

    async def answer(self, request: Request) -> Answer:
        climate = await self._home.climate(request.account)
        intent = request.slots.get("intent", request.interpretation.intent)
        if intent == "ask_temperature":
            measured, target = say_number(climate.measured_c, 1), say_number(climate.target_c, 1)
            return Answer(text=f"It's {measured} degrees; the thermostat is set to {target}.")
        wanted = value_of(request, "temperature", _degrees)
        if intent == "change_temperature":
            step = wanted if wanted is not None and 0 < wanted <= 10 else Fraction(1)
            down = said(request, "direction") == "down"
            wanted = Fraction(climate.target_c) + (-step if down else step)
        if wanted is None:
            question = Question(
                slot="temperature",
                slots={"intent": "set_temperature"},
                accepts=frozenset({"set_temperature", "change_temperature"}),
            )
            return Answer(text="To how many degrees?", question=question)
        said_degrees = f"{say_number(wanted, 1)} degrees"
        if wanted in _FAHRENHEIT:
            wanted, said_degrees = (wanted - 32) * 5 / 9, f"{said_degrees} Fahrenheit"
        if not LOWEST_C <= wanted <= HIGHEST_C:
            return Answer(text="I can set five to thirty degrees Celsius.")
        await self._home.set_target(request.account, float(wanted))
        return Answer(text=f"The thermostat is set to {said_degrees}.")


def _degrees(text: str) -> Fraction | None:
    return parse_number(_UNIT.sub("", text.lower()))
