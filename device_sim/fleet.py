"""Many devices at once against one server."""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import AsyncGenerator, Sequence
from dataclasses import dataclass
from typing import Any, Final

import grpc

from assistant.v1 import assistant_pb2, assistant_pb2_grpc
from device_sim.connection import bearer, stub
from device_sim.convert import report as report_value
from device_sim.errors import call_failed
from device_sim.holder import create_account, pair_device
from device_sim.stream import END_OF_AUDIO, PLAIN, Options, start_message
from device_sim.tally import Tally
from device_sim.utterances import CHUNK_S, Utterance

STREAMS_PER_DEVICE: Final = 4
"""Silent streams that one device holds; servers limit them."""
_DEVICES_PER_ACCOUNT: Final = 8
_REQUEST_TIMEOUT_S: Final = 60.0


@dataclass(frozen=True, slots=True, kw_only=True)
class FleetPlan:
    """`rate_per_s` is the mean rate of random requests over all devices; None lets every device
    speak again as soon as it has its answer. `silent_streams` are open beside and say nothing.
    """

    devices: int
    duration_s: float
    rate_per_s: float | None = None
    real_time: bool = True
    silent_streams: int = 0
    seed: int = 0

    @property
    def credentials(self) -> int:
        """How many device credentials the plan needs."""
        return self.devices + -(-self.silent_streams // STREAMS_PER_DEVICE)


async def enrol(channel: grpc.aio.Channel, operator_token: str, devices: int) -> list[str]:
    """Creates accounts and pairs that many devices; returns their tokens. Raises CallFailed."""
    tokens: list[str] = []
    while len(tokens) < devices:
        holder = await create_account(channel, operator_token)
        for _ in range(min(_DEVICES_PER_ACCOUNT, devices - len(tokens))):
            tokens.append(await pair_device(channel, holder, f"fleet {len(tokens)}"))
    return tokens


class Fleet:
    """One run of a plan; `tally` may be watched while it runs."""

    def __init__(
        self,
        channel: grpc.aio.Channel,
        tokens: Sequence[str],
        utterances: Sequence[Utterance],
        plan: FleetPlan,
    ) -> None:
        """`tokens` are at least `plan.credentials`; `utterances` are chosen at random."""
        self.tally = Tally()
        self._stub = stub(assistant_pb2_grpc.AssistantStub, channel)
        self._speaking = tokens[: plan.devices]
        self._silent = tokens[plan.devices :]
        self._utterances = utterances
        self._plan = plan
        self._chance = random.Random(plan.seed)  # noqa: S311 - chooses requests and their times

    @property
    def duration_s(self) -> float:
        return self._plan.duration_s

    async def run(self) -> dict[str, object]:
        """Returns the figures once the time is over and the last request has its answer."""
        started_at = time.perf_counter()
        silent = [
            asyncio.create_task(self._be_silent(self._silent[n // STREAMS_PER_DEVICE]))
            for n in range(self._plan.silent_streams)
        ]
        try:
            if self._plan.rate_per_s is None:
                await self._back_to_back(started_at + self._plan.duration_s)
            else:
                await self._at_rate(started_at + self._plan.duration_s, self._plan.rate_per_s)
            return self.tally.figures(time.perf_counter() - started_at)
        finally:
            for task in silent:
                task.cancel()
            await asyncio.gather(*silent, return_exceptions=True)

    async def _back_to_back(self, until: float) -> None:
        async def speak(token: str, wait_s: float) -> None:
            await asyncio.sleep(wait_s)
            while time.perf_counter() < until:
                await self._request(token)

        spread_s = max(u.duration_s for u in self._utterances) if self._plan.real_time else 0.0
        async with asyncio.TaskGroup() as group:
            for token in self._speaking:
                group.create_task(speak(token, self._chance.uniform(0.0, spread_s)))

    async def _at_rate(self, until: float, rate_per_s: float) -> None:
        idle = list(self._speaking)

        async def speak(token: str) -> None:
            try:
                await self._request(token)
            finally:
                idle.append(token)

        due = time.perf_counter()
        async with asyncio.TaskGroup() as group:
            while (due := due + self._chance.expovariate(rate_per_s)) < until:
                await asyncio.sleep(max(0.0, due - time.perf_counter()))
                if idle:
                    group.create_task(speak(idle.pop(self._chance.randrange(len(idle)))))
                else:
                    self.tally.not_sent += 1

    async def _request(self, token: str) -> None:
        said = self._chance.choice(self._utterances)
        tally = self.tally
        tally.started += 1
        tally.open_streams += 1
        speech = _Speech(said, real_time=self._plan.real_time)
        try:
            await self._hear_answer(token, speech)
            tally.audio_s += said.duration_s
        except grpc.aio.AioRpcError as error:
            tally.errors[call_failed(error).code] += 1
        finally:
            tally.open_streams -= 1

    async def _hear_answer(self, token: str, speech: _Speech) -> None:
        call = self._stub.Converse(
            speech.messages(), metadata=bearer(token), timeout=_REQUEST_TIMEOUT_S
        )
        answered_at = None
        report: assistant_pb2.Report | None = None
        async for event in call:
            if event.HasField("answer") and answered_at is None:
                answered_at = time.perf_counter()
            elif event.HasField("report"):
                report = event.report
        if report is None:
            self.tally.errors["NO_REPORT"] += 1
            return
        value = report_value(report)
        heard_at = answered_at or time.perf_counter()
        self.tally.answer(
            outcome=value.outcome,
            latency_ms=max(0.0, heard_at - speech.ended_at) * 1000,
            server_ms=value.stage_ms["end_of_speech_to_answer"],
        )

    async def _be_silent(self, token: str) -> None:
        call: Any = self._stub.Converse(metadata=bearer(token))
        try:
            await call.write(start_message(session_id="", options=PLAIN))
            self.tally.silent_streams += 1
            async for _ in call:
                pass
            self._lose_silent("ENDED_EARLY")
        except grpc.aio.AioRpcError as error:
            self._lose_silent(call_failed(error).code)
        finally:
            call.cancel()

    def _lose_silent(self, code: str) -> None:
        self.tally.silent_streams_lost += 1
        self.tally.errors[code] += 1


class _Speech:
    """One utterance on its way; `ended_at` is when its last sound was sent."""

    def __init__(self, said: Utterance, *, real_time: bool) -> None:
        self._said = said
        self._real_time = real_time
        self.ended_at = time.perf_counter()

    async def messages(self) -> AsyncGenerator[assistant_pb2.ConverseRequest]:
        yield start_message(session_id="", options=Options(text_only=True))
        started_at = time.perf_counter()
        for number, chunk in enumerate(self._said.chunks, 1):
            if self._real_time:
                captured_s = min(number * CHUNK_S, self._said.duration_s)
                await asyncio.sleep(max(0.0, started_at + captured_s - time.perf_counter()))
            self.ended_at = time.perf_counter()
            yield chunk
        yield END_OF_AUDIO
