"""Any announced rate becomes 16 kHz, in any chunking; what is not audio is refused."""

from __future__ import annotations

import numpy as np
import pytest

from assistant.audio.resampler import resampler
from assistant.errors import BadRequest


def _tone(sample_rate_hz: int, duration_s: float = 1.0) -> bytes:
    time_s = np.arange(int(sample_rate_hz * duration_s)) / sample_rate_hz
    return bytes((8_000 * np.sin(2 * np.pi * 440 * time_s)).astype("<i2").tobytes())


@pytest.mark.parametrize("rate", [8_000, 16_000, 44_100, 48_000])
def test_a_tone_keeps_its_pitch_and_length(rate: int) -> None:
    stream = resampler(rate)
    samples = np.frombuffer(stream.accept(_tone(rate)) + stream.flush(), "<i2")

    assert abs(len(samples) - 16_000) <= 16
    spectrum = np.abs(np.fft.rfft(samples))
    assert abs(int(np.argmax(spectrum)) * 16_000 / len(samples) - 440) < 2


@pytest.mark.parametrize("rate", [8_000, 44_100, 48_000])
def test_chunks_join_without_a_seam(rate: int) -> None:
    tone = _tone(rate)
    whole, parts = resampler(rate), resampler(rate)
    at_once = np.frombuffer(whole.accept(tone) + whole.flush(), "<i2")
    chunks = [parts.accept(tone[start : start + 642]) for start in range(0, len(tone), 642)]
    joined = np.frombuffer(b"".join([*chunks, parts.flush()]), "<i2")

    assert len(joined) == len(at_once)
    assert np.max(np.abs(joined.astype(int) - at_once)) <= 2, "more than the dither"


@pytest.mark.parametrize("rate", [0, -1, 11_025, 22_050, 96_000])
def test_other_rates_are_refused_with_the_rates_that_work(rate: int) -> None:
    with pytest.raises(BadRequest) as refused:
        resampler(rate)

    assert refused.value.code == "UNSUPPORTED_SAMPLE_RATE"
    assert "48000" in refused.value.hint


@pytest.mark.parametrize("rate", [8_000, 16_000, 44_100, 48_000])
def test_half_a_sample_is_refused_and_not_carried_over(rate: int) -> None:
    stream = resampler(rate)
    with pytest.raises(BadRequest) as refused:
        stream.accept(b"\x01\x02\x03")

    assert refused.value.code == "ODD_BYTE_COUNT"
    stream.accept(b"\x01\x02")
