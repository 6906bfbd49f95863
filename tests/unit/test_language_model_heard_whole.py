"""An entity is heard whole when each of its words is, and nothing between them was made up."""

from __future__ import annotations

import pytest

from training_loop.training.language_model.work import heard_whole

SAID = "Set the  kitchen lamp to ten"


@pytest.mark.parametrize(
    ("part", "heard", "whole"),
    [
        ("kitchen lamp", "set the kitchen lamp to ten", True),
        ("kitchen lamp", "said a kitchen lamp to", True),
        ("kitchen lamp", "set the kitchen clamp to ten", False),
        ("kitchen lamp", "set the lamp to ten", False),
        ("kitchen lamp", "set the kitchen green lamp to ten", False),
        ("kitchen lamp", "set the green kitchen lamp to ten", True),
        ("ten", "set the kitchen lamp to ten please", True),
        ("ten", "set the kitchen lamp to", False),
        ("itchen la", "set the chicken lamp to ten", False),
        ("Set", "set", True),
        ("Set", "", False),
    ],
)
def test_it_is_told_word_by_word(part: str, heard: str, whole: bool) -> None:
    start = SAID.index(part)
    assert heard_whole(SAID, start, start + len(part), heard.split()) is whole


def test_a_span_without_words_cannot_be_misheard() -> None:
    assert heard_whole(SAID, 7, 9, [])
