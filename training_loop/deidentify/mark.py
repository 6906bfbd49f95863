"""An inaudible mark in what a reviewer hears, that tells which listen a leaked copy came from.

Spread spectrum (Cox, Kilian, Leighton and Shamoon, 1997): noise that only the key can repeat is
added, shaped like speech and much lower than the sound it follows. It is found again by whitening
the copy and correlating it with the noise of each candidate at every place it may have been cut
from. Survives telephone quality, 8-bit mu-law, lossy codecs, noise and cropping as measured by
`benchmarks.deidentification`; not a changed pace or pitch, and not somebody who has two listens of
a clip to compare.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from training_loop.deidentify.sound import RATE_HZ, Waveform, from_pcm

LONGEST_S: Final = 60
_LEVEL: Final = 0.03
"""The mark against the sound around it: -30 dB."""
_DITHER: Final = 2.0 / 32768
"""Its level in silence: two steps of a 16-bit sample."""
_FOLLOWS_S: Final = 0.02
_BLOCK: Final = 4096
_TAPS: Final = 63
_BAND_HZ: Final = (200.0, 3600.0)
"""What a telephone passes."""
_SURE: Final = 7.0
"""Standard deviations of the correlation above chance. The best of a million places reaches 5 by
chance; were the noise normal, one candidate in about a million would reach 7."""
_WINDOW: Final = 512


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    listen_id: str
    score: float
    """Standard deviations above chance."""
    offset_s: float
    """Where in the clip the copy begins; negative when something is before it."""


class ListenMark:
    """Marks one listen's sound, chunk by chunk. `key` is secret: who has it can take marks away.

    The same chunk at the same place is always marked alike; about 1 ms for a second of sound.
    """

    def __init__(self, key: bytes, listen_id: str) -> None:
        self._secret = _secret(key, listen_id)

    def marked(self, pcm: bytes, at_sample: int) -> bytes:
        """The chunk that begins at `at_sample` of the clip, of the same length."""
        waveform = from_pcm(pcm)
        if len(waveform) == 0:
            return pcm
        window = np.ones(min(len(waveform), int(_FOLLOWS_S * RATE_HZ)))
        power = np.convolve(waveform**2, window / len(window), mode="same")
        mark = _noise(self._secret, at_sample, len(waveform))
        sound = waveform + mark * (_LEVEL * np.sqrt(np.maximum(power, 0.0)) + _DITHER)
        return np.clip(np.rint(sound * 32768.0), -32768, 32767).astype("<i2").tobytes()


def detect(pcm: bytes, key: bytes, candidates: Iterable[str]) -> Found | None:
    """Whose copy this is; None when no candidate's mark is surely in it.

    `pcm` is 16 kHz and at most a minute, cut from anywhere of a clip of at most a minute.
    """
    copy = from_pcm(pcm[: LONGEST_S * RATE_HZ * 2])
    if len(copy) < _WINDOW:
        return None
    whitened = _whitened(copy)
    length = LONGEST_S * RATE_HZ
    size = 1 << (length + len(whitened) - 1).bit_length()
    spectrum = np.conj(np.fft.rfft(whitened, size))
    best = max(
        (_correlated(spectrum, size, length, len(whitened), key, one) for one in candidates),
        key=lambda found: found.score,
        default=None,
    )
    return best if best is not None and best.score >= _SURE else None


def _correlated(
    spectrum: NDArray[np.complex128], size: int, length: int, copy: int, key: bytes, listen_id: str
) -> Found:
    noise = np.fft.rfft(_signs(_secret(key, listen_id), 0, length), size)
    scores = np.fft.irfft(noise * spectrum, size) / np.sqrt(copy)
    scores /= max(1e-9, float(scores[:length].std()))
    place = int(np.argmax(scores))
    offset = place if place < length else place - size
    return Found(listen_id=listen_id, score=float(scores[place]), offset_s=offset / RATE_HZ)


def _whitened(waveform: Waveform) -> Waveform:
    """Every frequency and moment equally loud, so that speech does not drown the mark."""
    hop = _WINDOW // 2
    shape = np.sqrt(np.hanning(_WINDOW + 1)[:-1])
    padded = np.pad(waveform, (hop, _WINDOW))
    starts = np.arange(0, len(padded) - _WINDOW + 1, hop)
    frames = np.fft.rfft(padded[starts[:, None] + np.arange(_WINDOW)] * shape)
    magnitude = np.abs(frames)
    frames = frames / (_blurred(magnitude) + 1e-7)
    frequencies = np.fft.rfftfreq(_WINDOW, 1 / RATE_HZ)
    frames[:, (frequencies < _BAND_HZ[0]) | (frequencies > _BAND_HZ[1])] = 0
    pieces = np.fft.irfft(frames, _WINDOW) * shape
    whole = np.zeros(len(padded))
    for start, piece in zip(starts, pieces, strict=True):
        whole[start : start + _WINDOW] += piece
    return whole[hop : hop + len(waveform)]


def _blurred(magnitude: NDArray[np.float64]) -> NDArray[np.float64]:
    """Averaged over five frequencies: fine enough to take the harmonics of a voice away."""
    padded = np.pad(magnitude, ((0, 0), (2, 2)), mode="edge")
    return np.asarray(sum(padded[:, i : i + magnitude.shape[1]] for i in range(5)) / 5.0)


def _noise(secret: bytes, start: int, length: int) -> Waveform:
    """Unit variance, shaped like speech within the telephone's band."""
    signs = _signs(secret, start - _TAPS + 1, length + _TAPS - 1)
    return np.convolve(signs, _SHAPE, mode="valid")


def _signs(secret: bytes, start: int, length: int) -> Waveform:
    """The key's noise from one place of the clip; before its beginning as well."""
    first, last = start // _BLOCK, (start + length - 1) // _BLOCK
    octets = b"".join(
        hashlib.shake_128(secret + block.to_bytes(8, "big", signed=True)).digest(_BLOCK // 8)
        for block in range(first, last + 1)
    )
    bits = np.unpackbits(np.frombuffer(octets, np.uint8))
    skip = start - first * _BLOCK
    return bits[skip : skip + length].astype(np.float64) * 2.0 - 1.0


def _secret(key: bytes, listen_id: str) -> bytes:
    return hmac.digest(key, listen_id.encode(), "sha256")


def _shape() -> Waveform:
    """A filter of 63 taps: the band of a telephone, 6 dB less each octave above 500 Hz. Its delay
    of 31 samples is part of where a copy is found."""
    frequencies = np.linspace(0.0, RATE_HZ / 2, 512)
    inside = (frequencies >= _BAND_HZ[0]) & (frequencies <= _BAND_HZ[1])
    height = np.where(inside, 1.0 / np.maximum(1.0, frequencies / 500.0), 0.0)
    taps = np.roll(np.fft.irfft(height), _TAPS // 2)[:_TAPS] * np.hamming(_TAPS)
    return np.asarray(taps / np.sqrt((taps**2).sum()))


_SHAPE: Final = _shape()
