"""What reviewers may hear."""

from __future__ import annotations

import random
from dataclasses import replace

import numpy as np
import pytest

from tests.fixtures.deidentify import RATE_HZ, Said, spoken, voice
from training_loop.deidentify.background import without_background
from training_loop.deidentify.deidentifier import DeidentifiedClip, Deidentifier
from training_loop.deidentify.errors import ClipTooLong
from training_loop.deidentify.level import Level, Obstacle, Step
from training_loop.deidentify.sound import Span, from_pcm, only_within, to_pcm
from training_loop.deidentify.vocoder import analysed, synthesised
from training_loop.utterance import Utterance

WORDS = "turn on the lights and play some jazz"


def heard(deidentifier: Deidentifier, said: Utterance, seed: int = 1) -> DeidentifiedClip:
    return deidentifier.deidentify(
        said,
        names=frozenset({"Marisol"}),
        vocabulary=Said(deidentifier.lexicon, frozenset()),
        chance=random.Random(seed),
    )


def pitch_hz(pcm: bytes) -> float:
    frames = analysed(from_pcm(pcm))
    return float(np.median(frames.pitch_hz[frames.voiced]))


def loudness_db(sound: np.ndarray[tuple[int], np.dtype[np.float64]]) -> float:
    return float(10 * np.log10((sound**2).mean() + 1e-12))


def test_every_clip_gets_another_voice(deidentifier: Deidentifier) -> None:
    """Two reviewers' copies of a clip, or two clips of a person, differ in pitch and length."""
    said = spoken(WORDS, seconds=4)
    clips = [heard(deidentifier, said, seed) for seed in range(6)]
    assert all(clip.treatment.level is Level.ALTERED for clip in clips)
    assert len({len(clip.pcm) for clip in clips}) == 6
    pitches = [pitch_hz(clip.pcm) for clip in clips]
    assert max(pitches) / min(pitches) > 1.2


def test_the_pitch_tells_nothing_about_the_speaker(deidentifier: Deidentifier) -> None:
    """It is replaced, not shifted: a high and a low voice come out the same for one draw."""
    low, high = (
        heard(deidentifier, spoken(WORDS, seconds=4, pcm=voice(seconds=4, pitch_hz=hertz)), 3)
        for hertz in (100, 220)
    )
    assert pitch_hz(low.pcm) == pytest.approx(pitch_hz(high.pcm), rel=0.06)


def test_the_same_chance_makes_the_same_clip(deidentifier: Deidentifier) -> None:
    said = spoken(WORDS, seconds=2)
    assert heard(deidentifier, said, 5) == heard(deidentifier, said, 5)


def test_everybody_is_equally_loud(deidentifier: Deidentifier) -> None:
    quiet, loud = (
        from_pcm(
            heard(deidentifier, spoken(WORDS, seconds=3, pcm=voice(seconds=3, level=level)), 2).pcm
        )
        for level in (0.02, 0.6)
    )
    assert loudness_db(quiet) == pytest.approx(loudness_db(loud), abs=1.5)


