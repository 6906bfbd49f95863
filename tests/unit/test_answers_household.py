"""Lists, lights, thermostat, volume, clock and the course of a conversation."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import yaml

from assistant.answers.ports import SkillPorts
from assistant.answers.skill import SetVolume
from tests.fixtures.answers import Talk, understood
from training_loop.errors import AccountGone
from training_loop.loop import Loop
from training_loop.store import keys


async def test_a_list_is_filled_read_and_emptied(talk: Talk) -> None:
    assert await talk.say("add", "add_to_list", item="milk and two pounds of potatoes") == (
        "I added milk and two pounds of potatoes to your shopping list."
    )
    assert await talk.say("add milk", "add_to_list", item="milk") == (
        "Milk is already on your shopping list."
    )
    assert await talk.on("dev_bedroom").say("read my list", "read_list") == (
        "On your shopping list are milk and two pounds of potatoes."
    )
    assert await talk.say("remove", "remove_from_list", item="potatoes") == (
        "I removed two pounds of potatoes from your shopping list."
    )
    assert await talk.say("clear my list", "clear_list") == "Your shopping list is empty now."
    assert await talk.say("read my list", "read_list") == "Your shopping list is empty."


async def test_lists_are_apart_and_a_missing_item_is_asked_for(talk: Talk) -> None:
    question = await talk.say("add to my to do list", "add_to_list", list_name="to_do")
    assert question == "What should I add to your to-do list?"
    assert await talk.say("call my mom", "inform") == ("I added call your mom to your to-do list.")
    assert await talk.say("read my list", "read_list") == "Your shopping list is empty."


async def test_no_device_loses_what_another_adds(talk: Talk) -> None:
    items = [f"item {number}" for number in range(4)]
    await asyncio.gather(
        *(talk.on(f"dev_{item}").say("add", "add_to_list", item=item) for item in items)
    )
    said = await talk.say("read my list", "read_list")
    assert all(item in said for item in items)


async def test_lists_are_sealed_and_leave_with_their_account(
    talk: Talk, loop: Loop, skill_ports: SkillPorts
) -> None:
    account = talk.request.account
    await talk.say("add", "add_to_list", item="hemorrhoid cream")
    stored: Any = await loop.store.hgetall(keys.lists(account))
    assert stored
    assert b"cream" not in b"".join(stored.values())
    assert await skill_ports.lists.export(account) == {"shopping": ["hemorrhoid cream"]}
    await loop.rights.delete_account(account)
    assert not await loop.store.exists(keys.lists(account))
    with pytest.raises(AccountGone):
        await talk.say("add", "add_to_list", item="milk")


@pytest.mark.parametrize(
    ("text", "intent", "entities", "answer"),
    [
        (
            "turn on the kitchen light",
            "turn_on",
            {"appliance": "light", "room": "kitchen"},
            "The kitchen light is on.",
        ),
        ("turn on all the lights", "turn_on", {"appliance": "light"}, "Thirteen lights are on."),
        ("turn off the tv", "turn_off", {"appliance": "tv"}, "The living room television is off."),
        ("turn on the sauna", "turn_on", {"appliance": "sauna"}, "I know no sauna here."),
        (
            "turn on the light in the attic",
            "turn_on",
            {"appliance": "light", "room": "attic"},
            "I know no room called attic.",
        ),
        (
            "dim the bedroom lamp to thirty percent",
            "set_brightness",
            {"appliance": "lamp", "room": "bedroom", "percent": "thirty percent"},
            "The bedroom lamp is at thirty percent.",
        ),
        (
            "dim the fan",
            "set_brightness",
            {"appliance": "fan", "room": "office", "percent": "ten"},
            "The office fan can't be dimmed.",
        ),
        (
            "set the temperature to twenty two",
            "set_temperature",
            {"temperature": "twenty two degrees"},
            "The thermostat is set to twenty two degrees.",
        ),
        (
            "set it to fifty degrees",
            "set_temperature",
            {"temperature": "fifty degrees"},
            "The thermostat is set to fifty degrees Fahrenheit.",
        ),
        (
            "make it warmer",
            "change_temperature",
            {"direction": "up"},
            "The thermostat is set to twenty two degrees.",
        ),
        (
            "how warm is it",
            "ask_temperature",
            {},
            "It's twenty point five degrees; the thermostat is set to twenty one.",
        ),
        ("what time is it", "ask_time", {}, "It's six in the evening."),
        ("what's the date", "ask_date", {}, "Today is Sunday, the twenty second of November."),
        (
            "what day is the third of may",
            "ask_weekday",
            {"day": "the third of may"},
            "The third of may is a Monday.",
        ),
        (
            "what time is it in tokyo",
            "ask_time",
            {"city": "tokyo"},
            "Sorry, I only know the time here.",
        ),
        ("thanks", "thank", {}, "You're welcome."),
        ("hello", "greet", {}, "Good evening."),
    ],
)
async def test_answers(
    talk: Talk, text: str, intent: str, entities: dict[str, str], answer: str
) -> None:
    said: dict[str, str | list[str]] = {**entities}
    assert await talk.say(text, intent, **said) == answer


async def test_the_room_is_asked_for_and_the_state_told(talk: Talk) -> None:
    question = await talk.say("turn on the fan", "turn_on", appliance="fan")
    assert question == "In which room: living room or office?"
    assert await talk.say("the office", "inform", room="office") == "The office fan is on."
    answer = await talk.say(
        "is the office fan on", "ask_device_state", appliance="fan", room="office"
    )
    assert answer == "The office fan is on."
    everywhere = await talk.say("are all fans on", "ask_device_state", appliance="fan")
    assert everywhere == "The office fan is on."


async def test_homes_are_apart(talk: Talk, loop: Loop) -> None:
    await talk.say("turn on the kitchen light", "turn_on", appliance="light", room="kitchen")
    other = (await loop.accounts.create(child=False, time_zone="UTC")).account
    neighbour = Talk(talk.skills, replace(talk.request, account=other))
    answer = await neighbour.say(
        "is the kitchen light on", "ask_device_state", appliance="light", room="kitchen"
    )
    assert answer == "The kitchen light is off."


async def test_volume_is_the_devices_own(talk: Talk) -> None:
    async def percent(talk: Talk, text: str, intent: str, **entities: str) -> int:
        answer = await talk.hear(understood(text, intent, 0.95, **entities))
        (action,) = answer.actions
        assert isinstance(action, SetVolume)
        return action.percent

    assert await percent(talk, "volume up", "volume_up") == 60
    assert await percent(talk, "mute", "mute") == 0
    assert await percent(talk, "unmute", "unmute") == 60
    assert await percent(talk, "forty percent", "set_volume", percent="forty percent") == 40
    assert await percent(talk, "volume seven", "set_volume", percent="seven") == 70
    assert await percent(talk, "volume down", "volume_down") == 60
    assert await percent(talk.on("dev_bedroom"), "volume down", "volume_down") == 40


async def test_repeat_says_it_again(talk: Talk) -> None:
    assert await talk.say("repeat", "repeat") == "I haven't said anything yet."
    assert await talk.say("what time is it", "ask_time") == "It's six in the evening."
    assert await talk.say("repeat", "repeat") == "It's six in the evening."


async def test_every_intent_of_the_domain_has_a_skill(talk: Talk) -> None:
    domain = Path(__file__).parents[2] / "assistant" / "nlu" / "project" / "domain.yml"
    intents = set(yaml.safe_load(domain.read_text())["intents"]) - {"inform", "out_of_scope"}
    assert intents == {intent for skill in talk.skills.skills for intent in skill.intents}
