"""What a reviewer can write who hears everything but the words that were hidden. Pure."""

from __future__ import annotations

from dataclasses import replace
from difflib import SequenceMatcher
from functools import cache
from itertools import accumulate

from benchmarks.learning.said import Said
from training_loop.deidentify.placeholders import PLACEHOLDER
from training_loop.deidentify.spoken_numbers import is_number
from training_loop.review.task import Opinion
from training_loop.utterance import NamedEntity

_LEFT_OUT = 0.7
_MOST_HIDDEN = 4
_OTHER_WORD = 0.4
"""For each word behind a placeholder that is not of a number."""


def opinion(said: Said, shown: str) -> Opinion:
    """The truth with the placeholders of `shown` in place. Unusable where a placeholder stands
    over words that it does not stand for: nobody could hear them."""
    words = said.text.split()
    spans = _hidden_spans(tuple(shown.split()), tuple(words))
    if spans is None:
        return Opinion(unusable=True)
    pieces: list[tuple[str, int, int]] = []
    at = 0
    for placeholder, first, last in spans:
        pieces += [(words[n], n, n + 1) for n in range(at, first)]
        pieces.append((placeholder, first, last))
        at = last
    pieces += [(words[n], n, n + 1) for n in range(at, len(words))]
    text = " ".join(word for word, _, _ in pieces)
    entities = tuple(_carried(one, said.text, text, pieces) for one in said.entities)
    return Opinion(text=text, intent=said.intent, entities=entities)


def _carried(
    entity: NamedEntity, before: str, text: str, pieces: list[tuple[str, int, int]]
) -> NamedEntity:
    first = before[: entity.start].count(" ")
    last = first + len(entity.text.split())
    ends = list(accumulate((len(word) + 1 for word, _, _ in pieces), initial=0))
    within = [n for n, (_, start, end) in enumerate(pieces) if start < last and first < end]
    start, end = ends[within[0]], ends[within[-1] + 1] - 1
    return replace(entity, text=text[start:end], value=text[start:end], start=start, end=end)


def _hidden_spans(
    shown: tuple[str, ...], words: tuple[str, ...]
) -> list[tuple[str, int, int]] | None:
    """Each placeholder with the words that it stands over, in order."""
    if not any(map(PLACEHOLDER.fullmatch, shown)):
        return []
    _, spans = _aligned(shown, words, 0, 0)
    hidden = [span for span in spans if PLACEHOLDER.fullmatch(span[0])]
    for placeholder, first, last in hidden:
        if placeholder != "<number>" or not any(map(is_number, words[first:last])):
            return None
    return hidden


@cache
def _aligned(
    shown: tuple[str, ...], words: tuple[str, ...], at: int, word: int
) -> tuple[float, tuple[tuple[str, int, int], ...]]:
    """The cheapest way to lay the rest of what is shown over the rest of the words."""
    if at == len(shown):
        return _LEFT_OUT * (len(words) - word), ()
    ways = []
    if PLACEHOLDER.fullmatch(shown[at]):
        for last in range(word + 1, min(word + _MOST_HIDDEN, len(words)) + 1):
            cost, rest = _aligned(shown, words, at + 1, last)
            behind = sum(_behind(shown[at], one) for one in words[word:last])
            ways.append((cost + behind, ((shown[at], word, last), *rest)))
    elif word < len(words):
        cost, rest = _aligned(shown, words, at + 1, word + 1)
        ways.append((cost + _unlike(shown[at], words[word]), rest))
    cost, rest = _aligned(shown, words, at + 1, word)
    nothing = ((shown[at], word, word),) if PLACEHOLDER.fullmatch(shown[at]) else ()
    ways.append((cost + _LEFT_OUT, (*nothing, *rest)))
    if word < len(words):
        cost, rest = _aligned(shown, words, at, word + 1)
        ways.append((cost + _LEFT_OUT, rest))
    return min(ways, key=lambda way: way[0])


def _behind(placeholder: str, word: str) -> float:
    if placeholder == "<number>":
        return 0.1 if is_number(word) else 1.0
    return _OTHER_WORD


def _unlike(one: str, other: str) -> float:
    return 1.0 - SequenceMatcher(None, one, other).ratio()
