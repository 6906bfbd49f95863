"""Confidences follow from the readings found; unknown sounds never become text."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.asr.nbest import Hypothesis, TimedWord, transcript_of


def _hypothesis(text: str, log_likelihood: float) -> Hypothesis:
    words = tuple(
        TimedWord(text=word, start_ms=300 * index, end_ms=300 * index + 280)
        for index, word in enumerate(text.split())
    )
    return Hypothesis(words=words, log_likelihood=log_likelihood)


def test_a_reading_is_as_likely_as_its_share() -> None:
    transcript = transcript_of(
        [_hypothesis("call mom", math.log(3)), _hypothesis("call tom", math.log(1))]
    )

    assert transcript.text == "call mom"
    assert transcript.confidence == pytest.approx(0.75)
    (other,) = transcript.alternatives
    assert other.text == "call tom"
    assert other.confidence == pytest.approx(0.25)


def test_a_word_is_as_likely_as_the_readings_that_have_it_there() -> None:
    transcript = transcript_of(
        [_hypothesis("call mom", math.log(3)), _hypothesis("call tom", math.log(1))]
    )

    assert [word.confidence for word in transcript.words] == pytest.approx([1.0, 0.75])


def test_the_same_word_elsewhere_is_another_word() -> None:
    transcript = transcript_of([_hypothesis("no no stop", 0.0), _hypothesis("stop it now", 0.0)])

    assert [word.confidence for word in transcript.words] == pytest.approx([0.5, 0.5, 0.5])


@pytest.mark.parametrize("text", ["", "[unk]", "[unk] [unk]"])
def test_nothing_known_is_no_text(text: str) -> None:
    transcript = transcript_of([_hypothesis(text, 0.0)])

    assert transcript.text == ""
    assert transcript.confidence == 0
    assert transcript.words == ()


def test_unknown_sounds_are_left_out_and_lower_the_confidence() -> None:
    transcript = transcript_of([_hypothesis("[unk] lights [unk] off", 0.0)])

    assert transcript.text == "lights off"
    assert transcript.confidence == pytest.approx(0.5)
    assert [word.text for word in transcript.words] == ["lights", "off"]


def test_readings_that_differ_only_before_the_request_are_one() -> None:
    transcript = transcript_of(
        [_hypothesis("nor stop", 0.0), _hypothesis("now stop", 0.0)], from_ms=290
    )

    assert transcript.text == "stop"
    assert transcript.confidence == pytest.approx(1.0)
    assert transcript.alternatives == ()


def test_no_reading_is_no_text() -> None:
    assert transcript_of([]).text == ""


@given(
    st.lists(
        st.tuples(st.text("abc []unk", max_size=20), st.floats(-1e4, 1e4)), min_size=1, max_size=8
    )
)
def test_confidences_are_probabilities(readings: list[tuple[str, float]]) -> None:
    transcript = transcript_of([_hypothesis(text, score) for text, score in readings])

    everything = [transcript.confidence, *(word.confidence for word in transcript.words)]
    everything += [other.confidence for other in transcript.alternatives]
    assert all(0 <= confidence <= 1 for confidence in everything)
    assert all(other.text != transcript.text for other in transcript.alternatives)
