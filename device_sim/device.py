"""A voice device: sleeps, wakes, asks, and asks again when the assistant wants to know more."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import AsyncGenerator, Awaitable, Iterable, Iterator
from contextlib import aclosing

import grpc

from assistant.v1 import assistant_pb2, assistant_pb2_grpc, devices_pb2, devices_pb2_grpc
from device_sim.connection import bearer, stub
from device_sim.credentials import Credentials
from device_sim.errors import call_failed
from device_sim.gathering import Gathering
from device_sim.loudspeaker import Loudspeaker
from device_sim.microphone import AudioSource
from device_sim.pcm import BYTES_PER_MS
from device_sim.ring_buffer import RingBuffer
from device_sim.stream import PLAIN, ConverseStream, Options, Watcher
from device_sim.turn import Turn
from device_sim.wake import HOLD_MS, SETTLE_MS, WakeDetection, WakeDetector

_CALL_TIMEOUT_S = 15.0
MAX_FOLLOW_UPS = 5
"""How often one request may be asked back about."""


async def pair(
    channel: grpc.aio.Channel,
    code: str,
    display_name: str,
    *,
    server: str = "",
    ca: str = "",
    plaintext: bool = False,
) -> Credentials:
    """Turns the code that the account holder was shown into this device's credential.

    `server`, `ca` and `plaintext` are remembered with it. Raises CallFailed.
    """
    client = stub(devices_pb2_grpc.DevicesStub, channel)
    try:
        paired = await client.PairDevice(
            devices_pb2.PairDeviceRequest(code=code, display_name=display_name),
            timeout=_CALL_TIMEOUT_S,
        )
    except grpc.aio.AioRpcError as error:
        raise call_failed(error) from error
    return Credentials(
        server=server,
        device=paired.device,
        device_token=paired.device_token,
        ca=ca,
        plaintext=plaintext,
    )


class Device:
    """A paired device. One conversation at a time."""

    def __init__(
        self,
        channel: grpc.aio.Channel,
        token: str,
        *,
        detector: WakeDetector | None = None,
        loudspeaker: Loudspeaker | None = None,
        watch: Watcher | None = None,
    ) -> None:
        """`detector` listens for "alexa" where none is given; `watch` sees every event."""
        self._channel = channel
        self._token = token
        self._detector = detector
        self._loudspeaker = loudspeaker
        self._watch = watch

    async def listen(
        self,
        source: AudioSource,
        *,
        options: Options = PLAIN,
        replies: Iterable[AudioSource] = (),
    ) -> AsyncGenerator[Turn]:
        """Waits for the wake word and answers, as long as the source lasts.

        Yields a turn for each stream. When the assistant asks back, the microphone opens again
        in the same session without a wake word: for the next of `replies`, or for more of
        `source` where there are none. Raises CallFailed.
        """
        waiting = iter(replies)
        detector = await self._awake_detector()
        while (woken := await _next_wake(source, detector)) is not None:
            wake, pre_roll = woken
            first = self._converse(
                source, session_id=_new_session(), options=options, wake=wake, pre_roll=pre_roll
            )
            async with aclosing(self._conversation(first, source, waiting, options)) as turns:
                async for turn in turns:
                    yield turn
            await asyncio.to_thread(detector.forget)

    async def push_to_talk(
        self,
        source: AudioSource,
        *,
        options: Options = PLAIN,
        replies: Iterable[AudioSource] = (),
    ) -> AsyncGenerator[Turn]:
        """Sends the source at once, as if a button were held. Raises CallFailed."""
        first = self._converse(source, session_id=_new_session(), options=options)
        async with aclosing(self._conversation(first, source, iter(replies), options)) as turns:
            async for turn in turns:
                yield turn

    async def wake_by_mistake(
        self,
        source: AudioSource,
        *,
        phrase: str = "alexa",
        score: float = 0.6,
        options: Options = PLAIN,
    ) -> Turn:
        """Wakes on whatever the source says first, as a detector does that was fooled."""
        ring = RingBuffer(HOLD_MS)
        heard_ms = 0
        async with aclosing(source.chunks()) as chunks:
            async for chunk in chunks:
                ring.push(chunk)
                heard_ms += len(chunk) // BYTES_PER_MS
                if heard_ms >= HOLD_MS:
                    break
        return await self._converse(
            source,
            session_id=_new_session(),
            options=options,
            wake=WakeDetection(phrase=phrase, score=score),
            pre_roll=ring.contents(),
        )

    async def type(
        self,
        text: str,
        *,
        session_id: str = "",
        options: Options = PLAIN,
    ) -> Turn:
        """Asks in writing. Raises CallFailed."""
        loop = asyncio.get_running_loop()
        asked_at = loop.time()
        gathering = Gathering(session_id=session_id, wake=None, opened_at=asked_at)
        request = assistant_pb2.InterpretRequest(
            text=text,
            session_id=session_id,
            no_training=options.no_training,
            guest=options.guest,
            text_only=options.text_only,
            device_kind=options.device_kind,
            locale=options.locale,
        )
        client = stub(assistant_pb2_grpc.AssistantStub, self._channel)
        try:
            call = client.Interpret(
                request, metadata=bearer(self._token), timeout=options.timeout_s
            )
            async for event in call:
                gathering.take(event, loop.time())
                if self._watch is not None:
                    self._watch(event)
        except grpc.aio.AioRpcError as error:
            raise call_failed(error) from error
        turn = gathering.turn(ended_at=loop.time(), speech_ended_at=asked_at, sent_ms=0)
        await self._play(turn)
        return turn

    async def _awake_detector(self) -> WakeDetector:
        if self._detector is None:
            self._detector = await asyncio.to_thread(WakeDetector)
        return self._detector

    async def _conversation(
        self,
        first: Awaitable[Turn],
        source: AudioSource,
        replies: Iterator[AudioSource],
        options: Options,
    ) -> AsyncGenerator[Turn]:
        turn = await first
        yield turn
        for _ in range(MAX_FOLLOW_UPS):
            if not turn.expects_speech:
                return
            turn = await self._converse(
                next(replies, source), session_id=turn.session_id, options=options
            )
            yield turn

    async def _converse(
        self,
        source: AudioSource,
        *,
        session_id: str,
        options: Options,
        wake: WakeDetection | None = None,
        pre_roll: bytes = b"",
    ) -> Turn:
        stream = ConverseStream(
            self._channel,
            self._token,
            session_id=session_id,
            options=options,
            wake=wake,
            pre_roll=pre_roll,
        )
        turn = await stream.run(source, self._watch)
        await self._play(turn)
        source.skip_to_now()
        return turn

    async def _play(self, turn: Turn) -> None:
        if self._loudspeaker is not None and turn.speech is not None:
            await self._loudspeaker.play(turn.speech.pcm, turn.speech.sample_rate_hz)


async def _next_wake(
    source: AudioSource, detector: WakeDetector
) -> tuple[WakeDetection, bytes] | None:
    """The wake word and the sound before it, of which nothing else is kept; None at the end."""
    ring = RingBuffer(HOLD_MS + SETTLE_MS)
    async with aclosing(source.chunks()) as chunks:
        async for chunk in chunks:
            ring.push(chunk)
            wake = await asyncio.to_thread(detector.hear, chunk)
            if wake is not None:
                return wake, ring.contents()
    return None


def _new_session() -> str:
    return secrets.token_urlsafe(12)
