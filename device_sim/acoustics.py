"""What lies between a mouth and a converter: room, noise, gain and clipping. Reproducible."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import Final

import numpy as np

from device_sim.pcm import SAMPLE_RATE_HZ, Samples, Waveform, to_samples, to_waveform


class Noise(Enum):
    WHITE = "white"
    PINK = "pink"
    BABBLE = "babble"
    """Other people talking; `Speaker.babble` makes it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Acoustics:
    """The default is a quiet room and a good microphone."""

    noise: Noise | None = None
    snr_db: float = 20.0
    """Speech over noise, both as root mean squares."""
    reverberation_s: float = 0.0
    """Time in which the room's echo falls by 60 dB; 0 for none."""
    gain_db: float = 0.0
    clip_at: float = 1.0
    """Where the converter saturates, as a fraction of full scale."""


QUIET: Final = Acoustics()
LIVING_ROOM: Final = Acoustics(noise=Noise.PINK, snr_db=25.0, reverberation_s=0.25)
BAD_MICROPHONE: Final = Acoustics(noise=Noise.WHITE, snr_db=20.0, gain_db=12.0, clip_at=0.4)
"""Hears the wake word of most voices, not always at the first attempt, and a third of the requests
not quite right."""


def heard_through(
    samples: Samples, acoustics: Acoustics, *, seed: int, babble: Samples | None = None
) -> Samples:
    """The sound as the device's converter gives it; the same for the same seed.

    `babble` is the noise for Noise.BABBLE, repeated or cut to length; without it that noise is
    speech-shaped.
    """
    chance = np.random.default_rng(seed)
    sound = _in_room(to_waveform(samples), acoustics.reverberation_s, chance)
    if acoustics.noise is not None:
        noise = _noise(acoustics.noise, len(sound), chance, babble)
        sound = sound + noise * _noise_gain(sound, noise, acoustics.snr_db)
    sound = sound * np.float32(10 ** (acoustics.gain_db / 20))
    return to_samples(np.clip(sound, -acoustics.clip_at, acoustics.clip_at))


def _in_room(sound: Waveform, reverberation_s: float, chance: np.random.Generator) -> Waveform:
    """Direct sound and an exponentially decaying tail (Schroeder's statistical room)."""
    if reverberation_s <= 0 or len(sound) == 0:
        return sound
    length = round(reverberation_s * SAMPLE_RATE_HZ)
    decay = np.exp(-6.908 * np.arange(length) / length)
    response = chance.standard_normal(length) * decay
    response *= 0.5 / max(1e-9, float(np.sqrt((response**2).sum())))
    response[0] = 1.0
    size = 1 << (len(sound) + length - 1).bit_length()
    wet = np.fft.irfft(np.fft.rfft(sound, size) * np.fft.rfft(response, size), size)
    return np.asarray(wet[: len(sound)], np.float32)


def _noise(
    kind: Noise, length: int, chance: np.random.Generator, babble: Samples | None
) -> Waveform:
    if kind is Noise.BABBLE and babble is not None and len(babble) > 0:
        return np.resize(to_waveform(babble), length)
    white = chance.standard_normal(length)
    if kind is Noise.WHITE or length == 0:
        return np.asarray(white, np.float32)
    spectrum = np.fft.rfft(white)
    hertz = np.fft.rfftfreq(length, 1 / SAMPLE_RATE_HZ)
    floor = 30.0 if kind is Noise.PINK else 400.0
    slope = 0.5 if kind is Noise.PINK else 1.0
    shaped = np.fft.irfft(spectrum / np.maximum(hertz, floor) ** slope, length)
    return np.asarray(shaped, np.float32)


def _noise_gain(sound: Waveform, noise: Waveform, snr_db: float) -> np.float32:
    """Measured over the loud part of the sound, so that pauses do not dilute it."""
    loud = sound[np.abs(sound) > 0.01]
    speech = _root_mean_square(loud) if len(loud) else 0.05
    return np.float32(speech / max(1e-9, _root_mean_square(noise)) / 10 ** (snr_db / 20))


def _root_mean_square(sound: Waveform) -> float:
    return float(np.sqrt(np.mean(np.square(sound)))) if len(sound) else 0.0
