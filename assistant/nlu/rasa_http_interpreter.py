"""Understanding through a stock Rasa server (`rasa run --enable-api`)."""

from __future__ import annotations

from typing import Any

import httpx

from assistant.errors import InterpreterUnavailable
from assistant.nlu.interpreter import IntentScore, Interpretation
from assistant.nlu.parsed import interpretation
from assistant.nlu.text import clean
from training_loop.utterance import NamedEntity

_HEALTH_WITHIN_S = 2.0
_MAX_CONNECTIONS = 8
"""The server parses one text at a time."""


class RasaHttpInterpreter:
    """An Interpreter. `url` is the server's root, for example `http://localhost:5005`."""

    def __init__(self, url: str, *, deadline_s: float = 5.0) -> None:
        self._client = httpx.AsyncClient(
            base_url=url,
            timeout=deadline_s,
            limits=httpx.Limits(max_connections=_MAX_CONNECTIONS),
        )

    async def interpret(self, text: str) -> Interpretation:
        """Raises BadRequest and InterpreterUnavailable."""
        text = clean(text)
        try:
            response = await self._client.post("/model/parse", json={"text": text})
            response.raise_for_status()
            parsed = response.json()
            return interpretation(text, _ranking(parsed), _entities(text, parsed))
        except httpx.HTTPStatusError as refused:
            status = refused.response.status_code
            raise InterpreterUnavailable(f"The Rasa server answered {status}.") from None
        except httpx.HTTPError:
            raise InterpreterUnavailable("The Rasa server is away or too slow.") from None
        except (AttributeError, KeyError, TypeError, ValueError):
            raise InterpreterUnavailable("The Rasa server's answer is not Rasa's.") from None

    async def healthy(self) -> bool:
        """Whether the server answers and has a model."""
        try:
            response = await self._client.get("/status", timeout=_HEALTH_WITHIN_S)
        except httpx.HTTPError:
            return False
        return response.is_success

    async def close(self) -> None:
        await self._client.aclose()


def _ranking(parsed: dict[str, Any]) -> list[IntentScore]:
    ranking = parsed.get("intent_ranking") or [parsed["intent"]]
    return [
        IntentScore(name=intent["name"], confidence=float(intent["confidence"]))
        for intent in ranking
        if intent.get("name")
    ]


def _entities(text: str, parsed: dict[str, Any]) -> list[NamedEntity]:
    return [
        NamedEntity(
            name=entity["entity"],
            role=entity.get("role", ""),
            value=str(entity["value"]),
            text=text[entity["start"] : entity["end"]],
            start=entity["start"],
            end=entity["end"],
            confidence=float(entity.get("confidence_entity", 1.0)),
        )
        for entity in parsed["entities"]
    ]
