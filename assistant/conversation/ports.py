"""What a turn works with."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from assistant.answers.skill import Answer, Request
from assistant.conversation.answered_turn import AnsweredTurn
from assistant.conversation.opening import Opening
from assistant.conversation.session import Sessions
from assistant.nlu.interpreter import Interpreter
from assistant.speech.synthesizer import Synthesizer
from training_loop.intake import FeedbackSink


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """An answer and the skill that gave it; an empty `skill` means nobody understood."""

    answer: Answer
    skill: str


class Skills(Protocol):
    """Finds the skill for a request and lets it answer."""

    async def reply(self, request: Request) -> Reply:
        """Always answers: what nobody understands gets an honest "I didn't get that".

        Raises EarmarkError when a skill fails in an expected way.
        """
        ...


class Understanding(Protocol):
    """Who interprets which turn, and who is told how it went."""

    def interpreter(self, opening: Opening) -> Interpreter: ...

    def answered(self, turn: AnsweredTurn) -> None:
        """Returns at once and never raises. Keeps no text."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class TurnPorts:
    interpreter: Interpreter
    skills: Skills
    synthesizer: Synthesizer
    sink: FeedbackSink
    sessions: Sessions
    local_time: Callable[[str], Awaitable[datetime]]
    """Now in the time zone of an account."""
    withdraw: Callable[[str, str], Awaitable[object]]
    """Deletes an utterance of an account everywhere: `withdraw(account, utterance_id)`."""
    understanding: Understanding | None = None
    """None: `interpreter` interprets every turn."""
