"""Texts as vectors: what is known counts, what is not does no harm."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.nlu.lean.ngrams import Weighting, features

TEXTS = [["set", "a", "timer"], ["set", "an", "alarm"], ["what", "time", "is", "it"]]


def test_words_their_neighbours_and_their_parts_are_features() -> None:
    words, characters = features(["go", "home"])
    assert words == ["go", "home", "^ go", "go home", "home $"]
    assert {"# g", "#go", "#hom", "#ome ", "# home"[:6]} <= set(characters)


def test_words_and_characters_weigh_the_same() -> None:
    weighting = Weighting.learn(TEXTS, 1)
    _, values = weighting.vector(["set", "a", "timer"])
    assert math.hypot(*values) == pytest.approx(math.sqrt(2))


def test_rare_parts_of_words_are_not_kept_but_rare_words_are() -> None:
    weighting = Weighting.learn(TEXTS, 2)
    assert "alarm" in weighting.vocabulary
    assert "#alar" not in weighting.vocabulary
    assert "#set " in weighting.vocabulary


@given(st.lists(st.text(max_size=10), max_size=6))
def test_any_text_has_a_vector_of_known_features(words: list[str]) -> None:
    weighting = Weighting.learn(TEXTS, 1)
    indices, values = weighting.vector(words)
    assert len(indices) == len(values)
    assert len(set(indices)) == len(indices)
    assert all(0 <= index < len(weighting.idf) for index in indices)
    assert all(map(math.isfinite, values))
