"""What stands in a text for hidden words, and how the words come back: for machines alone. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from training_loop.utterance import NamedEntity

PLACEHOLDER: Final = re.compile(r"<[a-z_]+>")
"""As `Kind.placeholder` writes it."""
_PART_OF_A_WORD = re.compile(
    rf"\w['\u2019-]?{PLACEHOLDER.pattern}|{PLACEHOLDER.pattern}['\u2019-]?\w"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Filled:
    """Personal: `repr` shows nothing that was said."""

    text: str = field(repr=False)
    entities: tuple[NamedEntity, ...] = field(repr=False)
    placeholders: int
    """How many were filled."""


def has_placeholders(text: str) -> bool:
    return bool(PLACEHOLDER.search(text))


def filled_with(words: Sequence[str], text: str, entities: Sequence[NamedEntity]) -> Filled | None:
    """The text with `words` in the place of its placeholders, one for each, in order, and its
    entities at their new places. A value that has placeholders becomes what is said there.

    None where a placeholder is part of a longer word, or an entity has a border inside of one: what
    was said there is then not certain.
    """
    marks = list(PLACEHOLDER.finditer(text))
    if _PART_OF_A_WORD.search(text) or any(
        mark.start() < border < mark.end()
        for mark in marks
        for one in entities
        for border in (one.start, one.end)
    ):
        return None
    parts, end = [], 0
    for mark, word in zip(marks, words, strict=True):
        parts += [text[end : mark.start()], word]
        end = mark.end()
    whole = "".join(parts) + text[end:]

    def moved(place: int) -> int:
        return place + sum(
            len(word) - len(mark[0])
            for mark, word in zip(marks, words, strict=True)
            if mark.end() <= place
        )

    return Filled(
        text=whole,
        entities=tuple(_at(one, moved(one.start), moved(one.end), whole) for one in entities),
        placeholders=len(marks),
    )


def _at(entity: NamedEntity, start: int, end: int, text: str) -> NamedEntity:
    said = text[start:end]
    value = said if has_placeholders(entity.value) else entity.value
    return replace(entity, start=start, end=end, text=said, value=value)
