"""Puts words that people were not shown back into a gold text, for machines alone. Pure.

Only where it is certain: the recognised words between the same neighbours as the placeholder's.
What reviewers corrected next to a placeholder makes its words a guess, and a guess is no gold.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from difflib import SequenceMatcher

from training_loop.deidentify.tokens import Token, bare, tokens_of
from training_loop.utterance import NamedEntity

_PLACEHOLDER = re.compile(r"<[a-z_]+>")
_MOST_WORDS = 8
"""More behind one placeholder are not believed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Filled:
    text: str = field(repr=False)
    entities: tuple[NamedEntity, ...] = field(repr=False)
    placeholders: int
    """How many were filled."""


def filled(text: str, entities: tuple[NamedEntity, ...], heard: str) -> Filled | None:
    """The text with its hidden words, its entities at their new places. None where the words are
    not certain, or a placeholder is part of a longer word."""
    if not _PLACEHOLDER.search(text):
        return Filled(text=text, entities=entities, placeholders=0)
    gold = tokens_of(text)
    hidden = [n for n, token in enumerate(gold) if _PLACEHOLDER.fullmatch(token.text)]
    if len(hidden) != len(_PLACEHOLDER.findall(text)):
        return None
    words = _words_behind(gold, hidden, tokens_of(heard))
    if words is None:
        return None
    return _put_in(text, entities, [gold[n] for n in hidden], words)


def _words_behind(
    gold: tuple[Token, ...], hidden: list[int], heard: tuple[Token, ...]
) -> list[str] | None:
    said = [f"<{n}>" if n in hidden else bare(token.text) for n, token in enumerate(gold)]
    recognised = [bare(token.text) for token in heard]
    blocks = SequenceMatcher(None, said, recognised, autojunk=False).get_opcodes()
    behind = {
        i1: (j1, j2)
        for kind, i1, i2, j1, j2 in blocks
        if kind == "replace" and i2 - i1 == 1 and i1 in hidden and j2 - j1 <= _MOST_WORDS
    }
    if len(behind) < len(hidden):
        return None
    return [" ".join(token.text for token in heard[slice(*behind[n])]) for n in hidden]


def _put_in(
    text: str, entities: tuple[NamedEntity, ...], places: list[Token], words: list[str]
) -> Filled | None:
    parts, end = [], 0
    for token, word in zip(places, words, strict=True):
        parts += [text[end : token.start], word]
        end = token.end
    whole = "".join(parts) + text[end:]
    moved = [
        (token.end, len(word) - (token.end - token.start))
        for token, word in zip(places, words, strict=True)
    ]

    def place(at: int) -> int:
        return at + sum(longer for ends, longer in moved if ends <= at)

    carried = []
    for entity in entities:
        if any(
            token.start < edge < token.end
            for token in places
            for edge in (entity.start, entity.end)
        ):
            return None
        start, end = place(entity.start), place(entity.end)
        inside = whole[start:end]
        value = inside if _PLACEHOLDER.search(entity.value) else entity.value
        carried.append(replace(entity, text=inside, value=value, start=start, end=end))
    return Filled(text=whole, entities=tuple(carried), placeholders=len(places))
