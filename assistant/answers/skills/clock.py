"""Time, date and weekday."""

from __future__ import annotations

from assistant.answers.ports import SkillPorts
from assistant.answers.skill import Answer, Request
from assistant.answers.spoken.clock_times import say_clock
from assistant.answers.spoken.days import parse_day, say_date, say_weekday
from assistant.answers.spoken.phrases import sentence
from assistant.answers.understood import said


class Clock:
    name = "clock"
    intents = frozenset({"ask_time", "ask_date", "ask_weekday"})
    examples = ("what time is it", "what's the date today")

    def __init__(self, _: SkillPorts) -> None: ...

    async def answer(self, request: Request) -> Answer:
        now, intent = request.now, request.interpretation.intent
        if said(request, "city"):
            return Answer(text="Sorry, I only know the time here.")
        if intent == "ask_time":
            return Answer(text=f"It's {say_clock(now)}.")
        day_said = said(request, "day").removeprefix("on ")
        day = parse_day(day_said, now.date()) if day_said else now.date()
        if day is None:
            return Answer(text="Sorry, I don't know that day.")
        if day == now.date():
            year = f", {day.year}" if "year" in request.interpretation.text else ""
            return Answer(text=f"Today is {say_date(day)}{year}.")
        if intent == "ask_date":
            return Answer(text=sentence(f"{day_said} is {say_date(day)}"))
        return Answer(text=sentence(f"{day_said} is a {say_weekday(day)}"))
