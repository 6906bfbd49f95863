"""Less of the room: what is as loud as the noise between the words is turned down."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

_SILENT = 1e-9
"""Power below which a frame was cut out, not recorded."""
_FLOOR_DB = -22.0
_EXCESS = 4.0
"""How much of the estimated noise is taken away; more than all of it, since noise varies."""
_QUIET_SHARE = 0.15


def signal_to_noise_db(power: NDArray[np.float64]) -> float:
    """The loud frames against the quiet ones; endless where nothing but cut-outs is between."""
    loudness = power.mean(axis=1)
    heard = loudness[loudness > _SILENT]
    if len(heard) == 0:
        return 0.0
    quiet, loud = np.quantile(heard, [0.1, 0.9])
    return float(10 * np.log10(loud / quiet))


def without_background(power: NDArray[np.float64]) -> NDArray[np.float64]:
    """Spectral subtraction with a floor of -22 dB (Berouti, Schwartz and Makhoul, 1979).

    The noise is the average of the quietest frames, at each frequency.
    """
    loudness = power.mean(axis=1)
    heard = np.flatnonzero(loudness > _SILENT)
    if len(heard) < 10:
        return power
    quietest = heard[np.argsort(loudness[heard])[: max(3, int(len(heard) * _QUIET_SHARE))]]
    noise = np.exp(np.log(power[quietest] + 1e-16).mean(axis=0))
    share = np.maximum(1.0 - _EXCESS * noise / np.maximum(power, 1e-16), 10 ** (_FLOOR_DB / 10))
    return np.asarray(power * share)
