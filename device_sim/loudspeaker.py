"""Where an answer is heard: a WAV file, or the machine's loudspeaker."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Protocol

import numpy as np
import soundfile

from device_sim.errors import SoundDeviceUnavailable
from device_sim.microphone import sound_library


class Loudspeaker(Protocol):
    async def play(self, pcm: bytes, sample_rate_hz: int) -> None:
        """Plays signed 16-bit little-endian samples, one channel; returns when it is heard."""
        ...


class WavFile:
    """Writes each answer to the file; a later one replaces the one before."""

    def __init__(self, path: Path) -> None:
        self._path = path

    async def play(self, pcm: bytes, sample_rate_hz: int) -> None:
        samples = np.frombuffer(pcm, np.int16)
        await asyncio.to_thread(
            soundfile.write, self._path, samples, sample_rate_hz, "PCM_16", None, "WAV"
        )


class RoomLoudspeaker:
    """The machine's default loudspeaker. Raises SoundDeviceUnavailable where there is none."""

    def __init__(self) -> None:
        self._sounddevice = sound_library()

    async def play(self, pcm: bytes, sample_rate_hz: int) -> None:
        await asyncio.to_thread(self._play, np.frombuffer(pcm, np.int16), sample_rate_hz)

    def _play(self, samples: np.ndarray[tuple[int], np.dtype[np.int16]], rate_hz: int) -> None:
        try:
            self._sounddevice.play(samples, rate_hz, blocking=True)
        except self._sounddevice.PortAudioError as error:
            raise SoundDeviceUnavailable("the loudspeaker cannot be opened") from error
