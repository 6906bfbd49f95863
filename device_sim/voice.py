"""Voices that speak for simulated people: espeak-ng from its wheel, flite where installed.

The accent "en-gb-x-rp" and the variants Henrique, Nguyen, Diogo, m8 and f5 were held out from the
training of `models/earmark-en`, so that what these voices measure is not learned by heart. The
pitches and rates are those at which both wake-word detectors hear the voice.
"""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from dataclasses import dataclass
from enum import Enum
from functools import cached_property
from pathlib import Path
from typing import Final

import numpy as np
import soundfile

from assistant.speech.espeak import Espeak, SynthesisFailed
from device_sim.errors import DeviceError, VoiceUnavailable
from device_sim.pcm import Samples, Waveform, resampled, silence, to_samples, trimmed

MAX_CHARACTERS: Final = 1000
PAUSE_AFTER_WAKE_WORD_S: Final = 0.35
_PEAK: Final = 0.5
_FLITE_TIMEOUT_S: Final = 30


class Engine(Enum):
    ESPEAK = "espeak-ng"
    FLITE = "flite"


_FLITE_LOCALES: Final = {"rms": "en-US", "slt": "en-US", "awb": "en-GB-scotland"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Voice:
    """`variant` is the engine's own name of the voice; `pitch` 0 to 99 counts for espeak-ng."""

    name: str
    engine: Engine = Engine.ESPEAK
    variant: str = "en-us"
    rate_wpm: int = 160
    pitch: int = 50
    wake_phrase: str = "alexa"
    """The wake phrase that both detectors hear from this voice."""

    @property
    def locale(self) -> str:
        """What a device of somebody who speaks so is set to, as a BCP 47 tag: espeak-ng names its
        accents by them."""
        if self.engine is Engine.FLITE:
            return _FLITE_LOCALES[self.variant]
        return self.variant.partition("+")[0]


VOICES: Final = (
    Voice(name="henry", variant="en-gb-x-rp+Henrique", pitch=50),
    Voice(name="nina", variant="en-gb-x-rp+Nguyen", pitch=60),
    Voice(name="diego", variant="en-gb-x-rp+Diogo", pitch=40),
    Voice(name="milo", variant="en-gb-x-rp+m8", pitch=40),
    Voice(name="anna", variant="en-gb-x-rp+announcer", rate_wpm=155),
    Voice(name="caleb", variant="en-gb-x-rp+caleb", rate_wpm=155),
    Voice(name="mario", variant="en-gb-x-rp+Mario", rate_wpm=155),
    Voice(name="alex", variant="en-gb-x-rp+Alex", rate_wpm=155),
    Voice(name="fay", variant="en-gb-x-rp+f5", pitch=40),
    Voice(name="jay", variant="en-us+m8", rate_wpm=150, wake_phrase="hey_jarvis"),
    Voice(name="rms", engine=Engine.FLITE, variant="rms"),
    Voice(name="slt", engine=Engine.FLITE, variant="slt"),
    Voice(name="awb", engine=Engine.FLITE, variant="awb"),
)


class TextTooLong(DeviceError):
    code = "TEXT_TOO_LONG"
    hint = f"Say at most {MAX_CHARACTERS} characters at once."


def is_available(voice: Voice) -> bool:
    """Whether the voice's engine is installed here."""
    return voice.engine is Engine.ESPEAK or shutil.which("flite") is not None


def available_voices() -> tuple[Voice, ...]:
    return tuple(voice for voice in VOICES if is_available(voice))


def voice_named(name: str) -> Voice:
    """Raises VoiceUnavailable for an unknown name or a missing engine."""
    for voice in VOICES:
        if voice.name == name:
            if not is_available(voice):
                raise VoiceUnavailable(f"the voice {name!r} needs the command 'flite'")
            return voice
    raise VoiceUnavailable(f"there is no voice named {name!r}")


class Speaker:
    """Says text in any voice, at an even loudness, as 16 kHz samples. Thread-safe.

    espeak-ng goes on from where it was: the same text said twice differs by a few samples.
    """

    def say(self, text: str, voice: Voice) -> Samples:
        """Trimmed of silence. Raises TextTooLong, VoiceUnavailable."""
        if len(text) > MAX_CHARACTERS:
            raise TextTooLong("text is too long to be spoken")
        waveform, rate_hz = (
            self._espeak_says(text, voice)
            if voice.engine is Engine.ESPEAK
            else _flite_says(text, voice)
        )
        waveform = trimmed(resampled(waveform, rate_hz))
        peak = float(np.abs(waveform).max()) if len(waveform) else 0.0
        return to_samples(waveform * np.float32(_PEAK / peak) if peak > 0 else waveform)

    def say_wake_word(self, voice: Voice) -> Samples:
        return self.say(voice.wake_phrase.replace("_", " "), voice)

    def request(self, text: str, voice: Voice) -> Samples:
        """Half a second of silence, the wake word, a short pause, and the text."""
        return np.concatenate(
            [
                silence(0.5),
                self.say_wake_word(voice),
                silence(PAUSE_AFTER_WAKE_WORD_S),
                self.say(text, voice),
            ]
        )

    def babble(self, *, seconds: float, seed: int) -> Samples:
        """Several people talking at once, far away; the same words for the same seed."""
        chance = np.random.default_rng(seed)
        mixed = np.zeros(len(silence(seconds)), np.float32)
        for voice in VOICES[:6]:
            words = " ".join(chance.permutation(_TABLE_TALK))
            spoken = self.say(words, voice).astype(np.float32) / 32768
            start = int(chance.integers(len(spoken)))
            mixed += np.resize(np.roll(spoken, start), len(mixed))
        return to_samples(mixed / np.float32(len(VOICES[:6])))

    @cached_property
    def _espeak(self) -> Espeak:
        try:
            return Espeak()
        except SynthesisFailed as error:
            raise VoiceUnavailable("espeak-ng does not start", hint=error.hint) from error

    def _espeak_says(self, text: str, voice: Voice) -> tuple[Waveform, int]:
        try:
            pcm = self._espeak.say(
                text, voice=voice.variant, rate_wpm=voice.rate_wpm, pitch=voice.pitch
            )
        except SynthesisFailed as error:
            raise VoiceUnavailable("espeak-ng does not speak", hint=error.hint) from error
        waveform = np.frombuffer(pcm, np.int16).astype(np.float32) / np.float32(32768)
        return waveform, self._espeak.sample_rate_hz


def _flite_says(text: str, voice: Voice) -> tuple[Waveform, int]:
    flite = shutil.which("flite")
    if flite is None:
        raise VoiceUnavailable(f"the voice {voice.name!r} needs the command 'flite'")
    with tempfile.TemporaryDirectory(prefix="flite-") as directory:
        script, sound = Path(directory) / "said.txt", Path(directory) / "said.wav"
        script.write_text(text, encoding="utf-8")
        try:
            subprocess.run(
                [flite, "-voice", voice.variant, "-f", str(script), "-o", str(sound)],
                check=True,
                capture_output=True,
                timeout=_FLITE_TIMEOUT_S,
            )
        except (subprocess.SubprocessError, OSError) as error:
            raise VoiceUnavailable(f"flite cannot speak as {voice.variant!r}") from error
        waveform, rate_hz = soundfile.read(sound, dtype="float32")
    return np.asarray(waveform, np.float32), int(rate_hz)


_TABLE_TALK: Final = (
    "well I thought we would go later",
    "did you see the paper this morning",
    "no not that one the other",
    "she said it was fine",
    "pass me the bread please",
    "and then they moved to the country",
)
