"""Puts the words that no person was shown back into what people agreed on: for machines alone.

Their account lets machines learn from them; a model that learned "<number>" would be of no use.
"""

from __future__ import annotations

import re
from dataclasses import replace

from training_loop.review.task import DeidentifiedClip, Opinion
from training_loop.utterance import NamedEntity, Utterance

PLACEHOLDER = re.compile(r"<[a-z_]+>")


def revealed(opinion: Opinion, clip: DeidentifiedClip, utterance: Utterance) -> Opinion | None:
    """The opinion with the words that its placeholders stand for.

    None where that is not certain: its placeholders are not those of the clip, in their order, or
    the clip's other words are not those that were heard.
    """
    shown = PLACEHOLDER.findall(clip.text)
    if PLACEHOLDER.findall(opinion.text) != shown:
        return None
    if not shown:
        return opinion
    heard = _words_behind(clip.text, utterance.heard)
    if heard is None:
        return None
    text, moved = _filled(opinion.text, heard)
    entities = tuple(_carried(entity, opinion.text, text, moved) for entity in opinion.entities)
    return replace(opinion, text=text, entities=entities)


def has_placeholders(text: str) -> bool:
    return bool(PLACEHOLDER.search(text))


def _words_behind(shown: str, heard: str) -> list[str] | None:
    """What was heard in the place of each placeholder."""
    pattern = r"\s+".join(
        r"(\S+(?:\s+\S+)*?)" if PLACEHOLDER.fullmatch(word) else re.escape(word)
        for word in shown.split()
    )
    found = re.fullmatch(rf"\s*{pattern}\s*", heard, re.IGNORECASE)
    return list(found.groups()) if found else None


def _filled(text: str, words: list[str]) -> tuple[str, list[tuple[int, int]]]:
    """The text with the words, and by how much longer it is after the end of each placeholder."""
    parts: list[str] = []
    moved: list[tuple[int, int]] = []
    end = longer = 0
    for mark, word in zip(PLACEHOLDER.finditer(text), words, strict=True):
        parts += [text[end : mark.start()], word]
        end = mark.end()
        longer += len(word) - len(mark[0])
        moved.append((end, longer))
    return "".join(parts) + text[end:], moved


def _carried(
    entity: NamedEntity, before: str, after: str, moved: list[tuple[int, int]]
) -> NamedEntity:
    """The entity at its new place. A border inside of a placeholder cannot be: it is one word."""
    start = entity.start + _shift(moved, entity.start)
    end = entity.end + _shift(moved, entity.end)
    text = after[start:end]
    unchanged = entity.value != before[entity.start : entity.end]
    return replace(
        entity, start=start, end=end, text=text, value=entity.value if unchanged else text
    )


def _shift(moved: list[tuple[int, int]], place: int) -> int:
    """How far a place of the old text has moved."""
    return next((by for at, by in reversed(moved) if at <= place), 0)
