"""The device's own wake-word detection, with the real detector."""

from __future__ import annotations

import numpy as np
import pytest

from device_sim.pcm import CHUNK_SAMPLES, Samples, silence
from device_sim.voice import VOICES, Engine, Speaker, Voice, voice_named
from device_sim.wake import (
    Settling,
    WakeDetection,
    WakeDetector,
    WakePhraseUnknown,
)

SPEAKER = Speaker()


@pytest.fixture(scope="module")
def detectors() -> dict[str, WakeDetector]:
    return {phrase: WakeDetector((phrase,)) for phrase in ("alexa", "hey_jarvis")}


def detections(detector: WakeDetector, sound: Samples) -> list[WakeDetection]:
    padded = np.concatenate([sound, silence(0.6)])
    chunks = [
        padded[at : at + CHUNK_SAMPLES].tobytes() for at in range(0, len(padded), CHUNK_SAMPLES)
    ]
    return [found for chunk in chunks if (found := detector.hear(chunk)) is not None]


@pytest.mark.parametrize(
    "voice", [v for v in VOICES if v.engine is Engine.ESPEAK], ids=lambda voice: voice.name
)
def test_every_espeak_voice_wakes_its_device_once(
    detectors: dict[str, WakeDetector], voice: Voice
) -> None:
    detector = detectors[voice.wake_phrase]
    detector.forget()
    found = detections(detector, SPEAKER.request("what time is it", voice))
    assert [detection.phrase for detection in found] == [voice.wake_phrase]
    assert 0.5 <= found[0].score <= 1.0


def test_other_speech_does_not_wake(detectors: dict[str, WakeDetector]) -> None:
    for detector in detectors.values():
        detector.forget()
        for text in ("turn on the light in the kitchen", "what is on the shopping list"):
            assert detections(detector, SPEAKER.say(text, voice_named("henry"))) == []


def test_after_forgetting_half_a_wake_word_the_other_half_does_not_wake(
    detectors: dict[str, WakeDetector],
) -> None:
    detector = detectors["alexa"]
    detector.forget()
    word = SPEAKER.say_wake_word(voice_named("henry"))
    half = len(word) // 2
    detector.hear(np.concatenate([silence(0.5), word[:half]]).tobytes())
    detector.forget()
    assert detections(detector, word[half:]) == []


def test_a_detector_hears_again_after_it_has_forgotten(
    detectors: dict[str, WakeDetector],
) -> None:
    detector = detectors["alexa"]
    request = SPEAKER.request("what time is it", voice_named("milo"))
    for _ in range(2):
        detector.forget()
        assert len(detections(detector, request)) == 1


def test_an_unknown_phrase_is_refused_with_those_that_there_are() -> None:
    with pytest.raises(WakePhraseUnknown) as caught:
        WakeDetector(("computer",))
    assert "alexa" in caught.value.hint


def score(value: float, phrase: str = "alexa") -> WakeDetection:
    return WakeDetection(phrase=phrase, score=value)


def test_a_detection_comes_after_the_settling_time_with_the_best_score() -> None:
    settling = Settling(settle_ms=160)
    told = [settling.take([score(value)]) for value in (0.1, 0.6, 0.9, 0.3, 0.2)]
    assert told == [None, None, None, score(0.9), None]


def test_one_wake_word_is_detected_once_and_the_next_one_again() -> None:
    settling = Settling(settle_ms=80)
    values = (0.9, 0.9, 0.9, 0.9, 0.1, 0.7, 0.2, 0.1)
    told = [settling.take([score(value)]) for value in values]
    assert [n for n, found in enumerate(told) if found is not None] == [1, 6]


def test_of_two_phrases_the_likelier_one_is_detected() -> None:
    settling = Settling(settle_ms=0)
    found = settling.take([score(0.6), score(0.8, "hey_jarvis")])
    assert found is not None
    assert found.phrase == "hey_jarvis"


def test_scores_below_the_threshold_never_wake() -> None:
    settling = Settling(threshold=0.5, settle_ms=0)
    assert all(settling.take([score(0.49)]) is None for _ in range(100))
