"""Who lives in the demo's household, what they say, and what they mean by it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from device_sim.scenario import Line, Person, PrivacyChoices

PEOPLE: Final = (
    Person(
        name="Ana",
        voice="nina",
        device="kitchen",
        privacy=PrivacyChoices(keep_history=True, improve_models=True, human_review=True),
    ),
    Person(
        name="Ben",
        voice="henry",
        device="office",
        privacy=PrivacyChoices(improve_models=True, human_review=True),
    ),
    Person(name="Cleo", voice="milo", device="bedroom"),
)

CHOICES: Final[Mapping[str, str]] = {
    "Ana": "keeps a history, lets machines learn, lets people listen to a sample",
    "Ben": "lets machines learn and people listen to a sample, keeps no history",
    "Cleo": "nothing at all (as every account begins)",
}

EVENING: Final = (
    Line(person="Ana", says="what time is it", intent="ask_time"),
    Line(person="Ben", says="turn on the light in the office", intent="turn_on"),
    Line(person="Cleo", says="what is twelve times seven", intent="calculate"),
    Line(person="Ana", says="add milk and eggs to my shopping list", intent="add_to_list"),
    Line(person="Ben", says="set a timer", intent="set_timer", replies=("ten minutes",)),
    Line(person="Cleo", says="the neighbors went to the theater last night", false_wake=True),
    Line(person="Ana", says="turn off the kitchen light", intent="turn_off", microphone="bad"),
    Line(person="Ben", says="what is on my shopping list", intent="read_list", guest=True),
    Line(person="Ana", says="what do you keep about me", intent="ask_what_is_kept"),
    Line(person="Ana", says="get us some coffee next time", intent="add_to_list"),
    Line(person="Ben", says="get us some paper towels next time", intent="add_to_list"),
    Line(person="Ana", says="get us some sugar next time", intent="add_to_list"),
    Line(person="Ben", says="give me a shout in ten minutes", intent="set_timer"),
    Line(person="Ana", says="give me a shout in half an hour", intent="set_timer"),
    Line(person="Cleo", says="get us some olive oil next time", intent="add_to_list"),
)
"""Fifteen requests. The phrasings of the last six are not in the base training data."""

NEW_PHRASINGS: Final = frozenset(line.says for line in EVENING[9:])

AFTER_LEARNING: Final = (
    Line(person="Cleo", says="get us some olive oil next time", intent="add_to_list"),
    Line(person="Cleo", says="give me a shout in five minutes", intent="set_timer"),
)

STOP_LEARNING: Final = Line(person="Ben", says="stop learning from me", intent="stop_learning")

MARKED: Final[Mapping[str, str]] = {
    "turn on the light in the office": "turn on the [light](appliance) in the [office](room)",
    "what is twelve times seven": "what is [twelve times seven](expression)",
    "add milk and eggs to my shopping list": (
        'add [milk](item) and [eggs](item) to my [shopping list]{"entity": "list_name", '
        '"value": "shopping"}'
    ),
    "ten minutes": '[ten minutes]{"entity": "duration", "role": "total"}',
    "turn off the kitchen light": "turn off the [kitchen](room) [light](appliance)",
    "get us some coffee next time": "get us some [coffee](item) next time",
    "get us some paper towels next time": "get us some [paper towels](item) next time",
    "get us some sugar next time": "get us some [sugar](item) next time",
    "give me a shout in ten minutes": (
        'give me a shout in [ten minutes]{"entity": "duration", "role": "total"}'
    ),
    "give me a shout in half an hour": (
        'give me a shout in [half an hour]{"entity": "duration", "role": "total"}'
    ),
}
"""What a perfect reviewer would mark; what is not here has no entities."""

REPLY_INTENT: Final = "inform"
"""The intent of a bare reply to a question."""
