"""Groups are heard in the sound."""

from __future__ import annotations

import numpy as np
import pytest

from training_loop.datasets.gold import UNKNOWN
from training_loop.datasets.sound_group import RATE_HZ, noise_band, pitch_band


def _voice(hertz: float, noise: float = 0.0) -> bytes:
    """Pulses with harmonics for half of each 0.4 s, and noise all the time."""
    at = np.arange(RATE_HZ * 2) / RATE_HZ
    harmonics = [np.sin(2 * np.pi * hertz * n * at) / n for n in range(1, 8)]
    sound = np.sum(harmonics, axis=0) * 0.2 * ((at % 0.4) < 0.2)
    sound = sound + np.random.default_rng(1).standard_normal(len(at)) * noise
    return np.asarray(np.clip(sound, -1, 1) * 32767).astype("<i2").tobytes()


@pytest.mark.parametrize(
    ("hertz", "band"), [(90, "low"), (120, "low"), (170, "middle"), (230, "high"), (300, "high")]
)
def test_voices_are_told_by_their_pitch(hertz: float, band: str) -> None:
    assert pitch_band(_voice(hertz)) == band
    assert pitch_band(_voice(hertz, noise=0.02)) == band


@pytest.mark.parametrize(("noise", "band"), [(0.0005, "quiet"), (0.02, "some"), (0.2, "loud")])
def test_rooms_are_told_by_their_noise(noise: float, band: str) -> None:
    assert noise_band(_voice(170, noise)) == band


def test_nothing_is_told_of_what_is_too_short_or_no_voice() -> None:
    assert (noise_band(b""), pitch_band(b"")) == (UNKNOWN, UNKNOWN)
    hiss = np.random.default_rng(1).standard_normal(RATE_HZ) * 3000
    assert pitch_band(hiss.astype("<i2").tobytes()) == UNKNOWN
