"""Asking "did you mean ...?" when the understanding is middling, and acting on the reply."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import Final

from assistant.answers.skill import CONFIRMATION, Answer, Question
from assistant.nlu.interpreter import Interpretation
from training_loop.utterance import NamedEntity

NAME: Final = "clarification"
"""Stands as the asking skill in the session."""

_PHRASES: Final = {
    "ask_time": "ask for the time",
    "ask_date": "ask for the date",
    "ask_weekday": "ask which day it is",
    "ask_timer": "ask about your timers",
    "ask_alarm": "ask about your alarms",
    "ask_reminders": "hear your reminders",
    "set_timer": "set a timer",
    "cancel_timer": "cancel a timer",
    "extend_timer": "make a timer longer",
    "pause_timer": "pause a timer",
    "resume_timer": "resume a timer",
    "set_alarm": "set an alarm",
    "cancel_alarm": "cancel an alarm",
    "snooze": "snooze",
    "set_reminder": "set a reminder",
    "cancel_reminder": "cancel a reminder",
    "add_to_list": "add something to a list",
    "remove_from_list": "remove something from a list",
    "read_list": "hear a list",
    "clear_list": "clear a list",
    "calculate": "work something out",
    "convert_units": "convert something",
    "turn_on": "turn something on",
    "turn_off": "turn something off",
    "set_brightness": "set the brightness of a light",
    "set_temperature": "set the temperature",
    "change_temperature": "change the temperature",
    "ask_temperature": "ask for the temperature",
    "ask_device_state": "ask whether something is on",
    "volume_up": "turn the volume up",
    "volume_down": "turn the volume down",
    "set_volume": "set the volume",
    "mute": "mute the sound",
    "unmute": "turn the sound back on",
    "repeat": "hear that again",
    "help": "get help",
    "joke": "hear a joke",
    "flip_coin": "flip a coin",
    "ask_weather": "ask for the weather",
    "ask_rain": "ask whether it will rain",
    "ask_what_is_kept": "hear what I keep about you",
    "delete_last": "delete what you just said",
    "delete_today": "delete everything you said today",
    "stop_learning": "stop me learning from you",
    "start_learning": "let me learn from you",
    "ask_who_listened": "hear who listened to you",
    "delete_everything": "delete everything you ever said",
    "pause_learning": "stop me learning from you for a while",
    "explain_answer": "hear why I answered that",
    "correct_last": "correct what I heard",
}
INTENTS: Final = frozenset(_PHRASES)


def phrase(intent: str) -> str:
    """ "set a timer", as it follows "did you want to"."""
    return _PHRASES.get(intent, intent.replace("_", " "))


def can_be_asked(intent: str) -> bool:
    """Small talk and replies are not worth a question; intents of other packages are."""
    return intent in _PHRASES or intent not in _TOO_SMALL


_TOO_SMALL: Final = frozenset(
    {
        "",
        "affirm",
        "cancel",
        "deny",
        "goodbye",
        "greet",
        "how_are_you",
        "inform",
        "out_of_scope",
        "stop",
        "thank",
        "who_are_you",
    }
)


def did_you_mean(intent: str, interpretation: Interpretation) -> Answer:
    """Remembers what was said, so that a "yes" carries it out."""
    slots = {
        "intent": intent,
        "text": interpretation.text,
        "entities": json.dumps([asdict(entity) for entity in interpretation.entities]),
    }
    return Answer(
        text=f"I'm not sure. Did you want to {phrase(intent)}?",
        question=Question(slot=CONFIRMATION, slots=slots),
    )


def meant(question: Question) -> Interpretation:
    """What was asked about, now that it was confirmed."""
    entities = tuple(NamedEntity(**one) for one in json.loads(question.slots["entities"]))
    return Interpretation(
        text=question.slots["text"],
        intent=question.slots["intent"],
        confidence=1.0,
        entities=entities,
    )
