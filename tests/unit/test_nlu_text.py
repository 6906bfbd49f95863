"""What reaches an interpreter: bounded, without control characters, never Rasa's own syntax."""

from __future__ import annotations

import contextlib
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.errors import BadRequest
from assistant.nlu.text import MAX_CHARACTERS, clean


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", "TEXT_EMPTY"),
        ("   ", "TEXT_EMPTY"),
        (" / /", "TEXT_EMPTY"),
        ("x" * (MAX_CHARACTERS + 1), "TEXT_TOO_LONG"),
        ("word " * 20_000, "TEXT_TOO_LONG"),
        ("what\x00time", "TEXT_CONTROL_CHARACTERS"),
        ("what\ntime", "TEXT_CONTROL_CHARACTERS"),
        ("\x1b[31mred", "TEXT_CONTROL_CHARACTERS"),
        ("lone \ud800 surrogate", "TEXT_CONTROL_CHARACTERS"),
    ],
)
def test_a_text_beyond_the_contract_is_refused_with_its_code(text: str, code: str) -> None:
    with pytest.raises(BadRequest) as refused:
        clean(text)
    assert refused.value.code == code


def test_a_refusal_does_not_repeat_the_text() -> None:
    with pytest.raises(BadRequest) as refused:
        clean("my secret\x00")
    assert "secret" not in f"{refused.value}{refused.value.hint}"


def test_the_longest_text_passes() -> None:
    assert clean("x" * MAX_CHARACTERS) == "x" * MAX_CHARACTERS


def test_a_text_reads_as_a_recogniser_writes() -> None:
    assert clean("  What   Time is it? ") == "what time is it?"
    assert clean("Cafe\u0301") == "caf\u00e9"


def test_rasas_own_syntax_for_an_intent_loses_its_slash() -> None:
    assert clean('/greet{"name": "x"}') == 'greet{"name": "x"}'
    assert clean(" // /greet") == "greet"


@given(st.text(max_size=60))
def test_whatever_passes_is_clean_and_cleaning_again_changes_nothing(text: str) -> None:
    with contextlib.suppress(BadRequest):
        cleaned = clean(text)
        assert cleaned
        assert not cleaned.startswith(("/", " "))
        assert unicodedata.is_normalized("NFC", cleaned)
        assert clean(cleaned) == cleaned
