"""The shopping list and the to-do list of an account."""

from __future__ import annotations

import re

from assistant.answers.lists import LIST_NAMES, MOST_ITEMS, Items
from assistant.answers.ports import SkillPorts
from assistant.answers.skill import Answer, Question, Request
from assistant.answers.spoken.phrases import counted, say_list, sentence, split_items, to_listener
from assistant.answers.understood import MAX_LABEL, NOT_FOR_GUESTS, said

_CALLED = {"shopping": "shopping list", "to_do": "to-do list"}
_SPOKEN_AT_ONCE = 15
_DETERMINER = re.compile(r"^(?:the|some|any|more|my|our) ")


class HouseholdLists:
    name = "lists"
    intents = frozenset({"add_to_list", "remove_from_list", "read_list", "clear_list"})
    examples = ("add milk and eggs to my shopping list", "what's on my to-do list")

    def __init__(self, ports: SkillPorts) -> None:
        self._lists = ports.lists

    async def answer(self, request: Request) -> Answer:
        if request.guest:
            return NOT_FOR_GUESTS
        intent = request.slots.get("intent", request.interpretation.intent)
        name = request.slots.get("list") or said(request, "list_name") or "shopping"
        if name not in LIST_NAMES:
            return Answer(text="I keep a shopping list and a to-do list.")
        if intent == "read_list":
            return await self._read(request, name)
        if intent == "clear_list":
            await self._lists.change(request.account, name, lambda _: ())
            return Answer(text=f"Your {_CALLED[name]} is empty now.")
        items = _items(request)
        if not items:
            question = Question(
                slot="item", slots={"intent": intent, "list": name}, accepts=frozenset({intent})
            )
            verb = "add to" if intent == "add_to_list" else "remove from"
            return Answer(text=f"What should I {verb} your {_CALLED[name]}?", question=question)
        if intent == "add_to_list":
            return await self._add(request, name, items)
        return await self._remove(request, name, items)

    async def _read(self, request: Request, name: str) -> Answer:
        items = await self._lists.read(request.account, name)
        if not items:
            return Answer(text=f"Your {_CALLED[name]} is empty.")
        asked_for = _items(request)
        if asked_for:
            there = [to_listener(item) for item in items if _named(item, asked_for)]
            if not there:
                return Answer(text=f"No, that isn't on your {_CALLED[name]}.")
            return Answer(text=f"Yes, {say_list(there)} on your {_CALLED[name]}.")
        spoken = [to_listener(item) for item in items[:_SPOKEN_AT_ONCE]]
        if len(items) > len(spoken):
            spoken.append(f"{counted(len(items) - len(spoken), 'more thing')}")
        verb = "is" if len(items) == 1 else "are"
        return Answer(text=f"On your {_CALLED[name]} {verb} {say_list(spoken)}.")

    async def _add(self, request: Request, name: str, items: Items) -> Answer:
        before, after = await self._lists.change(
            request.account,
            name,
            lambda known: (*known, *(item for item in items if item not in known)),
        )
        added = [to_listener(item) for item in items if item in after and item not in before]
        if added:
            return Answer(text=f"I added {say_list(added)} to your {_CALLED[name]}.")
        if len(before) >= MOST_ITEMS:
            return Answer(text=f"Your {_CALLED[name]} is full.")
        verb = "is" if len(items) == 1 else "are"
        already = sentence(f"{say_list([to_listener(item) for item in items])} {verb} already on")
        return Answer(text=f"{already.removesuffix('.')} your {_CALLED[name]}.")

    async def _remove(self, request: Request, name: str, items: Items) -> Answer:
        before, after = await self._lists.change(
            request.account, name, lambda known: tuple(k for k in known if not _named(k, items))
        )
        gone = [to_listener(item) for item in before if item not in after]
        if gone:
            return Answer(text=f"I removed {say_list(gone)} from your {_CALLED[name]}.")
        said_items = say_list([to_listener(item) for item in items], last="or")
        return Answer(text=f"I found no {said_items} on your {_CALLED[name]}.")


def _items(request: Request) -> Items:
    """All that was named; the whole reply when that was the question."""
    named = [e.text for e in request.interpretation.entities if e.name == "item"]
    if not named and request.expecting == "item":
        named = [request.interpretation.text]
    items = (_DETERMINER.sub("", item)[:MAX_LABEL] for text in named for item in split_items(text))
    return tuple(dict.fromkeys(item for item in items if item))


def _named(known: str, items: Items) -> bool:
    """ "Potatoes" names "two pounds of potatoes"."""
    plain = known.removesuffix("s")
    ends = (item.removesuffix("s") for item in items)
    return any(plain == end or plain.endswith(f" {end}") for end in ends)
