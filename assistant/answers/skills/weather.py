"""The weather of a place, for today and the next two weeks."""

from __future__ import annotations

import re
from datetime import date, timedelta
from typing import Final

from assistant.answers.ports import SkillPorts
from assistant.answers.skill import Answer, Question, Request
from assistant.answers.spoken.days import parse_day, say_day
from assistant.answers.spoken.numbers import say_number
from assistant.answers.spoken.phrases import sentence
from assistant.answers.understood import said, verbatim
from assistant.answers.weather_provider import Forecast, WeatherUnavailable

FURTHEST: Final = timedelta(days=14)
_LEAD_IN = re.compile(r"^(?:in|for|at|of) ", re.IGNORECASE)


class Weather:
    name = "weather"
    intents = frozenset({"ask_weather", "ask_rain"})
    examples = ("what's the weather in Berlin", "will it rain tomorrow in Paris")

    def __init__(self, ports: SkillPorts) -> None:
        self._weather = ports.weather

    async def answer(self, request: Request) -> Answer:
        intent = request.slots.get("intent", request.interpretation.intent)
        today = request.now.date()
        day_said = said(request, "day") or request.slots.get("day", "")
        day = parse_day(day_said, today) if day_said else today
        if day is None:
            return Answer(text="Sorry, I don't know that day.")
        place = _place(request)
        if not place:
            question = Question(
                slot="city",
                slots={"intent": intent, "day": day_said},
                accepts=frozenset(self.intents),
            )
            return Answer(text="For which city?", question=question)
        if day - today > FURTHEST:
            return Answer(text="I can only look two weeks ahead.")
        try:
            forecast = await self._weather.forecast(place, day)
        except WeatherUnavailable:
            return Answer(text="Sorry, I can't reach the weather service right now.")
        if forecast is None:
            return Answer(text="Sorry, I don't know that place.")
        return Answer(text=(_rain if intent == "ask_rain" else _weather)(forecast, day, today))


def _place(request: Request) -> str:
    named = verbatim(request, "city")
    if named or request.expecting != "city":
        return named
    return _LEAD_IN.sub("", request.interpretation.text.strip())[:100]


def _weather(forecast: Forecast, day: date, today: date) -> str:
    low, high = say_number(round(forecast.low_c)), say_number(round(forecast.high_c))
    looks = f"{forecast.sky.value}, with a high of {high} degrees and a low of {low}"
    if forecast.now_c is not None and day == today:
        now = say_number(round(forecast.now_c))
        return f"It's {now} degrees in {forecast.place} now. Today it will be {looks}."
    return sentence(f"{say_day(day, today)} in {forecast.place} it will be {looks}")


def _rain(forecast: Forecast, day: date, today: date) -> str:
    chance = f"the chance of rain is {say_number(forecast.rain_percent)} percent"
    where = f"in {forecast.place} {say_day(day, today)}"
    if forecast.rain_percent >= 50:
        return f"Yes, probably: {where} {chance}."
    if forecast.rain_percent >= 20:
        return f"Maybe: {where} {chance}."
    return f"Probably not: {where} {chance}."
