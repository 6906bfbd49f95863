"""Requests that were spoken beforehand, so that sending them costs next to nothing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from assistant.v1 import assistant_pb2
from device_sim.pcm import SAMPLE_RATE_HZ, Samples, duration_s
from device_sim.voice import Speaker, Voice

CHUNK_S: Final = 0.1
REQUESTS: Final = (
    "what time is it",
    "what day is it today",
    "set a timer for ten minutes",
    "turn on the kitchen light",
    "turn off the lamp in the bedroom",
    "add milk to the shopping list",
    "what is on the shopping list",
    "what is twelve times seven",
    "convert five miles to kilometers",
    "set the volume to forty percent",
    "tell me a joke",
    "how many timers are running",
)
"""What a fleet says where nothing else is given."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Utterance:
    """`chunks` are messages of 100 ms each."""

    chunks: tuple[assistant_pb2.ConverseRequest, ...]
    duration_s: float


def utterance(samples: Samples) -> Utterance:
    step = round(CHUNK_S * SAMPLE_RATE_HZ)
    return Utterance(
        chunks=tuple(
            assistant_pb2.ConverseRequest(audio=samples[at : at + step].tobytes())
            for at in range(0, len(samples), step)
        ),
        duration_s=duration_s(samples),
    )


def spoken(texts: Sequence[str], voices: Sequence[Voice], speaker: Speaker) -> list[Utterance]:
    """Every text in every voice, without a wake word."""
    return [utterance(speaker.say(text, voice)) for voice in voices for text in texts]
