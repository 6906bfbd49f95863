"""Accounts on a real server, and the requests that their devices stream to it."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import grpc
import numpy as np

from benchmarks.learning.people import Speaker
from benchmarks.learning.said import Said
from device_sim.acoustics import heard_through
from device_sim.holder import Account, choose_privacy, create_account, pair_device
from device_sim.microphone import Recording
from device_sim.pcm import Samples, silence
from device_sim.scenario import PrivacyChoices
from device_sim.stream import ConverseStream, Options
from device_sim.turn import Turn
from device_sim.voice import Speaker as Synthesizer
from training_loop.rights import CONSENT_TEXT_VERSION

AT_ONCE = 8
"""Streams. Sound is sent as fast as it is taken: the end of speech is found by counting it."""
_BEFORE_S, _AFTER_S = 0.3, 1.0
_OPTIONS = Options(text_only=True)
EVERYTHING = PrivacyChoices(improve_models=True, human_review=True)
NOTHING = PrivacyChoices()


@dataclass(frozen=True, slots=True, kw_only=True)
class Clip:
    """A request that was spoken once and is streamed as often as wanted."""

    number: int
    speaker: Speaker
    said: Said
    path: Path
    """Its samples: 16 kHz, 16 bits."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answered:
    clip: Clip
    turn: Turn

    @property
    def heard(self) -> str:
        return self.turn.transcript.text if self.turn.transcript else ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Subscriber:
    """An account of the server and the token of its device."""

    account: Account
    device_token: str


class Studio:
    """Speaks requests into files below `directory`: they are the same before and after a lap."""

    def __init__(self, directory: Path, seed: int) -> None:
        self._directory = directory
        self._seed = seed
        self._synthesizer = Synthesizer()
        self._spoken = 0

    def record(self, speaker: Speaker, said: Iterable[Said]) -> list[Clip]:
        return [self._clip(speaker, one) for one in said]

    def _clip(self, speaker: Speaker, said: Said) -> Clip:
        number, self._spoken = self._spoken, self._spoken + 1
        speech = self._synthesizer.say(said.text, speaker.voice)
        sound = np.concatenate([silence(_BEFORE_S), speech, silence(_AFTER_S)])
        samples = heard_through(sound, speaker.acoustics, seed=self._seed * 1_000_003 + number)
        path = self._directory / f"{number}.pcm"
        path.write_bytes(samples.tobytes())
        return Clip(number=number, speaker=speaker, said=said, path=path)


async def subscribe(
    channel: grpc.aio.Channel, operator_token: str, speakers: Sequence[Speaker]
) -> dict[int, Subscriber]:
    """An account and a device for each, by the speaker's number."""
    room = asyncio.Semaphore(AT_ONCE)

    async def one(speaker: Speaker) -> tuple[int, Subscriber]:
        async with room:
            account = await create_account(channel, operator_token)
            token = await pair_device(channel, account, "kitchen")
            return speaker.number, Subscriber(account=account, device_token=token)

    return dict(await asyncio.gather(*map(one, speakers)))


async def choose(
    channel: grpc.aio.Channel, subscribers: Iterable[Subscriber], choices: PrivacyChoices
) -> None:
    """As account holders do."""
    for subscriber in subscribers:
        await choose_privacy(
            channel, subscriber.account, choices, consent_text_version=CONSENT_TEXT_VERSION
        )


async def stream(
    channel: grpc.aio.Channel, subscribers: Mapping[int, Subscriber], clips: Sequence[Clip]
) -> list[Answered]:
    """Every clip by its speaker's device, one after the other there and some devices at once;
    answers in the order of the clips."""
    room = asyncio.Semaphore(AT_ONCE)
    by_speaker: dict[int, list[Clip]] = defaultdict(list)
    for clip in clips:
        by_speaker[clip.speaker.number].append(clip)

    async def speak(number: int) -> list[Answered]:
        async with room:
            token = subscribers[number].device_token
            return [await _ask(channel, token, clip) for clip in by_speaker[number]]

    spoken = await asyncio.gather(*map(speak, by_speaker))
    answered = {one.clip.number: one for answers in spoken for one in answers}
    return [answered[clip.number] for clip in clips]


async def _ask(channel: grpc.aio.Channel, token: str, clip: Clip) -> Answered:
    samples: Samples = np.frombuffer(clip.path.read_bytes(), np.int16)
    conversation = ConverseStream(channel, token, options=_OPTIONS)
    return Answered(clip=clip, turn=await conversation.run(Recording(samples)))