def test_nothing_of_a_hidden_word_reaches_the_altered_sound(deidentifier: Deidentifier) -> None:
    """Whatever was said there, the result is the same to the last sample."""
    heard_words = "turn on marisol and play some jazz"
    said = spoken(heard_words, seconds=3.5)
    samples = from_pcm(said.pcm).copy()
    samples[RATE_HZ : RATE_HZ * 3 // 2] = from_pcm(voice(seconds=0.5, pitch_hz=240, level=0.9))
    other = replace(said, pcm=to_pcm(samples))
    clip, other_clip = heard(deidentifier, said), heard(deidentifier, other)
    assert said.pcm != other.pcm
    assert clip.pcm == other_clip.pcm
    assert Step.REDACTIONS_TONED in clip.treatment.steps
    name = clip.words[2]
    assert name.text == "<name>"
    assert name.start_ms is not None
    assert name.end_ms is not None
    tone = from_pcm(clip.pcm)[name.start_ms * 16 : name.end_ms * 16]
    spectrum = np.abs(np.fft.rfft(tone))
    assert np.argmax(spectrum) * RATE_HZ / len(tone) == pytest.approx(440, abs=5)
    assert loudness_db(tone) < -30


def test_sound_outside_of_the_recognised_words_is_not_heard(deidentifier: Deidentifier) -> None:
    """People in the background, what was said before the wake word, unknown words."""
    said = spoken(WORDS, seconds=2)
    before = replace(
        said,
        pcm=voice(seconds=3) + said.pcm,
        words=tuple(
            replace(word, start_ms=word.start_ms + 3000, end_ms=word.end_ms + 3000)
            for word in said.words
        ),
    )
    clip = heard(deidentifier, before)
    first = clip.words[0].start_ms
    assert first is not None
    assert loudness_db(from_pcm(clip.pcm)[: (first - 500) * 16]) < -70


def test_words_have_the_times_of_the_altered_sound(deidentifier: Deidentifier) -> None:
    clip = heard(deidentifier, spoken(WORDS, seconds=4))
    ends = [word.end_ms for word in clip.words]
    assert ends == sorted(ends, key=lambda end: end or 0)
    assert ends[-1] == pytest.approx(len(clip.pcm) / 32, abs=20)


def hiss(seconds: float) -> bytes:
    return to_pcm(np.random.default_rng(2).normal(0, 0.1, int(seconds * RATE_HZ)))


@pytest.mark.parametrize(
    ("said", "obstacle"),
    [
        (spoken("stop", seconds=0.2), Obstacle.TOO_SHORT),
        (spoken(WORDS, seconds=61), Obstacle.TOO_LONG),
        (spoken(WORDS, seconds=2, pcm=b""), Obstacle.NO_AUDIO),
        (replace(spoken(WORDS, seconds=2), words=()), Obstacle.NO_WORD_TIMES),
        (spoken("marisol marisol", seconds=2), Obstacle.NOTHING_TO_HEAR),
        (spoken(WORDS, seconds=2, pcm=hiss(2)), Obstacle.NO_VOICING),
        (spoken(WORDS, seconds=2, pcm=bytes(64_000)), Obstacle.NOTHING_TO_HEAR),
    ],
)
def test_where_the_level_is_out_of_reach_there_is_no_sound(
    deidentifier: Deidentifier, said: Utterance, obstacle: Obstacle
) -> None:
    clip = heard(deidentifier, said)
    assert clip.pcm == b""
    assert clip.treatment.level is Level.TRANSCRIPT_ONLY
    assert clip.treatment.obstacle is obstacle
    assert clip.treatment.steps == ()
    assert all(word.start_ms is None for word in clip.words)


def test_a_voice_in_loud_noise_has_no_sound(deidentifier: Deidentifier) -> None:
    loud = from_pcm(voice(seconds=3)) + from_pcm(hiss(3)) * 1.5
    clip = heard(deidentifier, spoken(WORDS, seconds=3, pcm=to_pcm(loud)))
    assert clip.treatment.obstacle in (Obstacle.TOO_NOISY, Obstacle.NO_VOICING)


def test_a_thirty_minute_clip_is_refused(deidentifier: Deidentifier) -> None:
    with pytest.raises(ClipTooLong):
        heard(deidentifier, spoken(WORDS, seconds=2, pcm=bytes(30 * 60 * RATE_HZ * 2)))


def test_background_between_the_words_is_lowered(deidentifier: Deidentifier) -> None:
    seconds = 4.0
    noisy = from_pcm(voice(seconds=seconds)) + from_pcm(hiss(seconds)) * 0.03
    clip = heard(deidentifier, spoken(WORDS, seconds=seconds, pcm=to_pcm(noisy)))
    assert clip.treatment.level is Level.ALTERED
    assert _contrast_db(from_pcm(clip.pcm)) > _contrast_db(noisy) + 2
    frames = analysed(noisy)
    quieter = synthesised(replace(frames, power=without_background(frames.power)))
    assert _contrast_db(quieter) > _contrast_db(noisy) + 8


def _contrast_db(sound: np.ndarray[tuple[int], np.dtype[np.float64]]) -> float:
    power = (sound[: len(sound) // 320 * 320].reshape(-1, 320) ** 2).mean(axis=1)
    quiet, loud = np.quantile(power, [0.1, 0.9])
    return float(10 * np.log10(loud / (quiet + 1e-10)))


def test_edges_fade_within_what_is_audible() -> None:
    sound = only_within(
        np.ones(RATE_HZ), [Span(start_s=0.2, end_s=0.8)], [Span(start_s=0.4, end_s=0.5)]
    )
    assert not np.any(sound[int(0.4 * RATE_HZ) : int(0.5 * RATE_HZ)])
    assert not np.any(sound[: int(0.2 * RATE_HZ)])
    assert sound[int(0.3 * RATE_HZ)] == 1.0
