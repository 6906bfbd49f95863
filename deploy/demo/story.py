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
    Person(name="Cleo", voice="andrea", device="bedroom"),
)

CHOICES: Final[Mapping[str, str]] = {
    "Ana": "keeps a history, lets machines learn, lets people listen to a sample",
    "Ben": "lets machines learn and people listen to a sample, keeps no history",
    "Cleo": "nothing at all (as every account begins)",
}

EVENING: Final = (
    Line(person="Ana", says="what time is it", intent="ask_time"),
    Line(person="Ben", says="turn on the lamp in the office", intent="turn_on"),
    Line(person="Cleo", says="what is twelve times seven", intent="calculate"),
    Line(person="Ana", says="add milk and eggs to my shopping list", intent="add_to_list"),
    Line(person="Ben", says="set a timer", intent="set_timer", replies=("ten minutes",)),
    Line(person="Cleo", says="the neighbors went to the theater last night", false_wake=True),
    Line(person="Ana", says="turn off the kitchen light", intent="turn_off", microphone="bad"),
    Line(person="Ben", says="what is on my shopping list", intent="read_list", guest=True),
    Line(person="Ana", says="what do you keep about me", intent="ask_what_is_kept"),
    Line(person="Ana", says="we are running low on coffee", intent="add_to_list"),
    Line(person="Ben", says="we are running low on paper towels", intent="add_to_list"),
    Line(person="Ana", says="we are running low on sugar", intent="add_to_list"),
    Line(person="Ben", says="give me a shout in ten minutes", intent="set_timer"),
    Line(person="Ana", says="give me a shout in half an hour", intent="set_timer"),
    Line(person="Cleo", says="we are running low on olive oil", intent="add_to_list"),
)
"""Fifteen requests. The phrasings of the last six are not in the base training data."""

NEW_PHRASINGS: Final = frozenset(line.says for line in EVENING[9:])

AFTER_LEARNING: Final = (
    Line(person="Cleo", says="we are running low on olive oil", intent="add_to_list"),
    Line(person="Cleo", says="give me a shout in five minutes", intent="set_timer"),
)

STOP_LEARNING: Final = Line(person="Ben", says="stop learning from me", intent="stop_learning")

MARKED: Final[Mapping[str, str]] = {
    "turn on the lamp in the office": "turn on the [lamp](appliance) in the [office](room)",
    "what is twelve times seven": "what is [twelve times seven](expression)",
    "add milk and eggs to my shopping list": (
        'add [milk](item) and [eggs](item) to my [shopping list]{"entity": "list_name", '
        '"value": "shopping"}'
    ),
    "ten minutes": '[ten minutes]{"entity": "duration", "role": "total"}',
    "turn off the kitchen light": "turn off the [kitchen](room) [light](appliance)",
    "we are running low on coffee": "we are running low on [coffee](item)",
    "we are running low on paper towels": "we are running low on [paper towels](item)",
    "we are running low on sugar": "we are running low on [sugar](item)",
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
