"""The one sound format inside the simulator: 16 kHz, one channel, signed 16 bits."""

from __future__ import annotations

from typing import Final, TypeAlias

import numpy as np
import soxr
from numpy.typing import NDArray

SAMPLE_RATE_HZ: Final = 16_000
BYTES_PER_SAMPLE: Final = 2
BYTES_PER_MS: Final = SAMPLE_RATE_HZ * BYTES_PER_SAMPLE // 1000
CHUNK_MS: Final = 80
"""A chunk of every source; also the step of the wake-word detector."""
CHUNK_SAMPLES: Final = SAMPLE_RATE_HZ * CHUNK_MS // 1000

Samples: TypeAlias = NDArray[np.int16]
Waveform: TypeAlias = NDArray[np.float32]
"""Samples as floats between -1 and 1, for computing."""


def silence(seconds: float) -> Samples:
    return np.zeros(round(seconds * SAMPLE_RATE_HZ), np.int16)


def duration_s(samples: Samples) -> float:
    return len(samples) / SAMPLE_RATE_HZ


def to_waveform(samples: Samples) -> Waveform:
    return samples.astype(np.float32) / np.float32(32768)


def to_samples(waveform: Waveform) -> Samples:
    """Clips what lies outside -1 to 1, as a converter would."""
    return (np.clip(waveform, -1.0, 1.0) * 32767).astype(np.int16)


def resampled(waveform: Waveform, rate_hz: int) -> Waveform:
    """The same sound at 16 kHz."""
    if rate_hz == SAMPLE_RATE_HZ or len(waveform) == 0:
        return waveform
    return np.asarray(soxr.resample(waveform, rate_hz, SAMPLE_RATE_HZ), np.float32)


def trimmed(waveform: Waveform, *, floor: float = 0.003, margin_s: float = 0.05) -> Waveform:
    """Without the near-silence at both ends, but for a margin."""
    loud = np.flatnonzero(np.abs(waveform) > floor)
    if len(loud) == 0:
        return waveform
    margin = round(margin_s * SAMPLE_RATE_HZ)
    return waveform[max(0, loud[0] - margin) : loud[-1] + margin]
