"""One `Converse` stream: sends an utterance, gathers its turn."""

from __future__ import annotations

import asyncio
import contextlib
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Protocol, TypeAlias

import grpc
from google.protobuf import empty_pb2

from assistant.v1 import assistant_pb2, assistant_pb2_grpc
from device_sim.connection import bearer, stub
from device_sim.errors import call_failed
from device_sim.gathering import Gathering
from device_sim.microphone import AudioSource
from device_sim.pcm import BYTES_PER_MS, SAMPLE_RATE_HZ
from device_sim.turn import Turn
from device_sim.wake import WakeDetection

MAX_CHUNK_BYTES: Final = 16 << 10
"""A quarter of what the contract allows."""
END_OF_AUDIO: Final = assistant_pb2.ConverseRequest(end_of_audio=empty_pb2.Empty())


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """What a device says about a request besides its sound."""

    guest: bool = False
    no_training: bool = False
    text_only: bool = False
    device_kind: assistant_pb2.DeviceKind = assistant_pb2.DEVICE_KIND_SPEAKER
    locale: str = ""
    """BCP 47; empty where the device does not say."""
    timeout_s: float = 90.0


_CANCEL: Final = assistant_pb2.ConverseRequest(cancel=empty_pb2.Empty())
_QUESTIONS: Final = 4
_QUESTION_TIMEOUT_S: Final = 5.0

PLAIN: Final = Options()


if TYPE_CHECKING:
    _Call: TypeAlias = grpc.aio.StreamStreamCall[
        assistant_pb2.ConverseRequest, assistant_pb2.ConverseResponse
    ]


class Watcher(Protocol):
    """Sees each event of a stream as it comes."""

    def __call__(self, event: assistant_pb2.ConverseResponse) -> None: ...


def start_message(
    *, session_id: str, options: Options, wake: WakeDetection | None = None, pre_roll_ms: int = 0
) -> assistant_pb2.ConverseRequest:
    """The first message of a stream; `wake` is None for push-to-talk and replies."""
    start = assistant_pb2.Start(
        audio_format=assistant_pb2.AudioFormat(
            encoding=assistant_pb2.AudioFormat.LINEAR16, sample_rate_hz=SAMPLE_RATE_HZ
        ),
        session_id=session_id,
        no_training=options.no_training,
        guest=options.guest,
        text_only=options.text_only,
        device_kind=options.device_kind,
        locale=options.locale,
    )
    if wake is not None:
        start.wake_word.CopyFrom(
            assistant_pb2.WakeWord(
                phrase=wake.phrase, score=min(1.0, wake.score), pre_roll_ms=pre_roll_ms
            )
        )
    return assistant_pb2.ConverseRequest(start=start)


def audio_messages(pcm: bytes) -> list[assistant_pb2.ConverseRequest]:
    return [
        assistant_pb2.ConverseRequest(audio=pcm[at : at + MAX_CHUNK_BYTES])
        for at in range(0, len(pcm), MAX_CHUNK_BYTES)
    ]


class ConverseStream:
    """One utterance: `start`, the pre-roll, then live chunks until the server has heard enough.

    When the chunks end first, `end_of_audio` follows. For one `run` only.
    """

    def __init__(
        self,
        channel: grpc.aio.Channel,
        token: str,
        *,
        session_id: str = "",
        options: Options = PLAIN,
        wake: WakeDetection | None = None,
        pre_roll: bytes = b"",
    ) -> None:
        self._stub = stub(assistant_pb2_grpc.AssistantStub, channel)
        self._metadata = bearer(token)
        self._timeout_s = options.timeout_s
        self._pre_roll = pre_roll
        self._start = start_message(
            session_id=session_id,
            options=options,
            wake=wake,
            pre_roll_ms=len(pre_roll) // BYTES_PER_MS,
        )
        self._gathering = Gathering(session_id=session_id, wake=wake, opened_at=time.perf_counter())
        self._sent_bytes = 0
        self._stopped_sending_at: float | None = None

    async def run(self, source: AudioSource, watch: Watcher | None = None) -> Turn:
        """Streams what the source gives and returns the whole turn. Raises CallFailed.

        `watch` sees each event as it comes.
        """
        call = self._stub.Converse(metadata=self._metadata, timeout=self._timeout_s)
        sending = asyncio.create_task(self._send(call, source))
        try:
            async for event in call:
                self._gathering.take(event, time.perf_counter())
                if watch is not None:
                    watch(event)
        except grpc.aio.AioRpcError as error:
            raise call_failed(await self._reason_behind(error)) from error
        finally:
            call.cancel()
            await _finished(sending)
        return self._turn(source)

    async def _send(self, call: _Call, source: AudioSource) -> None:
        try:
            await call.write(self._start)
            for message in audio_messages(self._pre_roll):
                await self._write_audio(call, message)
            await self._write_live(call, source)
            self._stopped_sending_at = time.perf_counter()
            await call.done_writing()
        except (grpc.aio.AioRpcError, asyncio.InvalidStateError):
            return  # the server has ended the call; the reader learns why

    async def _write_live(self, call: _Call, source: AudioSource) -> None:
        async with contextlib.aclosing(source.chunks()) as chunks:
            async for chunk in chunks:
                if self._gathering.capture_ended:
                    return
                for message in audio_messages(chunk):
                    await self._write_audio(call, message)
        await call.write(END_OF_AUDIO)

    async def _write_audio(self, call: _Call, message: assistant_pb2.ConverseRequest) -> None:
        if call.done():
            raise asyncio.InvalidStateError
        await call.write(message)
        self._sent_bytes += len(message.audio)

    async def _reason_behind(self, error: grpc.aio.AioRpcError) -> grpc.aio.AioRpcError:
        """The server's own refusal, where a write that failed beside it has hidden it.

        grpc.aio reports such a call as "Internal error from Core" and loses its status. The
        server is asked again without sound, to be forgotten at once: it refuses for the same
        reason, or the error stays as it was.
        """
        for _ in range(_QUESTIONS):
            if not _is_masked(error):
                break
            call = self._stub.Converse(
                iter([self._start, _CANCEL]), metadata=self._metadata, timeout=_QUESTION_TIMEOUT_S
            )
            try:
                async for _ in call:
                    pass
            except grpc.aio.AioRpcError as refusal:
                error = refusal
            else:
                break
        return error

    def _turn(self, source: AudioSource) -> Turn:
        ended_at = time.perf_counter()
        return self._gathering.turn(
            ended_at=ended_at,
            speech_ended_at=source.speech_ended_at or self._stopped_sending_at or ended_at,
            sent_ms=self._sent_bytes // BYTES_PER_MS,
        )


def _is_masked(error: grpc.aio.AioRpcError) -> bool:
    return (
        error.code() is grpc.StatusCode.INTERNAL and error.details() == "Internal error from Core"
    )


async def _finished(task: asyncio.Task[None]) -> None:
    """Ends the sender; what it failed with, other than its end, is raised."""
    task.cancel()
    await asyncio.wait((task,))  # a cancellation of ours meanwhile is not taken for the sender's
    if not task.cancelled() and (failure := task.exception()) is not None:
        raise failure
