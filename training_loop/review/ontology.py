"""What a reviewer may choose from: the intents and entities of the NLU's domain."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from training_loop.errors import InvalidArgument
from training_loop.utterance import NamedEntity

OUT_OF_SCOPE = "out_of_scope"


@dataclass(frozen=True, slots=True, kw_only=True)
class Ontology:
    """Intents in the domain's order; entities with the roles each may have."""

    intents: tuple[str, ...]
    entities: Mapping[str, frozenset[str]]

    @staticmethod
    def read(domain: Path) -> Ontology:
        """Reads a Rasa `domain.yml`. Raises InvalidArgument when it names no intents."""
        content = yaml.safe_load(domain.read_text())
        if not isinstance(content, dict) or not content.get("intents"):
            raise InvalidArgument(f"{domain.name} names no intents.")
        return Ontology(
            intents=tuple(_name(entry) for entry in content["intents"]),
            entities={_name(entry): _roles(entry) for entry in content.get("entities", ())},
        )

    def check_intent(self, intent: str) -> str:
        """Raises InvalidArgument for an intent the domain does not know."""
        if intent not in self.intents:
            near = ", ".join(self.completions(intent)[:5])
            raise InvalidArgument(f"No such intent.{f' Near: {near}.' if near else ''}")
        return intent

    def check_entities(self, entities: Iterable[NamedEntity]) -> None:
        """Raises InvalidArgument for an entity or role the domain does not know."""
        for entity in entities:
            if entity.name not in self.entities:
                known = ", ".join(self.entities)
                raise InvalidArgument(f"No such entity. The domain has: {known}.")
            roles = self.entities[entity.name]
            if entity.role and entity.role not in roles:
                known = ", ".join(sorted(roles)) or "none"
                raise InvalidArgument(f"No such role of {entity.name}. It has: {known}.")

    def completions(self, typed: str) -> tuple[str, ...]:
        """Intents that begin with what was typed, then those that hold it."""
        wanted = typed.strip().lower().replace(" ", "_")
        begin = [intent for intent in self.intents if intent.startswith(wanted)]
        hold = [intent for intent in self.intents if wanted in intent and intent not in begin]
        return (*begin, *hold)


def _name(entry: str | dict[str, Any]) -> str:
    return entry if isinstance(entry, str) else str(next(iter(entry)))


def _roles(entry: str | dict[str, Any]) -> frozenset[str]:
    if isinstance(entry, str):
        return frozenset()
    return frozenset((next(iter(entry.values())) or {}).get("roles", ()))
