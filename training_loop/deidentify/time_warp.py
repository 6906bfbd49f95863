"""A map from the time of a clip to the time of its altered version."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from training_loop.deidentify.sound import Waveform

_KNOT_S = 0.4
_LOCAL_SPREAD = 0.07
"""How far the pace wanders around that of the clip, as a standard deviation of its logarithm."""
_LONGEST_WANDER = 0.12


@dataclass(frozen=True, slots=True, kw_only=True)
class TimeWarp:
    """Monotone and piecewise linear; both ends map to each other."""

    before_s: Waveform = field(repr=False)
    after_s: Waveform = field(repr=False)

    @staticmethod
    def drawn(
        duration_s: float, slowness: tuple[float, float], chance: np.random.Generator
    ) -> TimeWarp:
        """A pace for the whole clip within `slowness` (1.1 lasts 10 % longer), and around it one
        that changes every 0.4 s."""
        knots = max(2, round(duration_s / _KNOT_S) + 1)
        before = np.linspace(0.0, duration_s, knots)
        overall = np.exp(chance.uniform(*np.log(slowness)))
        wander = np.clip(
            chance.normal(0.0, _LOCAL_SPREAD, knots - 1), -_LONGEST_WANDER, _LONGEST_WANDER
        )
        steps = np.diff(before) * overall * np.exp(wander)
        return TimeWarp(before_s=before, after_s=np.concatenate([[0.0], np.cumsum(steps)]))

    @property
    def duration_s(self) -> float:
        """Of the altered clip."""
        return float(self.after_s[-1])

    def forward(self, time_s: float) -> float:
        """When in the altered clip something happens; times outside are moved to its ends."""
        return float(np.interp(time_s, self.before_s, self.after_s))

    def sources(self, frame_s: float) -> NDArray[np.intp]:
        """For each frame of the altered clip, the nearest frame of the clip."""
        times = np.arange(int(self.duration_s / frame_s) + 1) * frame_s
        before = np.interp(times, self.after_s, self.before_s)
        return np.asarray(np.rint(before / frame_s), np.intp)
