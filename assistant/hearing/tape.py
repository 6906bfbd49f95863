"""The recent audio of one stream, addressed by its position in the stream."""

from __future__ import annotations

from assistant.audio.resampler import BYTES_PER_SAMPLE, HEARING_RATE_HZ

SAMPLES_PER_MS = HEARING_RATE_HZ // 1000


class Tape:
    """16 kHz samples. Grows with `append` and shrinks with `forget_before`."""

    def __init__(self) -> None:
        self._pcm = bytearray()
        self._start = 0

    @property
    def start(self) -> int:
        """The first sample still there."""
        return self._start

    @property
    def end(self) -> int:
        """One past the last sample, counted from the beginning of the stream."""
        return self._start + len(self._pcm) // BYTES_PER_SAMPLE

    def append(self, pcm: bytes) -> None:
        self._pcm += pcm

    def cut(self, start: int, end: int) -> bytes:
        """The samples from `start` up to `end`, as far as they are there."""
        first = max(0, start - self._start) * BYTES_PER_SAMPLE
        last = max(0, end - self._start) * BYTES_PER_SAMPLE
        return bytes(self._pcm[first:last])

    def forget_before(self, sample: int) -> None:
        """Drops what lies before `sample`."""
        dropped = min(max(0, sample - self._start), len(self._pcm) // BYTES_PER_SAMPLE)
        del self._pcm[: dropped * BYTES_PER_SAMPLE]
        self._start += dropped

    def clear(self) -> None:
        self.forget_before(self.end)
