"""The port to an understanding engine."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from training_loop.utterance import NamedEntity


@dataclass(frozen=True, slots=True, kw_only=True)
class IntentScore:
    name: str
    confidence: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Interpretation:
    """What a text means. `intent` is empty when the engine is too unsure to name one."""

    text: str
    intent: str
    confidence: float
    entities: tuple[NamedEntity, ...] = ()
    ranking: tuple[IntentScore, ...] = ()
    """All scored intents, best first."""

    def entity(self, name: str, role: str = "") -> NamedEntity | None:
        """The first entity of that name, and of that role if one is given."""
        for entity in self.entities:
            if entity.name == name and (not role or entity.role == role):
                return entity
        return None


class Interpreter(Protocol):
    """Understands text. Safe for concurrent use."""

    async def interpret(self, text: str) -> Interpretation:
        """Understands 1 to 1,000 characters; the text is cleaned first (see `text.clean`).

        Raises BadRequest for text beyond the limits and InterpreterUnavailable when the engine
        is away or too slow.
        """
        ...

    async def healthy(self) -> bool: ...

    async def close(self) -> None: ...
