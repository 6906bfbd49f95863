"""Speech begins and ends where the settings say, whatever the size of the frames."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.hearing.endpointer import Endpointer, Endpointing, Turn

_SETTINGS = Endpointing(
    start_timeout_ms=1_000,
    trailing_silence_ms=500,
    speculate_after_ms=200,
    maximum_ms=3_000,
    minimum_speech_ms=60,
)
_ENDS = {Turn.SPEECH_ENDED, Turn.START_TIMED_OUT, Turn.MAXIMUM_REACHED}


def _turns(pattern: str, endpointer: Endpointer | None = None) -> list[tuple[int, Turn]]:
    """'x' is a frame of speech, '.' one of silence, 20 ms each: what happened, and when in ms."""
    endpointer = endpointer or Endpointer(_SETTINGS)
    turns: list[tuple[int, Turn]] = []
    for count, mark in enumerate(pattern, start=1):
        turn = endpointer.frame(0.9 if mark == "x" else 0.1, 20)
        if turn is not Turn.NOTHING:
            turns.append((count * 20, turn))
        if turn in _ENDS:
            break
    return turns


def test_speech_pause_and_end_come_at_their_times() -> None:
    assert _turns("." * 10 + "x" * 20 + "." * 50) == [
        (260, Turn.SPEECH_BEGAN),
        (800, Turn.PAUSED),
        (1_100, Turn.SPEECH_ENDED),
    ]


def test_a_pause_within_a_sentence_does_not_end_it() -> None:
    assert _turns("x" * 10 + "." * 15 + "x" * 10 + "." * 50) == [
        (60, Turn.SPEECH_BEGAN),
        (400, Turn.PAUSED),
        (520, Turn.RESUMED),
        (900, Turn.PAUSED),
        (1_200, Turn.SPEECH_ENDED),
    ]


def test_without_speech_it_gives_up_at_the_start_timeout() -> None:
    assert _turns("." * 200) == [(1_000, Turn.START_TIMED_OUT)]


def test_clicks_are_not_speech() -> None:
    assert [turn for _, turn in _turns("..xx" * 50)] == [Turn.START_TIMED_OUT]


def test_speech_that_never_ends_is_cut_at_the_maximum() -> None:
    assert _turns("x" * 500)[-1] == (3_000, Turn.MAXIMUM_REACHED)


def test_what_turned_out_to_be_no_speech_does_not_extend_the_start_timeout() -> None:
    endpointer = Endpointer(_SETTINGS)
    assert _turns("x" * 10 + "." * 10, endpointer)[-1][1] is Turn.PAUSED
    endpointer.wait_again()

    assert not endpointer.in_speech
    assert _turns("." * 100, endpointer) == [(600, Turn.START_TIMED_OUT)]


@given(st.lists(st.floats(0, 1), min_size=200, max_size=200), st.sampled_from([10.0, 20.0, 32.0]))
def test_it_always_ends_by_the_maximum(probabilities: list[float], frame_ms: float) -> None:
    endpointer = Endpointer(_SETTINGS)
    elapsed_ms = 0.0
    for probability in probabilities * 2:
        elapsed_ms += frame_ms
        if endpointer.frame(probability, frame_ms) in _ENDS:
            break

    assert elapsed_ms <= _SETTINGS.maximum_ms + frame_ms


@pytest.mark.parametrize(
    "wrong",
    [
        {"trailing_silence_ms": 20_000},
        {"speculate_after_ms": 0},
        {"speculate_after_ms": 900},
        {"start_timeout_ms": 0},
        {"start_timeout_ms": 16_000},
        {"speech_threshold": 1.0},
        {"silence_threshold": 0.6},
    ],
)
def test_settings_that_contradict_themselves_are_refused(wrong: dict[str, float]) -> None:
    with pytest.raises(ValueError, match="Endpointing needs"):
        Endpointing(**wrong)  # type: ignore[arg-type]
