"""Marks inside a text: what is written is read back, what is wrong is refused."""

from __future__ import annotations

import json
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from training_loop.review.annotation import MAX_TEXT, AnnotationFault, parse, write
from training_loop.utterance import NamedEntity

_PLAIN = st.text(
    st.characters(exclude_categories=("C", "Z"), exclude_characters="[]", include_characters=" "),
    max_size=12,
)
_WORDS = _PLAIN.filter(lambda text: bool(text.strip()))
_NAMES = st.from_regex(r"[a-z][a-z_]{0,8}", fullmatch=True)
_VALUES = st.text(max_size=12)


@st.composite
def annotated(draw: st.DrawFn) -> tuple[str, tuple[NamedEntity, ...]]:
    text = draw(_WORDS)
    entities = []
    for _ in range(draw(st.integers(0, 4))):
        words = draw(_WORDS)
        value = draw(st.one_of(st.just(words), _VALUES))
        start = len(text)
        entities.append(
            NamedEntity(
                name=draw(_NAMES),
                role=draw(st.one_of(st.just(""), _NAMES)),
                value=value,
                text=words,
                start=start,
                end=start + len(words),
            )
        )
        text += words + draw(_PLAIN)
    return text, tuple(entities)


@given(annotated())
def test_what_is_written_is_read_back(example: tuple[str, tuple[NamedEntity, ...]]) -> None:
    text, entities = example
    read = parse(write(text, entities))
    assert read.text == text
    assert read.entities == entities


@given(annotated())
def test_rasa_finds_each_mark_whole(example: tuple[str, tuple[NamedEntity, ...]]) -> None:
    """Rasa ends a mark at the first closing brace, so none may stand inside a value."""
    rasa = re.compile(r"\[[^\]]+?\](?:\([^:)]+?(?::[^)]+)?\)|(\{[^}]+?\}))")
    marks = list(rasa.finditer(write(*example)))
    assert len(marks) == len(example[1])
    for mark in marks:
        if mark[1]:
            assert json.loads(mark[1])["entity"]


def test_the_short_form_with_a_value_is_read() -> None:
    read = parse("add milk to the [groceries](list_name:shopping)")
    assert read.text == "add milk to the groceries"
    assert (read.entities[0].value, read.entities[0].start) == ("shopping", 16)


@pytest.mark.parametrize(
    "marked",
    [
        "",
        "   ",
        "a [b",
        "a b]",
        "a [b] c",
        "[](duration)",
        "[ten]()",
        "[ten](two words)",
        "[ten]{not json}",
        '[ten]{"role": "added"}',
        '[ten]{"entity": "amount", "group": "1"}',
        '[ten]{"entity": 5}',
        "[[ten](amount)](duration)",
        "two\nlines",
        "x" * (MAX_TEXT + 1),
    ],
)
def test_what_is_not_in_the_form_is_refused(marked: str) -> None:
    with pytest.raises(AnnotationFault) as refused:
        parse(marked)
    assert "ten" not in str(refused.value)


def _entity(text: str, start: int, end: int) -> NamedEntity:
    return NamedEntity(name="duration", value=text, text=text, start=start, end=end)


@pytest.mark.parametrize(
    ("text", "entities"),
    [
        ("ten minutes", (_entity("ten minutes", 0, 11), _entity("minutes", 4, 11))),
        ("ten minutes", (_entity("minutes", 0, 7),)),
        ("ten", (_entity("ten minutes", 0, 11),)),
        ("a [b] c", ()),
    ],
)
def test_what_the_form_cannot_say_is_not_written(
    text: str, entities: tuple[NamedEntity, ...]
) -> None:
    with pytest.raises(AnnotationFault):
        write(text, entities)
