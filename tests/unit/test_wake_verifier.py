"""The server hears the wake word itself, and only that."""

from __future__ import annotations

import pytest

from assistant.errors import BadRequest
from assistant.wake.verifier import WAKE_PHRASES, WakeVerifier
from tests.fixtures.hearing import quiet, say

_SPOKEN = {
    "alexa": ("alexa", "en-us"),
    "hey_jarvis": ("hey jarvis", "en-us+f3"),
    "hey_mycroft": ("hey mycroft", "en-us"),
    "okay_nabu": ("okay nahboo", "en-us"),
}


@pytest.mark.parametrize("phrase", sorted(WAKE_PHRASES))
def test_each_phrase_is_heard_near_its_end(phrase: str) -> None:
    detector = WakeVerifier().borrow(phrase)
    word = say(*_SPOKEN[phrase])
    end_ms = 600 + len(word) // 32

    assert detector.accept(quiet(600) + word + quiet(500))
    assert detector.heard_at_ms is not None
    assert end_ms - 500 < detector.heard_at_ms < end_ms + 400


@pytest.mark.parametrize("phrase", sorted(WAKE_PHRASES))
@pytest.mark.parametrize(
    "text", ["electric", "hey service", "computer", "set a timer for five minutes"]
)
def test_other_words_are_not_the_phrase(phrase: str, text: str) -> None:
    detector = WakeVerifier().borrow(phrase)

    assert not detector.accept(quiet(600) + say(text) + quiet(700))


def test_a_detector_lent_again_has_forgotten_what_it_heard() -> None:
    verifier = WakeVerifier()
    first = verifier.borrow("alexa")
    assert first.accept(quiet(600) + say("alexa") + quiet(500))
    verifier.give_back(first)
    again = verifier.borrow("alexa")

    assert again is first
    assert not again.heard
    assert again.score == 0
    assert not again.accept(quiet(1_000))


def test_a_phrase_without_a_detector_is_refused() -> None:
    with pytest.raises(BadRequest) as refused:
        WakeVerifier().borrow("computer")

    assert refused.value.code == "UNKNOWN_WAKE_PHRASE"
