"""Cutting an answer into sentences, so that speaking starts before all of it is made."""

from __future__ import annotations

import re
from typing import Final

MAX_SENTENCE: Final = 300
"""Characters; longer sentences are cut at a comma or a space."""

_END = re.compile(r"(?<=[.!?])[\"')\]]*\s+")


def sentences(text: str) -> tuple[str, ...]:
    """The sentences of a text, none empty, none longer than MAX_SENTENCE characters."""
    whole = (part.strip() for part in _END.split(text))
    return tuple(piece for part in whole for piece in _pieces(part) if _speakable(piece))


def _pieces(sentence: str) -> list[str]:
    pieces = []
    rest = sentence
    while len(rest) > MAX_SENTENCE:
        cut = max(rest.rfind(mark, 0, MAX_SENTENCE) for mark in (", ", "; ", ": ")) + 1
        cut = cut or rest.rfind(" ", 0, MAX_SENTENCE) + 1 or MAX_SENTENCE
        pieces.append(rest[:cut].strip())
        rest = rest[cut:].strip()
    return [*pieces, rest]


def _speakable(piece: str) -> bool:
    return any(character.isalnum() for character in piece)
