"""Hidden words come back into a text at their places, or not at all."""

from __future__ import annotations

from dataclasses import replace

import pytest

from training_loop.deidentify.finding import Kind
from training_loop.deidentify.placeholders import PLACEHOLDER, filled_with
from training_loop.utterance import NamedEntity

TEXT = "call <name>, in <number> minutes"
IN_MINUTES = NamedEntity(
    name="duration", value="<number> minutes", text="<number> minutes", start=16, end=32
)


@pytest.mark.parametrize("kind", Kind)
def test_whatever_is_hidden_is_known_by_its_placeholder(kind: Kind) -> None:
    assert PLACEHOLDER.fullmatch(kind.placeholder)


def test_words_and_entities_stand_where_their_placeholders_stood() -> None:
    politeness = NamedEntity(name="verb", value="to ring", text="call", start=0, end=4)
    found = filled_with(["aunt mary", "ten"], TEXT, [politeness, IN_MINUTES])
    assert found
    assert found.text == "call aunt mary, in ten minutes"
    assert found.placeholders == 2
    verb, duration = found.entities
    assert verb == politeness, "a value without hidden words is the reviewers' own"
    assert found.text[duration.start : duration.end] == duration.text == "ten minutes"
    assert duration.value == "ten minutes"


@pytest.mark.parametrize("text", ["<name>'s list", "<name>\u2019s list", "grand<name>", "<name>s"])
def test_a_placeholder_within_a_word_is_not_filled(text: str) -> None:
    assert filled_with(["anna's"], text, ()) is None


@pytest.mark.parametrize(("start", "end"), [(17, 32), (0, 6)])
def test_an_entity_with_a_border_within_a_placeholder_makes_it_uncertain(
    start: int, end: int
) -> None:
    broken = replace(IN_MINUTES, start=start, end=end)
    assert filled_with(["anna", "ten"], TEXT, [broken]) is None
