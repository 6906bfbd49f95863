"""Words that people were not shown are put back only where it is certain which they were."""

from __future__ import annotations

import pytest

from training_loop.datasets.hidden_words import filled
from training_loop.utterance import NamedEntity


@pytest.mark.parametrize(
    ("gold", "heard", "text"),
    [
        ("call <name> now", "call anna now", "call anna now"),
        ("call <name>", "call anna maria smith", "call anna maria smith"),
        ("<name> is late", "Anna is late", "Anna is late"),
        ("call <name> at <number>", "call anna at five six", "call anna at five six"),
        (
            "call <name> please to morrow",
            "call anna please tomorrow",
            "call anna please to morrow",
        ),
        ("set the timer", "something else", "set the timer"),
    ],
)
def test_certain_words_are_put_back(gold: str, heard: str, text: str) -> None:
    found = filled(gold, (), heard)
    assert found
    assert found.text == text


@pytest.mark.parametrize(
    ("gold", "heard"),
    [
        ("call <name> <number>", "call anna five"),
        ("call <name> today", "call anna tuesday"),
        ("call <name>", "call"),
        ("call <name>", "bring milk home"),
        ("<name>'s list", "anna's list"),
        ("<name>", "one two three four five six seven eight nine"),
        ("call <name>", ""),
    ],
)
def test_what_could_be_other_words_is_no_gold(gold: str, heard: str) -> None:
    assert filled(gold, (), heard) is None


def test_entities_move_with_their_words() -> None:
    entities = (
        NamedEntity(name="person", value="<name>", text="<name>", start=5, end=11),
        NamedEntity(name="when", value="monday", text="at noon", start=12, end=19),
    )
    found = filled("call <name> at noon", entities, "call anna at noon")
    assert found
    person, when = found.entities
    assert (person.text, person.value) == ("anna", "anna")
    assert (when.text, when.value) == ("at noon", "monday")
    assert found.text[when.start : when.end] == "at noon"


def test_an_entity_that_begins_inside_of_a_placeholder_is_no_gold() -> None:
    broken = NamedEntity(name="person", value="me>", text="me>", start=8, end=11)
    assert filled("call <name> now", (broken,), "call anna now") is None
