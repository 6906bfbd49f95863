"""Lights and switches."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from assistant.answers.home_control import Appliance
from assistant.answers.ports import SkillPorts
from assistant.answers.skill import Answer, Question, Request
from assistant.answers.spoken.numbers import parse_integer, say_number
from assistant.answers.spoken.phrases import counted, say_list, sentence
from assistant.answers.understood import said, value_of

EVERYTHING: Final = "everything"
_EVERY = re.compile(r"\b(?:all|every|everything|everywhere|lights|lamps|devices)\b")
_STEP_PERCENT = 20
_SPOKEN_AT_ONCE = 6
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
        return Answer(text=sentence(f"{_these(chosen)} {'on' if on else 'off'}"))

    async def _dim(self, request: Request, chosen: Chosen) -> Answer:
        dimmable = tuple(one for one in chosen if one.brightness is not None)
        if not dimmable:
            return Answer(text=sentence(f"{_name(chosen[0])} can't be dimmed"))
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
            return Answer(text=sentence(f"{_these(dimmable)} at {say_number(percent)} percent"))
        return Answer(text="Okay, brighter." if direction == "up" else "Okay, darker.")


def _choose(request: Request, appliances: Sequence[Appliance], intent: str) -> Chosen | Answer:
    """What was meant, or a question or an apology."""
    named = _named(request)
    kind, room = named["kind"], named["room"]
    in_room = [one for one in appliances if not room or one.room == room]
    if not in_room:
        return Answer(text=f"I know no room called {room}.")
    if not kind:
        unnamed = _unnamed(request, in_room, intent, room)
        return unnamed or _ask("appliance", "Which one do you mean?", {"intent": intent})
    found = tuple(one for one in in_room if kind in (one.kind, EVERYTHING))
    if not found:
        where = f"in the {room}" if room else "here"
        return Answer(text=sentence(f"I know no {kind} {where}"))
    if len(found) == 1 or room or _EVERY.search(request.interpretation.text):
        return found
    running = tuple(one for one in found if one.is_on)
    if intent != "turn_on" and len(running) == 1:
        return running
    rooms = say_list([one.room for one in found[:_SPOKEN_AT_ONCE]], last="or")
    return _ask("room", f"In which room: {rooms}?", {"intent": intent, **named})


def _unnamed(request: Request, in_room: list[Appliance], intent: str, room: str) -> Chosen:
    """What is meant without a name: the lights of a room, the lights that are on, all devices."""
    lights = tuple(one for one in in_room if one.kind == "light")
    if room:
        return lights or tuple(in_room)
    if intent == "set_brightness":
        return tuple(one for one in lights if one.is_on)
    return tuple(in_room) if _EVERY.search(request.interpretation.text) else ()


def _named(request: Request) -> dict[str, str]:
    kind = said(request, "appliance").lower() or request.slots.get("kind", "")
    room = said(request, "room").lower() or request.slots.get("room", "")
    text = request.interpretation.text.lower().removeprefix("in ").removeprefix("the ")
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


def _name(appliance: Appliance) -> str:
    return f"the {appliance.room} {appliance.kind}"


def _these(chosen: Chosen) -> str:
    """ "the office fan is", "six lights are"."""
    if len(chosen) == 1:
        return f"{_name(chosen[0])} is"
    kinds = {one.kind for one in chosen}
    return f"{counted(len(chosen), kinds.pop() if len(kinds) == 1 else 'device')} are"


def _states(chosen: Chosen) -> str:
    if len(chosen) == 1:
        return sentence(f"{_these(chosen)} {'on' if chosen[0].is_on else 'off'}")
    running = [one for one in chosen if one.is_on]
    if not running:
        return "None of them is on."
    names = [_name(one) for one in running[:_SPOKEN_AT_ONCE]]
    if len(running) > len(names):
        names.append(counted(len(running) - len(names), "more device"))
    return sentence(f"{say_list(names)} {'is' if len(running) == 1 else 'are'} on")
