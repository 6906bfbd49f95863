"""People with accounts, devices and choices of their own, who speak to a server."""

from __future__ import annotations

import asyncio
import zlib
from collections.abc import AsyncGenerator, Iterable, Mapping
from contextlib import aclosing
from dataclasses import dataclass, replace
from itertools import chain, repeat
from typing import Final

import grpc
import numpy as np

from device_sim.acoustics import Noise, heard_through
from device_sim.device import Device
from device_sim.errors import DeviceError
from device_sim.holder import Account, choose_privacy, create_account, pair_device
from device_sim.microphone import Pace, Recording
from device_sim.pcm import Samples, duration_s, silence
from device_sim.scenario import Line, Person, PrivacyChoices
from device_sim.stream import Options, Watcher
from device_sim.turn import Turn
from device_sim.voice import Speaker, Voice, voice_named
from device_sim.wake import WakeDetector

SILENCE_AFTER_S: Final = 2.5
"""The room goes on after a person has spoken; longer than any endpoint waits."""


MAX_ATTEMPTS: Final = 3
"""How often a person says a line until the device wakes."""


class NotWoken(DeviceError):
    """The device's own detector did not hear the wake word."""

    code = "NOT_WOKEN"
    hint = "Say it again, closer to the device."


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """A person who has moved in."""

    person: Person
    voice: Voice
    account: Account
    device: Device


@dataclass(frozen=True, slots=True, kw_only=True)
class Spoken:
    """What was said and what came of it: a turn, or the failure in its place.

    `said` is the line itself or the reply of this turn, without the wake word; empty when the
    assistant asked and the person had no reply left. `intent` is what
    was meant, empty for replies and where the line does not say; `attempt` counts from 1.
    """

    line: Line
    said: str
    intent: str
    attempt: int = 1
    turn: Turn | None = None
    failure: DeviceError | None = None


class Household:
    """Its members speak one after the other; noise and rooms are the same for the same seed."""

    def __init__(
        self, members: Mapping[str, Member], *, pace: Pace = Pace.AS_FAST, seed: int = 0
    ) -> None:
        self.members = members
        self._pace = pace
        self._seed = seed
        self._speaker = Speaker()

    @staticmethod
    async def move_in(
        channel: grpc.aio.Channel,
        operator_token: str,
        people: Iterable[Person],
        *,
        consent_text_version: str,
        pace: Pace = Pace.AS_FAST,
        seed: int = 0,
        watch: Watcher | None = None,
    ) -> Household:
        """Creates each person's account, pairs the device, sets the privacy switches.

        `consent_text_version` is the version of the explanation that the people were shown;
        `watch` sees every event of every stream. Raises CallFailed, VoiceUnavailable.
        """
        detectors: dict[str, WakeDetector] = {}
        members = {}
        for person in people:
            voice = voice_named(person.voice)
            phrase = voice.wake_phrase
            if phrase not in detectors:
                detectors[phrase] = await asyncio.to_thread(WakeDetector, (phrase,))
            account = await create_account(
                channel, operator_token, child=person.child, time_zone=person.time_zone
            )
            token = await pair_device(channel, account, person.device)
            if person.privacy != PrivacyChoices():
                await choose_privacy(
                    channel, account, person.privacy, consent_text_version=consent_text_version
                )
            device = Device(channel, token, detector=detectors[phrase], watch=watch)
            members[person.name] = Member(
                person=person, voice=voice, account=account, device=device
            )
        return Household(members, pace=pace, seed=seed)

    async def run(self, lines: Iterable[Line]) -> AsyncGenerator[Spoken]:
        """Says the lines in order; what fails is yielded, and the next line is said."""
        for line in lines:
            async with aclosing(self.say(line)) as spoken:
                async for one in spoken:
                    yield one

    async def say(self, line: Line) -> AsyncGenerator[Spoken]:
        """The turns of one line: its request, then its replies.

        While the device does not wake, the person says it again, up to MAX_ATTEMPTS times.
        """
        for attempt in range(1, MAX_ATTEMPTS + 1):
            spoken = Spoken(line=line, said=line.says, intent=line.intent, attempt=attempt)
            replies, woken = chain(line.replies, repeat("")), False
            try:
                async with aclosing(self._turns(line, attempt)) as turns:
                    async for turn in turns:
                        woken = True
                        yield replace(spoken, turn=turn)
                        spoken = replace(spoken, said=next(replies), intent="")
            except DeviceError as failure:
                yield replace(spoken, failure=failure)
                return
            if woken:
                return
        yield replace(spoken, failure=NotWoken("the device did not hear its wake word"))

    async def _turns(self, line: Line, attempt: int) -> AsyncGenerator[Turn]:
        member = self.members[line.person]
        voice = member.voice
        options = Options(guest=line.guest, no_training=line.no_training, locale=voice.locale)
        replies = [
            await self._recording(self._speaker.say(reply, voice), line, attempt)
            for reply in line.replies
        ]
        if line.false_wake:
            sound = await self._recording(self._speaker.say(line.says, voice), line, attempt)
            yield await member.device.wake_by_mistake(
                sound, phrase=voice.wake_phrase, options=options
            )
            return
        if line.push_to_talk:
            sound = await self._recording(self._speaker.say(line.says, voice), line, attempt)
            turns = member.device.push_to_talk(sound, options=options, replies=replies)
        else:
            sound = await self._recording(self._speaker.request(line.says, voice), line, attempt)
            turns = member.device.listen(sound, options=options, replies=replies)
        async with aclosing(turns):
            async for turn in turns:
                yield turn

    async def _recording(self, speech: Samples, line: Line, attempt: int) -> Recording:
        samples = np.concatenate([speech, silence(SILENCE_AFTER_S)])
        seed = self._seed + zlib.crc32(line.says.encode()) + attempt
        acoustics = line.acoustics
        babble = (
            self._speaker.babble(seconds=duration_s(samples), seed=seed)
            if acoustics.noise is Noise.BABBLE
            else None
        )
        heard = await asyncio.to_thread(heard_through, samples, acoustics, seed=seed, babble=babble)
        return Recording(heard, pace=self._pace, speech_s=duration_s(speech))
