"""Recordings as files that any player opens."""

from __future__ import annotations

import io
import wave

from training_loop.consent.errors import NoRecording

SAMPLES_PER_S = 16_000


def wav(pcm: bytes) -> bytes:
    """A WAV file of 16 kHz, one channel, 16 bits. Raises NoRecording for no audio."""
    if not pcm:
        raise NoRecording("this request was typed, so there is nothing to hear")
    file = io.BytesIO()
    with wave.open(file, "wb") as writer:
        writer.setnchannels(1)
        writer.setsampwidth(2)
        writer.setframerate(SAMPLES_PER_S)
        writer.writeframes(pcm)
    return file.getvalue()
