"""Entities survive being written as tags on words."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from assistant.nlu.lean.tagging import Span, spans_of, tags_of
from assistant.nlu.lean.word_features import WordLists, word_features

LABELS = st.sampled_from(["city", "duration#added", "duration#total"])


@st.composite
def sentences(draw: st.DrawFn) -> tuple[list[tuple[int, int]], list[Span]]:
    """Words of any length, and entities over whole words that do not overlap."""
    words: list[tuple[int, int]] = []
    for length in draw(st.lists(st.integers(1, 8), max_size=12)):
        start = words[-1][1] + 1 if words else 0
        words.append((start, start + length))
    spans: list[Span] = []
    index = 0
    while index < len(words):
        size = draw(st.integers(0, 3))
        covered = words[index : index + size]
        if covered:
            spans.append(Span(start=covered[0][0], end=covered[-1][1], label=draw(LABELS)))
        index += max(1, size)
    return words, spans


@given(sentences())
def test_tags_give_back_the_entities_they_were_made_from(
    sentence: tuple[list[tuple[int, int]], list[Span]],
) -> None:
    words, spans = sentence
    assert spans_of(words, tags_of(words, spans), [1.0] * len(words)) == spans


def test_an_entity_is_as_sure_as_its_least_sure_word() -> None:
    (span,) = spans_of([(0, 3), (4, 8)], ["B-city", "I-city"], [0.9, 0.4])
    assert (span.start, span.end, span.confidence) == (0, 8, 0.4)


def test_an_end_without_a_beginning_is_an_entity_all_the_same() -> None:
    (span,) = spans_of([(0, 3), (4, 8)], ["O", "I-city"], [0.9, 0.8])
    assert (span.start, span.end) == (4, 8)


def test_word_lists_and_patterns_mark_every_word_they_cover() -> None:
    lists = WordLists({"room": ["living room"]}, {"number": r"\b(five|twenty one)\b"})
    found = lists.found(["living", "room", "twenty", "one", "fivefold"])
    assert found == [
        ["list=room:B"],
        ["list=room:I"],
        ["pattern=number"],
        ["pattern=number"],
        [],
    ]


def test_the_tagger_sees_the_intent_and_the_neighbours() -> None:
    first, last = word_features(["at", "seven"], "set_alarm", WordLists({}))
    assert "intent=set_alarm|w=seven" in last
    assert "w-1=at" in last
    assert "w-1=^" in first
    assert "w+1=$" in last
