"""Speech as pitch, envelope and breathiness, frame by frame, by the vocoder WORLD.

Morise, Yokomori and Ozawa, "WORLD: a vocoder-based high-quality speech synthesis system for
real-time applications", 2016. DIO with StoneMask finds the pitch: HARVEST finds it better and took
twenty times as long. Breathiness changes slowly, so D4C, the dearest part, sees every other frame.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import pyworld
from numpy.typing import NDArray

from training_loop.deidentify.sound import RATE_HZ, Waveform

FRAME_S = 0.008
_FRAME_MS = FRAME_S * 1000
_LOWEST_HZ, _HIGHEST_HZ = 65.0, 520.0
_BINS = 1024 // 2 + 1
FREQUENCIES_HZ = np.linspace(0.0, RATE_HZ / 2, _BINS)


@dataclass(frozen=True, slots=True, kw_only=True)
class Frames:
    """One row each 8 ms."""

    pitch_hz: Waveform = field(repr=False)
    """0 where there is no voicing."""
    power: NDArray[np.float64] = field(repr=False)
    """(frames, 513): the envelope, as power."""
    breath: NDArray[np.float64] = field(repr=False)
    """(frames, 513): the aperiodic share, 0 to 1."""

    @property
    def voiced(self) -> NDArray[np.bool_]:
        return self.pitch_hz > 0


def analysed(waveform: Waveform) -> Frames:
    pitch, times = pyworld.dio(
        waveform, RATE_HZ, f0_floor=_LOWEST_HZ, f0_ceil=_HIGHEST_HZ, frame_period=_FRAME_MS
    )
    pitch = pyworld.stonemask(waveform, pitch, times, RATE_HZ)
    power = pyworld.cheaptrick(waveform, pitch, times, RATE_HZ)
    every_other = pyworld.d4c(
        waveform, np.ascontiguousarray(pitch[::2]), np.ascontiguousarray(times[::2]), RATE_HZ
    )
    breath = np.repeat(every_other, 2, axis=0)[: len(pitch)]
    breath[pitch == 0] = 1.0
    return Frames(pitch_hz=pitch, power=power, breath=breath)


def synthesised(frames: Frames) -> Waveform:
    return np.asarray(
        pyworld.synthesize(
            np.ascontiguousarray(frames.pitch_hz),
            np.ascontiguousarray(frames.power),
            np.ascontiguousarray(frames.breath),
            RATE_HZ,
            _FRAME_MS,
        ),
        np.float64,
    )
