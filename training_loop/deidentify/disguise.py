"""Another voice for each clip: pitch, vocal tract, timbre and pace, drawn anew.

Three things tell speakers apart in a short clip: how high they speak, the size of their vocal
tract, and the average colour of their sound with that of their microphone. The first and the
third are *replaced* by drawn ones, so that a shift can't be undone by estimating it; the second is
shifted, and bent by a random curve.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from training_loop.deidentify.time_warp import TimeWarp
from training_loop.deidentify.vocoder import FRAME_S, FREQUENCIES_HZ, Frames

Range = tuple[float, float]

_AVERAGE_SPEECH: Final = (
    (100, 200, 350, 500, 700, 1000, 1400, 2000, 2800, 4000, 5600, 7000, 8000),
    (35.5, 36.5, 34.5, 31.5, 23.0, 16.5, 11.5, 8.5, 5.0, -1.5, -12.5, -15.0, -20.0),
)
"""Hertz, and decibels of the average envelope of voiced frames: 170 read sentences of VCTK,
LibriSpeech, speechocean762 and Common Voice, averaged over the corpora."""

_MOST_RECOLOURED: Final = 2.5
"""Natural logarithm of power, 11 dB: more would lift noise where there is no speech."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Strength:
    """How far voices are moved. `benchmarks.deidentification` compares these values with others."""

    pitch_hz: Range = (95.0, 235.0)
    """The median pitch is drawn from here, whatever it was."""
    liveliness_semitones: Range = (1.2, 3.2)
    """The spread of the pitch around its median."""
    formants: Range = (1.06, 1.22)
    """The factor of the vocal tract's resonances; half of the clips are divided by it."""
    bend: float = 0.035
    """The largest further change of a frequency by a random curve, as a share of it."""
    recolour: float = 1.0
    """How much of the average colour is replaced, 0 to 1."""
    colour_db: float = 4.0
    """The spread of the drawn colour around that of average speech."""
    breath_db: Range = (-3.0, 3.0)
    slowness: Range = (0.9, 1.12)


def disguised(
    frames: Frames, warp: TimeWarp, strength: Strength, chance: np.random.Generator
) -> Frames:
    """The same words in another voice, at the pace of `warp`. Needs voiced frames."""
    bent = _bent_axis(strength, chance)
    power = _at(_recoloured(frames, strength, chance), bent)
    breath = _at(frames.breath, bent)
    exponent = 10 ** (chance.uniform(*strength.breath_db) / 10)
    rows = np.minimum(warp.sources(FRAME_S), len(frames.pitch_hz) - 1)
    return Frames(
        pitch_hz=_repitched(frames, strength, chance)[rows],
        power=power[rows],
        breath=(breath**exponent)[rows],
    )


def _repitched(
    frames: Frames, strength: Strength, chance: np.random.Generator
) -> NDArray[np.float64]:
    """Semitones around a drawn median, with a drawn spread."""
    height = np.exp(chance.uniform(*np.log(strength.pitch_hz)))
    liveliness = chance.uniform(*strength.liveliness_semitones)
    semitones = 12 * np.log2(frames.pitch_hz[frames.voiced])
    away = semitones - np.median(semitones)
    spread = max(0.5, float(np.quantile(np.abs(away), 0.68)))
    moved = np.zeros_like(frames.pitch_hz)
    moved[frames.voiced] = height * 2 ** (np.clip(away * liveliness / spread, -9, 9) / 12)
    return moved


def _recoloured(
    frames: Frames, strength: Strength, chance: np.random.Generator
) -> NDArray[np.float64]:
    """The average envelope of the voiced frames is exchanged for a drawn one."""
    logarithm = np.log(frames.power + 1e-16)
    loudness = frames.power.mean(axis=1)
    spoken = frames.voiced & (loudness > np.quantile(loudness[frames.voiced], 0.2))
    average = _smooth(logarithm[spoken].mean(axis=0))
    change = strength.recolour * (_average_speech() - (average - average.mean()))
    change += _drawn_colour(strength.colour_db, chance)
    return np.asarray(np.exp(logarithm + np.clip(change, -_MOST_RECOLOURED, _MOST_RECOLOURED)))


def _average_speech() -> NDArray[np.float64]:
    """Natural logarithm of power, mean 0."""
    natural = np.interp(FREQUENCIES_HZ, *_AVERAGE_SPEECH) * np.log(10) / 10
    return np.asarray(natural - natural.mean())


def _drawn_colour(spread_db: float, chance: np.random.Generator) -> NDArray[np.float64]:
    """A smooth random curve over the mel scale, natural logarithm of power."""
    place = _mel(FREQUENCIES_HZ) / _mel(FREQUENCIES_HZ[-1:])
    waves = np.arange(1, 8)
    heights = chance.normal(0.0, spread_db, len(waves)) / np.sqrt(waves)
    curve = heights @ np.cos(np.pi * waves[:, None] * place + chance.uniform(0, np.pi, (7, 1)))
    return np.asarray(curve * np.log(10) / 10)


def _bent_axis(strength: Strength, chance: np.random.Generator) -> NDArray[np.float64]:
    """For each bin of the altered envelope, the bin it is read from."""
    factor = np.exp(chance.uniform(*np.log(strength.formants)) * chance.choice([-1.0, 1.0]))
    place = FREQUENCIES_HZ / FREQUENCIES_HZ[-1]
    waves = np.arange(1, 4)
    heights = chance.uniform(-strength.bend, strength.bend, len(waves)) / waves
    curve = heights @ np.sin(np.pi * waves[:, None] * np.sqrt(place))
    bins = np.arange(len(place)) / factor * (1.0 + curve)
    return np.clip(np.maximum.accumulate(bins), 0, len(place) - 1)


def _at(rows: NDArray[np.float64], bins: NDArray[np.float64]) -> NDArray[np.float64]:
    """Each row read at fractional bins."""
    low = np.minimum(bins.astype(np.intp), rows.shape[1] - 2)
    share = bins - low
    return np.asarray(rows[:, low] * (1.0 - share) + rows[:, low + 1] * share)


def _smooth(curve: NDArray[np.float64]) -> NDArray[np.float64]:
    """Averaged over about 300 Hz."""
    window = np.hanning(41)
    padded = np.pad(curve, 20, mode="edge")
    return np.convolve(padded, window / window.sum(), mode="valid")


def _mel(frequencies_hz: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.asarray(np.log1p(frequencies_hz / 700.0))
