"""How loud it was around a speaker and how high their voice is: in three bands each. Pure."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from training_loop.datasets.gold import UNKNOWN

RATE_HZ = 16_000
QUIET_DB = 30.0
LOUD_DB = 15.0
"""Between the loud and the quiet parts of the sound."""
LOW_HZ = 140.0
HIGH_HZ = 200.0

_FRAME = 1024
_HOP = 512
_LEAST_FRAMES = 8
_LOWEST_HZ, _HIGHEST_HZ = 65, 400
_PERIODIC = 0.5
"""Of the energy, from which a frame counts as voiced."""
_OCTAVE_COST = 0.05
"""What doubling a period costs: two periods are as alike as one."""

Frames = NDArray[np.float64]


def noise_band(pcm: bytes) -> str:
    """ "quiet", "some" or "loud"; `UNKNOWN` for less than about 0.3 s. The 90th percentile of the
    frames' level over the 10th stands for the ratio of voice to noise."""
    frames = _frames(pcm)
    if frames is None:
        return UNKNOWN
    level = 10 * np.log10(np.mean(frames**2, axis=1) + 1e-10)
    ratio = float(np.percentile(level, 90) - np.percentile(level, 10))
    if ratio >= QUIET_DB:
        return "quiet"
    return "some" if ratio >= LOUD_DB else "loud"


def pitch_band(pcm: bytes) -> str:
    """ "low", "middle" or "high" by the median pitch of the voiced frames; `UNKNOWN` without any.
    By autocorrelation, normalised by the window's own, short periods first (Boersma 1993)."""
    frames = _frames(pcm)
    if frames is None:
        return UNKNOWN
    energy = np.mean(frames**2, axis=1)
    loudest = frames[energy >= np.percentile(energy, 60)]
    window = np.hanning(_FRAME)
    own = _correlated(window[np.newaxis])[0]
    lags = slice(RATE_HZ // _HIGHEST_HZ, RATE_HZ // _LOWEST_HZ)
    found = _correlated((loudest - loudest.mean(axis=1, keepdims=True)) * window)
    found = found[:, lags] / (found[:, :1] + 1e-12) / (own[lags] / own[0])
    voiced = found[found.max(axis=1) >= _PERIODIC]
    if not len(voiced):
        return UNKNOWN
    at = np.arange(lags.start, lags.stop)
    best = (voiced - _OCTAVE_COST * np.log2(at)).argmax(axis=1)
    hertz = float(np.median(RATE_HZ / at[best]))
    if hertz < LOW_HZ:
        return "low"
    return "middle" if hertz < HIGH_HZ else "high"


def _frames(pcm: bytes) -> Frames | None:
    samples = np.frombuffer(pcm[: len(pcm) // 2 * 2], dtype="<i2").astype(np.float64) / 32768
    if len(samples) < _FRAME + _LEAST_FRAMES * _HOP:
        return None
    return np.lib.stride_tricks.sliding_window_view(samples, _FRAME)[::_HOP]


def _correlated(frames: Frames) -> Frames:
    spectrum = np.fft.rfft(frames, 2 * _FRAME, axis=1)
    return np.asarray(np.fft.irfft(np.abs(spectrum) ** 2, axis=1)[:, :_FRAME])
