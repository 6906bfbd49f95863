"""Entities as tags on words and back: B- begins an entity, I- continues it, O is outside.

A label is the entity's name, with its role after a `#` where it has one.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

OUTSIDE = "O"


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """Part of a text with a label; `start` and `end` are characters."""

    start: int
    end: int
    label: str
    confidence: float = 1.0


def tags_of(words: Sequence[tuple[int, int]], spans: Sequence[Span]) -> list[str]:
    """The tag of each word (given by its start and end); a span takes every word it touches."""
    tags = [OUTSIDE] * len(words)
    for span in spans:
        begun = False
        for index, (start, end) in enumerate(words):
            if start < span.end and span.start < end:
                tags[index] = f"{'I' if begun else 'B'}-{span.label}"
                begun = True
    return tags


def spans_of(
    words: Sequence[tuple[int, int]], tags: Sequence[str], confidences: Sequence[float]
) -> list[Span]:
    """The entities that the tags mark. An entity is as sure as its least sure word.

    An I- without its beginning begins an entity.
    """
    spans: list[Span] = []
    open_label = ""
    for (start, end), tag, confidence in zip(words, tags, confidences, strict=True):
        prefix, _, label = tag.partition("-")
        if tag == OUTSIDE:
            open_label = ""
        elif prefix == "I" and label == open_label:
            before = spans.pop()
            least = min(before.confidence, confidence)
            spans.append(Span(start=before.start, end=end, label=label, confidence=least))
        else:
            spans.append(Span(start=start, end=end, label=label, confidence=confidence))
            open_label = label
    return spans
