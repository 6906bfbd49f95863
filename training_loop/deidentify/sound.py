"""Samples and spans of a clip: 16 kHz, one channel."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Waveform = NDArray[np.float64]
"""-1 to 1."""

RATE_HZ = 16_000
_RAMP_S = 0.008


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """A stretch of time in seconds, `start_s` <= `end_s`."""

    start_s: float
    end_s: float

    def widened(self, margin_s: float) -> Span:
        return Span(start_s=max(0.0, self.start_s - margin_s), end_s=self.end_s + margin_s)


def from_pcm(pcm: bytes) -> Waveform:
    """Signed 16-bit little-endian samples as numbers; half a sample at the end is left out."""
    return np.frombuffer(pcm[: len(pcm) // 2 * 2], "<i2").astype(np.float64) / 32768.0


def to_pcm(waveform: Waveform) -> bytes:
    return np.clip(np.rint(waveform * 32768.0), -32768, 32767).astype("<i2").tobytes()


def only_within(waveform: Waveform, audible: Iterable[Span], hidden: Sequence[Span]) -> Waveform:
    """The sound within `audible` and outside of `hidden`; zero elsewhere, with soft edges.

    The edges fade inside of what is audible: not a sample of a hidden span is left.
    """
    open_to_hear = np.zeros(len(waveform), bool)
    for span in audible:
        open_to_hear[_samples(span)] = True
    for span in hidden:
        open_to_hear[_samples(span)] = False
    ramp = int(_RAMP_S * RATE_HZ)
    # the distance to the nearest closed sample, up to the length of the ramp
    gain = open_to_hear.astype(np.float64)
    edges = np.flatnonzero(np.diff(np.concatenate([[False], open_to_hear, [False]])))
    for start, end in edges.reshape(-1, 2):
        length = min(ramp, (end - start) // 2)
        slope = np.arange(length) / max(1, length)
        gain[start : start + length] = slope
        gain[end - length : end] = slope[::-1]
    return waveform * gain


def add_tones(waveform: Waveform, spans: Iterable[Span], *, level: float, pitch_hz: float) -> None:
    """Marks each span with a soft tone in place, so that a cut is not taken for a pause."""
    for span in spans:
        part = waveform[_samples(span)]
        times = np.arange(len(part)) / RATE_HZ
        fade = np.minimum(1.0, np.minimum(times, times[::-1]) / 0.02)
        part += level * fade * np.sin(2 * np.pi * pitch_hz * times)


def _samples(span: Span) -> slice:
    """Every sample that the span touches."""
    return slice(int(span.start_s * RATE_HZ), int(np.ceil(span.end_s * RATE_HZ)))
