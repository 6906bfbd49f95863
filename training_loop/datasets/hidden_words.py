"""Puts words that people were not shown back into a gold text, for machines alone. Pure.

Settlement has done so already wherever people left the clip's placeholders as they were. What is
left are texts in which they changed more, and those reviewed outside of the console. Here it is
done only where it is certain: the recognised words between the same neighbours as the
placeholder's. What reviewers corrected next to a placeholder makes its words a guess, and a guess
is no gold.
"""

from __future__ import annotations

from difflib import SequenceMatcher

from training_loop.deidentify.placeholders import (
    PLACEHOLDER,
    Filled,
    filled_with,
    has_placeholders,
)
from training_loop.deidentify.tokens import Token, bare, tokens_of
from training_loop.utterance import NamedEntity

_MOST_WORDS = 8
"""More behind one placeholder are not believed."""


def filled(text: str, entities: tuple[NamedEntity, ...], heard: str) -> Filled | None:
    """The text with its hidden words, its entities at their new places. None where the words are
    not certain, or a placeholder is part of a longer word."""
    if not has_placeholders(text):
        return Filled(text=text, entities=entities, placeholders=0)
    gold = tokens_of(text)
    hidden = [n for n, token in enumerate(gold) if has_placeholders(token.text)]
    if len(hidden) != len(PLACEHOLDER.findall(text)):
        return None
    words = _words_behind(gold, hidden, tokens_of(heard))
    return None if words is None else filled_with(words, text, entities)


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
