"""Lights, switches and the thermostat."""

from __future__ import annotations

import re
from collections.abc import Sequence

from assistant.answers.home_control import Appliance
from assistant.answers.ports import SkillPorts
from assistant.answers.skill import Answer, Question, Request
from assistant.answers.spoken.numbers import parse_integer, say_number
from assistant.answers.spoken.phrases import counted, say_list, sentence, with_article
from assistant.answers.understood import said, value_of

_EVERY = re.compile(r"\b(?:all|every|everything|everywhere|lights|lamps)\b")
_STEP_PERCENT = 20
_SYNONYMS = {"tv": "television", "lights": "light", "lamps": "lamp", "switch": "plug"}

Chosen = tuple[Appliance, ...]


class House:
    name = "house"
    intents = frozenset({"turn_on", "turn_off", "set_brightness", "ask_device_state"})
    examples = ("turn on the kitchen light", "dim the bedroom light to thirty percent")

    def __init__(self, ports: SkillPorts) -> None:
        self._home = ports.home

    async def answer(self, request: Request) -> Answer:
        intent = request.slots.get("intent", request.interpretation.intent)
        chosen = _choose(request, await self._home.appliances(request.account), intent)
        if isinstance(chosen, Answer):
            return chosen
        if intent == "ask_device_state":
            return Answer(text=_states(chosen))
        if intent == "set_brightness":
            return await self._dim(request, chosen)
        return await self._switch(request, chosen, on=intent == "turn_on")

    async def _switch(self, request: Request, chosen: Chosen, *, on: bool) -> Answer:
        for appliance in chosen:
            await self._home.switch(request.account, appliance.appliance_id, on=on)
        verb = "is" if len(chosen) == 1 else "are"
        return Answer(text=sentence(f"{_these(chosen)} {verb} {'on' if on else 'off'}"))

    async def _dim(self, request: Request, chosen: Chosen) -> Answer:
        dimmable = tuple(one for one in chosen if one.brightness is not None)
        if not dimmable:
            return Answer(text=sentence(f"{_these(chosen)} can't be dimmed"))
        percent = value_of(request, "percent", _percent)
        direction = said(request, "direction")
        if percent is None and not direction:
            slots = {"intent": "set_brightness", **_named(request)}
            return _ask("percent", "How bright, in percent?", slots)
        for one in dimmable:
            step = _STEP_PERCENT if direction == "up" else -_STEP_PERCENT
            wanted = percent if percent is not None else (one.brightness or 0) + step
            await self._home.dim(request.account, one.appliance_id, min(100, max(0, wanted)))
        if percent is not None:
            verb = "is" if len(dimmable) == 1 else "are"
            return Answer(
                text=sentence(f"{_these(dimmable)} {verb} at {say_number(percent)} percent")
            )
        return Answer(text="Okay, brighter." if direction == "up" else "Okay, darker.")


def _choose(request: Request, appliances: Sequence[Appliance], intent: str) -> Chosen | Answer:
    """What was meant, or a question or an apology."""
    named = _named(request)
    kind, room = named["kind"], named["room"]
    if not kind and not room:
        if not _EVERY.search(request.interpretation.text):
            return _ask("appliance", "Which one do you mean?", {"intent": intent})
        kind = "light"
    in_room = [one for one in appliances if not room or one.room == room]
    if not in_room:
        return Answer(text=f"I know no room called {room}.")
    found = tuple(one for one in in_room if one.kind == (kind or "light"))
    if not found:
        where = f"in the {room}" if room else "here"
        return Answer(text=sentence(f"I know no {kind} {where}"))
    if len(found) > 1 and not room and not _EVERY.search(request.interpretation.text):
        rooms = say_list([one.room for one in found], last="or")
        return _ask("room", f"In which room: {rooms}?", {"intent": intent, **named})
    return found


def _named(request: Request) -> dict[str, str]:
    kind = said(request, "appliance").lower() or request.slots.get("kind", "")
    room = said(request, "room").lower() or request.slots.get("room", "")
    text = request.interpretation.text.lower().removeprefix("the ").removeprefix("in the ")
    if request.expecting == "room" and not room:
        room = text
    if request.expecting == "appliance" and not kind and not room:
        kind = text
    return {"kind": _SYNONYMS.get(kind, kind), "room": room.removeprefix("the ")}


def _ask(slot: str, text: str, slots: dict[str, str]) -> Answer:
    accepts = frozenset({slots["intent"], "turn_on", "turn_off"})
    return Answer(text=text, question=Question(slot=slot, slots=slots, accepts=accepts))


def _percent(text: str) -> int | None:
    number = parse_integer(re.sub(r" ?(?:percent|per cent|%)$", "", text.lower()))
    return number if number is not None and 0 <= number <= 100 else None


def _these(chosen: Chosen) -> str:
    if len(chosen) == 1:
        return f"the {chosen[0].room} {chosen[0].kind}"
    return counted(len(chosen), chosen[0].kind)


def _states(chosen: Chosen) -> str:
    if len(chosen) == 1:
        return sentence(f"{_these(chosen)} is {'on' if chosen[0].is_on else 'off'}")
    on = [one.room for one in chosen if one.is_on]
    kind = chosen[0].kind
    if not on:
        return f"No {kind} is on."
    return sentence(f"{with_article(kind)} is on in the {say_list(on)}")
