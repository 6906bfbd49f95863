"""Lets a reviewer hear a clip, and leaves nothing of it behind."""

from __future__ import annotations

import os
import tempfile
import wave
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Protocol

SAMPLE_RATE_HZ = 16_000
BYTES_PER_SECOND = 2 * SAMPLE_RATE_HZ


class Playback(Protocol):
    """One clip that can be heard as often as wanted."""

    def play(self) -> str:
        """Starts it from the beginning; returns what the reviewer should know, or nothing."""
        ...

    def stop(self) -> None: ...


@contextmanager
def playback(pcm: bytes) -> Iterator[Playback]:
    """The loudspeaker where there is one, else a private file that is deleted at the end.

    `pcm` is 16 kHz mono, signed 16-bit; when empty the request was typed.
    """
    if not pcm:
        yield Typed()
    elif Loudspeaker.present():
        speaker = Loudspeaker(pcm)
        try:
            yield speaker
        finally:
            speaker.stop()
    else:
        with _private_wav(pcm) as path:
            yield WavFile(path)


class Typed:
    """A request without sound."""

    def play(self) -> str:
        return "This request was typed; there is nothing to hear."

    def stop(self) -> None:
        """Nothing plays."""


class Loudspeaker:
    """Plays through the default output of the optional `sounddevice`."""

    def __init__(self, pcm: bytes) -> None:
        import numpy as np

        self._samples = np.frombuffer(pcm[: len(pcm) // 2 * 2], dtype="<i2")

    @staticmethod
    def present() -> bool:
        try:
            import sounddevice

            sounddevice.query_devices(kind="output")
        except Exception:  # noqa: BLE001 - no module, no PortAudio, no device: each means none
            return False
        return True

    def play(self) -> str:
        import sounddevice

        sounddevice.play(self._samples, SAMPLE_RATE_HZ)
        return ""

    def stop(self) -> None:
        import sounddevice

        sounddevice.stop()


class WavFile:
    """A file that only its owner can read; gone when the clip is closed."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def play(self) -> str:
        return (
            f"No loudspeaker here (`pip install earmark[microphone]` brings one). Until this clip"
            f" is closed it lies in {self._path}; listen with, for example, `ffplay`."
        )

    def stop(self) -> None:
        """Nothing plays; the file is deleted when the clip is closed."""
        self._path.unlink(missing_ok=True)


@contextmanager
def _private_wav(pcm: bytes) -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="earmark-clip-") as directory:
        path = Path(directory) / "clip.wav"
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "wb") as file, wave.open(file, "wb") as wav:
            wav.setnchannels(1)
            wav.setsampwidth(2)
            wav.setframerate(SAMPLE_RATE_HZ)
            wav.writeframes(pcm)
        yield path
