"""Small talk."""

from __future__ import annotations

import secrets
from typing import Final

from assistant.answers.ports import SkillPorts
from assistant.answers.skill import Answer, Request

_JOKES: Final = (
    "Why did the scarecrow win a prize? He was outstanding in his field.",
    "I would tell you a joke about a clock, but it takes too much time.",
    "What do you call a bear with no teeth? A gummy bear.",
    "Why don't eggs tell jokes? They would crack each other up.",
    "I used to be a baker, but I couldn't make enough dough.",
)
_SAID: Final = {
    "goodbye": "Goodbye.",
    "thank": "You're welcome.",
    "how_are_you": "I'm fine, thank you.",
    "who_are_you": "I'm Earmark, your voice assistant. I learn only from people who said yes.",
    "affirm": "All right.",
    "deny": "Okay.",
}


class SmallTalk:
    name = "small_talk"
    intents = frozenset({"greet", "joke", "flip_coin", *_SAID})
    examples = ("tell me a joke", "flip a coin")

    def __init__(self, _: SkillPorts) -> None: ...

    async def answer(self, request: Request) -> Answer:
        intent = request.interpretation.intent
        if intent == "greet":
            return Answer(text=_greeting(request.now.hour))
        if intent == "joke":
            return Answer(text=secrets.choice(_JOKES))
        if intent == "flip_coin":
            return Answer(text=secrets.choice(("Heads.", "Tails.")))
        return Answer(text=_SAID[intent])


def _greeting(hour: int) -> str:
    if 5 <= hour < 12:
        return "Good morning."
    return "Good evening." if hour >= 18 or hour < 5 else "Hello."
