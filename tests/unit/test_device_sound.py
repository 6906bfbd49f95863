"""Ring buffer, recordings, files, acoustics and voices of a simulated device."""

from __future__ import annotations

import time
from pathlib import Path

import numpy as np
import pytest
import soundfile
from hypothesis import given
from hypothesis import strategies as st

from device_sim.acoustics import (
    BAD_MICROPHONE,
    QUIET,
    Acoustics,
    Noise,
    heard_through,
)
from device_sim.errors import AudioUnreadable, VoiceUnavailable
from device_sim.microphone import Pace, Recording, read_file
from device_sim.pcm import BYTES_PER_MS, Samples, duration_s, silence, to_waveform
from device_sim.ring_buffer import RingBuffer
from device_sim.voice import (
    MAX_CHARACTERS,
    Engine,
    Speaker,
    TextTooLong,
    Voice,
    available_voices,
    voice_named,
)


def tone(seconds: float, *, rate_hz: int = 16_000, hertz: float = 440.0) -> Samples:
    times = np.arange(round(seconds * rate_hz)) / rate_hz
    return (np.sin(2 * np.pi * hertz * times) * 16_000).astype(np.int16)


@given(st.lists(st.binary(max_size=200), max_size=40), st.integers(1, 10))
def test_a_ring_buffer_holds_the_newest_sound_and_nothing_older(
    chunks: list[bytes], capacity_ms: int
) -> None:
    ring = RingBuffer(capacity_ms)
    for chunk in chunks:
        ring.push(chunk)
    assert ring.contents() == b"".join(chunks)[-capacity_ms * BYTES_PER_MS :]


async def test_a_recording_is_handed_out_once_and_goes_on_where_it_stopped() -> None:
    sound = tone(0.5)
    recording = Recording(sound, speech_s=0.3)
    first = await anext(recording.chunks())
    ended_early = recording.speech_ended_at is not None
    assert not ended_early
    rest = [chunk async for chunk in recording.chunks()]
    assert first + b"".join(rest) == sound.tobytes()
    assert recording.speech_ended_at is not None
    assert [chunk async for chunk in recording.chunks()] == []


async def test_real_time_takes_as_long_as_the_sound_lasts() -> None:
    started_at = time.perf_counter()
    chunks = [chunk async for chunk in Recording(tone(0.4), pace=Pace.REAL_TIME).chunks()]
    assert len(b"".join(chunks)) == 400 * BYTES_PER_MS
    assert time.perf_counter() - started_at >= 0.4


@pytest.mark.parametrize(
    ("suffix", "file_format", "subtype"),
    [
        ("wav", "WAV", "PCM_16"),
        ("flac", "FLAC", "PCM_24"),
        ("opus", "OGG", "OPUS"),
    ],
)
@pytest.mark.parametrize("rate_hz", [8_000, 48_000])
def test_a_file_of_any_rate_and_format_becomes_16_khz_mono(
    tmp_path: Path, suffix: str, file_format: str, subtype: str, rate_hz: int
) -> None:
    path = tmp_path / f"sound.{suffix}"
    left = to_waveform(tone(1.0, rate_hz=rate_hz))
    soundfile.write(path, np.stack([left, left], axis=1), rate_hz, subtype, format=file_format)
    sound = read_file(path)
    assert duration_s(sound) == pytest.approx(1.0, abs=0.02)
    spectrum = np.abs(np.fft.rfft(sound[2000:14000]))
    assert np.argmax(spectrum) * 16_000 / 12_000 == pytest.approx(440, abs=3)


@pytest.mark.parametrize("content", [None, b"", b"this is no sound"])
def test_a_file_without_sound_is_refused_with_a_hint(tmp_path: Path, content: bytes | None) -> None:
    path = tmp_path / "sound.wav"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(AudioUnreadable) as caught:
        read_file(path)
    assert caught.value.code == "AUDIO_UNREADABLE"
    assert caught.value.hint
    assert str(path) not in str(caught.value)


def test_a_good_microphone_in_a_quiet_room_changes_nothing_to_speak_of() -> None:
    sound = tone(0.5)
    assert np.abs(heard_through(sound, QUIET, seed=1).astype(int) - sound).max() <= 1


@pytest.mark.parametrize("noise", list(Noise))
def test_noise_has_the_loudness_that_was_asked_for(noise: Noise) -> None:
    sound = tone(1.0)
    babble = Speaker().babble(seconds=1.0, seed=2) if noise is Noise.BABBLE else None
    noisy = heard_through(sound, Acoustics(noise=noise, snr_db=10.0), seed=3, babble=babble)
    difference = to_waveform(noisy) - to_waveform(sound)
    ratio = np.mean(to_waveform(sound) ** 2) / np.mean(difference**2)
    assert 10 * np.log10(ratio) == pytest.approx(10.0, abs=1.0)


def test_the_same_seed_gives_the_same_sound_and_another_seed_another() -> None:
    sound = tone(0.3)
    first, again, other = (heard_through(sound, BAD_MICROPHONE, seed=s) for s in (7, 7, 8))
    assert np.array_equal(first, again)
    assert not np.array_equal(first, other)


def test_a_bad_microphone_clips() -> None:
    heard = heard_through(tone(0.3), BAD_MICROPHONE, seed=1)
    limit = np.abs(heard.astype(int)).max()
    assert limit == pytest.approx(BAD_MICROPHONE.clip_at * 32767, abs=2)
    assert np.mean(np.abs(heard.astype(int)) == limit) > 0.05


def test_a_room_goes_on_sounding_after_the_speech() -> None:
    sound = np.concatenate([tone(0.2), silence(0.3)])
    dry, wet = (
        heard_through(sound, Acoustics(reverberation_s=seconds), seed=1) for seconds in (0.0, 0.3)
    )
    after = slice(round(0.25 * 16_000), None)
    assert not dry[after].any()
    assert wet[after].any()


@pytest.mark.parametrize("voice", available_voices(), ids=lambda voice: voice.name)
def test_every_voice_speaks_at_the_same_peak_without_silence_around(voice: Voice) -> None:
    speech = Speaker().say("what time is it", voice)
    assert 0.5 < duration_s(speech) < 2.5
    assert np.abs(to_waveform(speech)).max() == pytest.approx(0.5, abs=0.01)
    assert np.abs(speech[:2000]).max() > 100


def test_a_request_begins_quietly_and_holds_wake_word_and_text() -> None:
    speaker, voice = Speaker(), voice_named("nina")
    request = speaker.request("what time is it", voice)
    assert not request[:7000].any()
    word, text = speaker.say_wake_word(voice), speaker.say("what time is it", voice)
    assert duration_s(request) == pytest.approx(
        0.5 + 0.35 + duration_s(word) + duration_s(text), abs=0.05
    )


def test_an_unknown_voice_or_a_missing_engine_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(VoiceUnavailable, match="no voice named"):
        voice_named("nobody")
    monkeypatch.setenv("PATH", "")
    with pytest.raises(VoiceUnavailable, match="flite"):
        voice_named("slt")
    assert all(voice.engine is Engine.ESPEAK for voice in available_voices())


def test_a_text_beyond_the_limit_is_refused_without_repeating_it() -> None:
    with pytest.raises(TextTooLong) as caught:
        Speaker().say("secret " * MAX_CHARACTERS, voice_named("nina"))
    assert "secret" not in str(caught.value)
