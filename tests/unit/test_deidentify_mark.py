"""A leaked copy tells which listen it came from."""

from __future__ import annotations

import io

import numpy as np
import pytest
import soundfile
import soxr

from tests.fixtures.deidentify import RATE_HZ, voice
from training_loop.deidentify.mark import ListenMark, detect
from training_loop.deidentify.sound import Waveform, from_pcm, to_pcm

KEY = b"k" * 32
LISTENS = tuple(f"listen-{number}" for number in range(4))


def marked(pcm: bytes, listen_id: str, chunk_ms: int = 100) -> bytes:
    mark = ListenMark(KEY, listen_id)
    size = chunk_ms * 32
    return b"".join(mark.marked(pcm[at : at + size], at // 2) for at in range(0, len(pcm), size))


@pytest.fixture(scope="module")
def clip() -> bytes:
    return voice(seconds=4)


def _unchanged(sound: Waveform) -> Waveform:
    return sound


def _mu_law(sound: Waveform) -> Waveform:
    """Telephone: 8 kHz, 8 bits."""
    narrow = soxr.resample(sound, RATE_HZ, 8000)
    packed = np.sign(narrow) * np.log1p(255 * np.abs(narrow)) / np.log(256)
    packed = np.round(packed * 127) / 127
    back = np.sign(packed) * (np.power(256.0, np.abs(packed)) - 1) / 255
    return np.asarray(soxr.resample(back, 8000, RATE_HZ))


def _noisy(sound: Waveform) -> Waveform:
    return sound + np.random.default_rng(3).normal(0, sound.std() / 10, len(sound))


def _cropped(sound: Waveform) -> Waveform:
    return sound[20_001:52_001]


def _resampled(sound: Waveform) -> Waveform:
    return np.asarray(soxr.resample(soxr.resample(sound, RATE_HZ, 44_100), 44_100, RATE_HZ))


def _opus(sound: Waveform) -> Waveform:
    file = io.BytesIO()
    soundfile.write(file, sound, RATE_HZ, format="OGG", subtype="OPUS")
    file.seek(0)
    return np.asarray(soundfile.read(file)[0])


@pytest.mark.parametrize("leak", [_unchanged, _mu_law, _noisy, _cropped, _resampled, _opus])
def test_the_listen_is_found_in_a_leaked_copy(clip: bytes, leak: object) -> None:
    assert callable(leak)
    copy = to_pcm(leak(from_pcm(marked(clip, LISTENS[2]))))
    found = detect(copy, KEY, LISTENS)
    assert found is not None
    assert found.listen_id == LISTENS[2]


def test_where_the_copy_was_cut_from_is_found(clip: bytes) -> None:
    found = detect(marked(clip, LISTENS[1])[40_000:], KEY, LISTENS)
    assert found is not None
    assert found.offset_s == pytest.approx(20_000 / RATE_HZ, abs=0.005)


def test_nobody_is_accused_without_a_mark(clip: bytes) -> None:
    """Not for an unmarked clip, another's mark, another key, silence or nothing."""
    assert detect(clip, KEY, LISTENS) is None
    assert detect(marked(clip, "somebody else"), KEY, LISTENS) is None
    assert detect(marked(clip, LISTENS[0]), b"another key" * 3, LISTENS) is None
    assert detect(bytes(64_000), KEY, LISTENS) is None
    assert detect(b"", KEY, LISTENS) is None
    assert detect(clip, KEY, ()) is None


def test_the_mark_is_far_below_the_sound(clip: bytes) -> None:
    before, after = from_pcm(clip), from_pcm(marked(clip, LISTENS[0]))
    ratio_db = 10 * np.log10((before**2).mean() / ((after - before) ** 2).mean())
    assert ratio_db > 28
    silence = from_pcm(marked(bytes(32_000), LISTENS[0]))
    assert 0 < np.abs(silence).max() < 12 / 32768


def test_chunks_of_any_size_carry_the_same_mark(clip: bytes) -> None:
    """A player that seeks gets its chunk marked as everybody else's at that place."""
    pieces = marked(clip, LISTENS[3], chunk_ms=37)
    found = detect(pieces, KEY, LISTENS)
    assert found is not None
    assert found.listen_id == LISTENS[3]
    mark = ListenMark(KEY, LISTENS[3])
    assert mark.marked(clip[3200:6400], 1600) == mark.marked(clip[3200:6400], 1600)
    assert len(mark.marked(clip[:3200], 0)) == 3200
    assert mark.marked(b"", 0) == b""
