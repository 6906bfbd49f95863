"""The sound of a clip as a reviewer may hear it: shown words only, in another voice."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Final

import numpy as np

from training_loop.deidentify.background import signal_to_noise_db, without_background
from training_loop.deidentify.disguise import Strength, disguised
from training_loop.deidentify.level import Obstacle
from training_loop.deidentify.sound import (
    RATE_HZ,
    Span,
    Waveform,
    add_tones,
    from_pcm,
    only_within,
    to_pcm,
)
from training_loop.deidentify.time_warp import TimeWarp
from training_loop.deidentify.vocoder import FRAME_S, analysed, synthesised

SHORTEST_S: Final = 0.3
LONGEST_S: Final = 60.0
_LEAST_VOICED_S: Final = 0.2
_LEAST_SIGNAL_TO_NOISE_DB: Final = 6.0
_TONE_LEVEL: Final = 0.02
_TONE_HZ: Final = 440.0
_LOUDNESS: Final = 0.08
"""Root mean square of the loud half of the sound, -22 dB of full scale."""
_PEAK: Final = 0.9


@dataclass(frozen=True, slots=True, kw_only=True)
class Margins:
    """`hidden_s` is cut on either side of what is hidden, `shown_s` is kept on either side of a
    shown word. How exactly a recogniser places a word's edges was not measured."""

    hidden_s: float = 0.1
    shown_s: float = 0.25


class CannotAlter(Exception):
    """The sound can't be brought to the set level; `obstacle` says why."""

    def __init__(self, obstacle: Obstacle) -> None:
        super().__init__(obstacle.value)
        self.obstacle = obstacle


@dataclass(frozen=True, slots=True, kw_only=True)
class AlteredSound:
    pcm: bytes = field(repr=False)
    warp: TimeWarp
    """Where in the altered sound a time of the clip is."""


def altered_sound(
    pcm: bytes,
    *,
    shown: Sequence[Span],
    hidden: Sequence[Span],
    margins: Margins,
    strength: Strength,
    chance: np.random.Generator,
) -> AlteredSound:
    """Raises CannotAlter.

    What is cut is cut before anything else sees the sound, so that nothing of it can reach its
    surroundings, and is a soft tone afterwards.
    """
    waveform = from_pcm(pcm)
    duration_s = len(waveform) / RATE_HZ
    if duration_s < SHORTEST_S:
        raise CannotAlter(Obstacle.TOO_SHORT)
    if duration_s > LONGEST_S:
        raise CannotAlter(Obstacle.TOO_LONG)
    cut = [span.widened(margins.hidden_s) for span in hidden]
    heard = only_within(waveform, [span.widened(margins.shown_s) for span in shown], cut)
    if not np.any(heard):
        raise CannotAlter(Obstacle.NOTHING_TO_HEAR)
    warp = TimeWarp.drawn(duration_s, strength.slowness, chance)
    other = _levelled(_in_another_voice(heard, warp, strength, chance))
    moved = [
        Span(start_s=warp.forward(span.start_s), end_s=warp.forward(span.end_s)) for span in cut
    ]
    whole = Span(start_s=0.0, end_s=len(other) / RATE_HZ)
    other = only_within(other, [whole], moved)
    add_tones(other, moved, level=_TONE_LEVEL, pitch_hz=_TONE_HZ)
    return AlteredSound(pcm=to_pcm(other), warp=warp)


def _in_another_voice(
    heard: Waveform, warp: TimeWarp, strength: Strength, chance: np.random.Generator
) -> Waveform:
    try:
        frames = analysed(heard)
    except (ValueError, RuntimeError) as error:
        raise CannotAlter(Obstacle.VOCODER_FAILED) from error
    if np.count_nonzero(frames.voiced) * FRAME_S < _LEAST_VOICED_S:
        raise CannotAlter(Obstacle.NO_VOICING)
    if signal_to_noise_db(frames.power) < _LEAST_SIGNAL_TO_NOISE_DB:
        raise CannotAlter(Obstacle.TOO_NOISY)
    frames = replace(frames, power=without_background(frames.power))
    other = synthesised(disguised(frames, warp, strength, chance))
    if not np.all(np.isfinite(other)):
        raise CannotAlter(Obstacle.VOCODER_FAILED)
    return other


def _levelled(waveform: Waveform) -> Waveform:
    """At the same loudness for everybody; peaks are rounded off rather than clipped."""
    frame = int(0.02 * RATE_HZ)
    power = (waveform[: len(waveform) // frame * frame].reshape(-1, frame) ** 2).mean(axis=1)
    loud = power[power >= np.quantile(power[power > 1e-9], 0.5)] if np.any(power > 1e-9) else power
    gain = _LOUDNESS / max(1e-6, float(np.sqrt(loud.mean())))
    return np.asarray(_PEAK * np.tanh(waveform * gain / _PEAK))
