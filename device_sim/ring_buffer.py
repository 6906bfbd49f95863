"""What a sleeping device remembers: the last moment, and nothing before it."""

from __future__ import annotations

from collections import deque

from device_sim.pcm import BYTES_PER_MS


class RingBuffer:
    """Holds the newest `capacity_ms` of 16 kHz sound; older sound is gone for good."""

    def __init__(self, capacity_ms: int) -> None:
        self._capacity = capacity_ms * BYTES_PER_MS
        self._chunks: deque[bytes] = deque()
        self._size = 0

    def push(self, chunk: bytes) -> None:
        self._chunks.append(chunk)
        self._size += len(chunk)
        while self._size - len(self._chunks[0]) >= self._capacity:
            self._size -= len(self._chunks.popleft())

    def contents(self) -> bytes:
        """At most `capacity_ms`, oldest sound first."""
        return b"".join(self._chunks)[-self._capacity :]

    def clear(self) -> None:
        self._chunks.clear()
        self._size = 0
