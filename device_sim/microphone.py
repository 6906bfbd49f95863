"""Where a device's sound comes from: a recording, synthesised speech or a real microphone."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncGenerator
from enum import Enum
from pathlib import Path
from typing import Any, Final, Protocol

import numpy as np
import soundfile

from device_sim.errors import AudioUnreadable, SoundDeviceUnavailable
from device_sim.pcm import (
    CHUNK_SAMPLES,
    SAMPLE_RATE_HZ,
    Samples,
    resampled,
    to_samples,
)

MAX_FILE_S: Final = 600
_QUEUED_CHUNKS: Final = 50


class Pace(Enum):
    REAL_TIME = "real_time"
    AS_FAST = "as_fast"
    """As fast as it is taken."""


class AudioSource(Protocol):
    """Sound as 16-bit little-endian samples, one channel, 16 kHz."""

    @property
    def speech_ended_at(self) -> float | None:
        """time.perf_counter() when the last sound of the speech was handed out, where known."""
        ...

    def chunks(self) -> AsyncGenerator[bytes]:
        """Chunks of 80 ms, the last one perhaps shorter. A second iteration goes on."""
        ...

    def skip_to_now(self) -> None:
        """Forgets what was captured and not yet taken, such as the device's own answer."""
        ...


class Recording:
    """Samples that are handed out once."""

    def __init__(
        self, samples: Samples, *, pace: Pace = Pace.AS_FAST, speech_s: float | None = None
    ) -> None:
        """`speech_s` is where the speech in it ends, None for the end of the recording."""
        self._samples = samples
        self._speech_samples = (
            len(samples) if speech_s is None else round(speech_s * SAMPLE_RATE_HZ)
        )
        self._pace = pace
        self._next = 0
        self._started_at: float | None = None
        self._speech_ended_at: float | None = None

    @property
    def speech_ended_at(self) -> float | None:
        return self._speech_ended_at

    async def chunks(self) -> AsyncGenerator[bytes]:
        while self._next < len(self._samples):
            end = min(self._next + CHUNK_SAMPLES, len(self._samples))
            await self._wait_until_captured(end)
            chunk = self._samples[self._next : end].tobytes()
            self._next = end
            if self._speech_ended_at is None and end >= self._speech_samples:
                self._speech_ended_at = time.perf_counter()
            yield chunk

    def skip_to_now(self) -> None:
        """A recording waits: nothing of it is captured before it is taken."""

    async def _wait_until_captured(self, end: int) -> None:
        """A converter hands a chunk out when its last sample has been taken."""
        if self._pace is Pace.AS_FAST:
            await asyncio.sleep(0)
            return
        if self._started_at is None:
            self._started_at = time.perf_counter()
        due = self._started_at + end / SAMPLE_RATE_HZ
        await asyncio.sleep(max(0.0, due - time.perf_counter()))


def read_file(path: Path) -> Samples:
    """The file's sound: WAV, FLAC, Ogg or Opus, any rate, channels mixed to one.

    Raises AudioUnreadable.
    """
    try:
        with soundfile.SoundFile(path) as file:
            if file.frames > MAX_FILE_S * file.samplerate:
                raise AudioUnreadable(f"the file lasts more than {MAX_FILE_S} s")
            frames = file.read(dtype="float32", always_2d=True)
            rate_hz = int(file.samplerate)
    except (soundfile.SoundFileError, OSError) as error:
        raise AudioUnreadable("the file is missing or holds no sound that can be read") from error
    if len(frames) == 0:
        raise AudioUnreadable("the file holds no sound")
    return to_samples(resampled(np.asarray(frames.mean(axis=1), np.float32), rate_hz))


def sound_library() -> Any:
    """The module `sounddevice`. Raises SoundDeviceUnavailable."""
    try:
        import sounddevice
    except (ImportError, OSError) as error:
        raise SoundDeviceUnavailable("no library for microphones and loudspeakers") from error
    return sounddevice


class Microphone:
    """The machine's default microphone, or the one whose number or name is given.

    Open from the first iteration to `close`. When sound is not taken for four seconds, the oldest
    is dropped and counted in `dropped`.
    """

    def __init__(self, device: int | str | None = None) -> None:
        """Raises SoundDeviceUnavailable without the extra."""
        self._sounddevice = sound_library()
        self._device = device
        self._captured: asyncio.Queue[bytes] = asyncio.Queue(_QUEUED_CHUNKS)
        self._stream: Any = None
        self.dropped = 0

    @property
    def speech_ended_at(self) -> float | None:
        return None

    async def chunks(self) -> AsyncGenerator[bytes]:
        """Endless. Raises SoundDeviceUnavailable without a microphone."""
        if self._stream is None:
            self._stream = self._open(asyncio.get_running_loop())
        while True:
            yield await self._captured.get()

    def skip_to_now(self) -> None:
        while not self._captured.empty():
            self._captured.get_nowait()

    def close(self) -> None:
        stream, self._stream = self._stream, None
        if stream is not None:
            stream.close()

    def _open(self, loop: asyncio.AbstractEventLoop) -> Any:
        def on_samples(samples: Any, *_: object) -> None:
            loop.call_soon_threadsafe(self._keep, bytes(samples))

        try:
            stream = self._sounddevice.RawInputStream(
                samplerate=SAMPLE_RATE_HZ,
                blocksize=CHUNK_SAMPLES,
                channels=1,
                dtype="int16",
                device=self._device,
                callback=on_samples,
            )
            stream.start()
        except (self._sounddevice.PortAudioError, ValueError) as error:
            raise SoundDeviceUnavailable(
                "the microphone cannot be opened",
                hint="Choose another with --device; `python -m sounddevice` lists them.",
            ) from error
        return stream

    def _keep(self, chunk: bytes) -> None:
        if self._captured.full():
            self._captured.get_nowait()
            self.dropped += 1
        self._captured.put_nowait(chunk)
