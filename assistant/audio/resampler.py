"""From what a device sends to what the recogniser hears: 16 kHz, mono, signed 16-bit."""

from __future__ import annotations

from typing import Protocol

import numpy as np
import soxr

from assistant.errors import BadRequest

HEARING_RATE_HZ = 16_000
BYTES_PER_SAMPLE = 2
ACCEPTED_RATES_HZ = (8_000, 16_000, 44_100, 48_000)


class Resampler(Protocol):
    """Turns one stream's chunks into 16 kHz samples, in order and without a seam."""

    def accept(self, audio: bytes) -> bytes:
        """Raises BadRequest (ODD_BYTE_COUNT) when `audio` ends inside a sample."""
        ...

    def flush(self) -> bytes:
        """What the filter still holds. Nothing may follow."""
        ...


class _Unchanged:
    """For devices that already send 16 kHz."""

    def accept(self, audio: bytes) -> bytes:
        require_whole_samples(audio)
        return audio

    def flush(self) -> bytes:
        return b""


class _Soxr:
    def __init__(self, sample_rate_hz: int) -> None:
        self._stream = soxr.ResampleStream(
            sample_rate_hz, HEARING_RATE_HZ, 1, dtype="int16", quality="MQ"
        )

    def accept(self, audio: bytes) -> bytes:
        require_whole_samples(audio)
        samples = np.frombuffer(audio, dtype="<i2")
        return bytes(self._stream.resample_chunk(samples).tobytes())

    def flush(self) -> bytes:
        silence = np.zeros(0, dtype=np.int16)
        return bytes(self._stream.resample_chunk(silence, last=True).tobytes())


def resampler(sample_rate_hz: int) -> Resampler:
    """Raises BadRequest (UNSUPPORTED_SAMPLE_RATE) for a rate outside `ACCEPTED_RATES_HZ`."""
    if sample_rate_hz not in ACCEPTED_RATES_HZ:
        accepted = ", ".join(str(rate) for rate in ACCEPTED_RATES_HZ)
        raise BadRequest(
            "UNSUPPORTED_SAMPLE_RATE",
            f"Audio at {sample_rate_hz} Hz is not supported.",
            hint=f"Send one of {accepted} Hz.",
        )
    return _Unchanged() if sample_rate_hz == HEARING_RATE_HZ else _Soxr(sample_rate_hz)


def require_whole_samples(audio: bytes) -> None:
    """Raises BadRequest (ODD_BYTE_COUNT) when `audio` ends inside a 16-bit sample."""
    if len(audio) % BYTES_PER_SAMPLE:
        raise BadRequest(
            "ODD_BYTE_COUNT",
            f"A chunk of {len(audio)} bytes ends inside a sample.",
            hint="Send whole 16-bit samples in every message.",
        )
