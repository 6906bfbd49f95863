"""The score that is kept of a wake word is the one by which any threshold would have decided."""

from __future__ import annotations

import pytest

from assistant.hearing.ears import Ears
from assistant.hearing.events import Heard, WakeVerified
from assistant.hearing.wake_gate import GRACE_MS
from assistant.wake.verifier import ACCEPT_FROM, WakeDetector, WakeVerifier
from tests.fixtures.hearing import heard_by, request, woken

PHRASES = (("hey_jarvis", "hey jarvis", "en-us+f3"), ("alexa", "alexa", "en-us"))


def highest(phrase: str, audio: bytes, pre_roll_ms: int) -> float:
    detector = WakeDetector(phrase)
    detector.accept(audio[: (pre_roll_ms + GRACE_MS) * 32])
    return detector.score


@pytest.mark.parametrize(("phrase", "said", "voice"), PHRASES)
@pytest.mark.parametrize("chunk_bytes", [640, 3_200])
def test_it_is_the_highest_of_all_that_might_have_been_looked_at(
    ears: Ears, phrase: str, said: str, voice: str, chunk_bytes: int
) -> None:
    audio, pre_roll_ms = woken(said, ", what time is it", voice=voice)
    listener = ears.listener(16_000, phrase, pre_roll_ms)
    events = heard_by(listener, audio, chunk_bytes=chunk_bytes)
    (verdict,) = [event for event in events if isinstance(event, WakeVerified)]
    heard = events[-1]
    assert isinstance(heard, Heard)
    assert heard.wake_score is not None
    assert heard.wake_score >= verdict.score > ACCEPT_FROM
    assert heard.wake_score == pytest.approx(highest(phrase, audio, pre_roll_ms), abs=0.01)


def test_without_a_claimed_wake_word_there_is_none(ears: Ears) -> None:
    heard = heard_by(ears.listener(16_000, None, 0), request("what time is it"))[-1]
    assert isinstance(heard, Heard)
    assert heard.wake_score is None


def test_whoever_waits_for_a_higher_score_decides_as_the_kept_score_says() -> None:
    audio, pre_roll_ms = woken("alexa", ", what time is it")
    looked_at = audio[: (pre_roll_ms + GRACE_MS) * 32]
    score = highest("alexa", audio, pre_roll_ms)
    verifier = WakeVerifier()
    for accept_from in (score - 0.01, score + 0.001):
        verifier.accept_from = min(accept_from, 0.9999)
        detector = verifier.borrow("alexa")
        assert detector.accept(looked_at) is (score > verifier.accept_from)
        verifier.give_back(detector)
