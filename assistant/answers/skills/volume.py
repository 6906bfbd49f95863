"""How loud the device speaks and plays."""

from __future__ import annotations

import re
from typing import Final

from assistant.answers.ports import SkillPorts
from assistant.answers.skill import Answer, Question, Request, SetVolume
from assistant.answers.spoken.numbers import parse_integer, say_number
from assistant.answers.spoken.phrases import sentence
from assistant.answers.understood import value_of

STEP_PERCENT: Final = 10
_UNIT = re.compile(r" ?(?:percent|per cent|%)$")


class Volume:
    name = "volume"
    intents = frozenset({"volume_up", "volume_down", "set_volume", "mute", "unmute"})
    examples = ("volume up", "set the volume to forty percent")

    def __init__(self, ports: SkillPorts) -> None:
        self._sound = ports.sound

    async def answer(self, request: Request) -> Answer:
        known = self._sound.loudness(request.account, request.device)
        match request.slots.get("intent", request.interpretation.intent):
            case "mute":
                return self._set(request, 0)
            case "unmute":
                return self._set(request, known.percent or known.before_mute)
            case "volume_up":
                return self._set(request, known.percent + self._step(request))
            case "volume_down":
                return self._set(request, known.percent - self._step(request))
        percent = value_of(request, "percent", _percent)
        if percent is None:
            question = Question(
                slot="percent", slots={"intent": "set_volume"}, accepts=frozenset({"set_volume"})
            )
            return Answer(text="To how many percent?", question=question)
        return self._set(request, percent)

    def _step(self, request: Request) -> int:
        named = request.interpretation.entity("percent")
        return (_percent(named.value) if named else None) or STEP_PERCENT

    def _set(self, request: Request, percent: int) -> Answer:
        loudness = self._sound.set(request.account, request.device, percent)
        said = (
            sentence(f"volume {say_number(loudness.percent)} percent")
            if loudness.percent
            else "Muted."
        )
        return Answer(text=said, actions=(SetVolume(percent=loudness.percent),))


def _percent(text: str) -> int | None:
    """ "Forty percent", "forty"; without "percent", up to ten counts in tenths: "five" is half."""
    plain = _UNIT.sub("", text.lower())
    number = parse_integer(plain)
    if number is None or not 0 <= number <= 100:
        return None
    return number * 10 if number <= 10 and plain == text.lower() else number
