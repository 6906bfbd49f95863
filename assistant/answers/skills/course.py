"""Steering the conversation itself: stop, cancel, repeat."""

from __future__ import annotations

from assistant.answers.ports import SkillPorts
from assistant.answers.skill import Answer, Request, StopEverything
from training_loop.errors import StoreUnavailable


class Course:
    name = "course"
    intents = frozenset({"stop", "cancel", "repeat"})
    examples = ("stop", "say that again")

    def __init__(self, ports: SkillPorts) -> None:
        self._agenda = ports.agenda

    async def answer(self, request: Request) -> Answer:
        match request.interpretation.intent:
            case "stop":
                await self._silence(request)
                return Answer(text="Okay.", actions=(StopEverything(),))
            case "cancel":
                return Answer(text="Okay, never mind.")
        if not request.previous_answer:
            return Answer(text="I haven't said anything yet.")
        return Answer(text=request.previous_answer)

    async def _silence(self, request: Request) -> None:
        """What rings is acknowledged; without the store the device at least falls silent."""
        try:
            ringing = await self._agenda.due(
                request.account, request.device, request.now.timestamp()
            )
            for entry in ringing:
                await self._agenda.acknowledge(request.account, request.device, entry.entry_id)
        except StoreUnavailable:
            return
