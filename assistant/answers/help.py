"""What one can say, taken from the skills themselves."""

from __future__ import annotations

import secrets
from collections.abc import Sequence

from assistant.answers.skill import Answer, Request, Skill
from assistant.answers.spoken.phrases import say_list

_SPOKEN_AT_ONCE = 4


class Help:
    """Made by the registry, since it needs to know the others."""

    name = "help"
    intents = frozenset({"help"})
    examples: tuple[str, ...] = ()

    def __init__(self, skills: Sequence[Skill]) -> None:
        self._examples = [skill.examples[0] for skill in skills if skill.examples]

    async def answer(self, _: Request) -> Answer:
        count = min(_SPOKEN_AT_ONCE, len(self._examples))
        chosen = secrets.SystemRandom().sample(self._examples, count)
        if not chosen:
            return Answer(text="I can't do anything yet.")
        quoted = say_list([f"'{example}'" for example in chosen], last="or")
        return Answer(text=f"You can say, for example: {quoted}.")
