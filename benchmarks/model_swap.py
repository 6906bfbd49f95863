"""How long others wait while a model is swapped: the language model, and the NLU.

    python -m benchmarks.model_swap [--rounds 6] [--streams 4]

Streams are fed in real time, in chunks of 100 ms; for each chunk the time until it was decoded is
taken. Texts are asked by two callers without a pause; for each, the time from one answer to the
next is. The same is taken over windows of the same length without a swap: what a swap costs is the
difference. Also the longest that the event loop stood still, and what a shadow costs the requests
that are answered: ten a second, with and without one that sees all of them.
"""

from __future__ import annotations

import asyncio
import statistics
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import typer

from assistant.asr.models import EMBEDDED_MODEL
from assistant.hearing.decode_pool import DecodePool
from assistant.hearing.ears import Ears, HearingSettings
from assistant.hearing.events import HearingEvent
from assistant.hearing.listener import StreamListener
from assistant.home import Home
from assistant.nlu.serving import NluService
from assistant.trial.nlu_candidate import NluCandidate
from benchmarks import report
from benchmarks.report import Value
from device_sim.voice import Speaker, voice_named
from training_loop.registry.registry import ServingModel

CHUNK_S = 0.1
CHUNK_BYTES = int(CHUNK_S * 32_000)
TICK_S = 0.005
CALLERS = 2
SHADOW_REQUESTS = 200
SENTENCE = "set a timer for ten minutes and turn on the light in the kitchen"


@dataclass(slots=True, kw_only=True)
class Waits:
    """Seconds that something took, with when it ended."""

    taken: list[tuple[float, float]] = field(default_factory=list)

    def add(self, seconds: float) -> None:
        self.taken.append((time.perf_counter(), seconds))

    def since(self, at: float) -> list[float]:
        return [seconds for ended, seconds in self.taken if ended >= at]


class Timed:
    """A listener that tells how long each chunk waited for its decoding."""

    def __init__(self, listener: StreamListener, waits: Waits) -> None:
        self.fed: list[float] = []
        self._listener = listener
        self._waits = waits

    def hear(self, audio: bytes) -> Sequence[HearingEvent]:
        events = self._listener.hear(audio)
        for _ in range(len(audio) // CHUNK_BYTES):
            self._waits.add(time.perf_counter() - self.fed.pop(0))
        return events

    def finish(self) -> Sequence[HearingEvent]:
        return self._listener.finish()

    def close(self) -> None:
        self._listener.close()


async def speaking(ears: Ears, pool: DecodePool, waits: Waits, number: int, total: int) -> None:
    """Speaks again and again, in real time."""
    samples = Speaker().say(SENTENCE, voice_named("henry")).tobytes()
    audio = samples[: len(samples) // CHUNK_BYTES * CHUNK_BYTES]
    next_at = time.perf_counter() + CHUNK_S * number / total
    while True:
        listener = Timed(ears.listener(16_000, None, 0), waits)
        async with pool.attach(listener) as stream:
            for at in range(0, len(audio), CHUNK_BYTES):
                await asyncio.sleep(max(0.0, next_at - time.perf_counter()))
                next_at += CHUNK_S
                listener.fed.append(time.perf_counter())
                await stream.feed(audio[at : at + CHUNK_BYTES])
            await stream.finish()
            async for _ in stream.events():
                pass


async def asking(service: NluService, waits: Waits) -> None:
    while True:
        began = time.perf_counter()
        await service.interpret(SENTENCE)
        waits.add(time.perf_counter() - began)


async def ticking(waits: Waits) -> None:
    """How much later than asked the event loop comes back."""
    while True:
        began = time.perf_counter()
        await asyncio.sleep(TICK_S)
        waits.add(time.perf_counter() - began - TICK_S)


@asynccontextmanager
async def running(*work: Awaitable[None]) -> AsyncIterator[None]:
    tasks = [asyncio.ensure_future(one) for one in work]
    try:
        yield
        for task in tasks:
            if task.done():
                task.result()
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def measured(
    what: str, waits: Waits, swap: Callable[[], Awaitable[object]], rounds: int
) -> report.Row:
    """Windows with a swap and windows without, in turns."""
    loop_waits = Waits()
    quiet: list[float] = []
    swapping: list[float] = []
    loop_quiet: list[float] = []
    loop_swapping: list[float] = []
    took: list[float] = []
    async with running(ticking(loop_waits)):
        for _ in range(rounds):
            began = time.perf_counter()
            await swap()
            took.append(time.perf_counter() - began)
            await asyncio.sleep(0.2)
            swapping.append(max(waits.since(began)))
            loop_swapping.append(max(loop_waits.since(began)))
            began = time.perf_counter()
            await asyncio.sleep(took[-1] + 0.2)
            quiet.append(max(waits.since(began)))
            loop_quiet.append(max(loop_waits.since(began)))
    stall_s = statistics.median(swapping) - statistics.median(quiet)
    row: dict[str, Value] = {"model": what, "stall": round(stall_s * 1000, 1)}
    for name, seconds in (
        ("swap", took),
        ("wait", swapping),
        ("without", quiet),
        ("loop", loop_swapping),
        ("loop without", loop_quiet),
    ):
        row[name] = f"{statistics.median(seconds) * 1000:.0f} / {max(seconds) * 1000:.0f}"
    return row


async def speech_swap(rounds: int, streams: int) -> report.Row:
    ears = await asyncio.to_thread(Ears.open, HearingSettings(speech_model=EMBEDDED_MODEL))
    pool = DecodePool(threads=2)
    waits = Waits()

    async def swap() -> None:
        await asyncio.to_thread(ears.swap, EMBEDDED_MODEL)

    speakers = (speaking(ears, pool, waits, number, streams) for number in range(streams))
    async with running(*speakers):
        await asyncio.sleep(3.0)
        row = await measured("language model", waits, swap, rounds)
    await pool.aclose()
    ears.close()
    return row


async def nlu_swap(rounds: int) -> report.Row:
    home = Home.from_environment()
    service = NluService(home, deadline_s=30.0)
    await service.start(home.base_nlu_model)
    waits = Waits()

    async def swap() -> None:
        await service.swap(home.base_nlu_model)

    async with running(*(asking(service, waits) for _ in range(CALLERS))):
        await asyncio.sleep(1.0)
        row = await measured("NLU", waits, swap, rounds)
    await service.close()
    return row


async def shadow_costs() -> report.Row:
    """Requests at a steady rate, in windows with and without a shadow, in turns."""
    home = Home.from_environment()
    service = NluService(home, deadline_s=30.0)
    await service.start(home.base_nlu_model)
    model = ServingModel(model="", fingerprint="", path=home.base_nlu_model, generation=0)
    shadow = await NluCandidate.load(home.rasa_python, model)
    taken: dict[bool, list[float]] = {True: [], False: []}
    seen = 0
    for number in range(SHADOW_REQUESTS):
        shadowed = number // 20 % 2 == 1
        began = time.perf_counter()
        await service.interpret(SENTENCE)
        taken[shadowed].append(time.perf_counter() - began)
        if shadowed:
            seen += shadow.compare(SENTENCE, lambda _: None)
        await asyncio.sleep(max(0.0, 0.1 - (time.perf_counter() - began)))
    await shadow.close()
    await service.close()
    row: dict[str, Value] = {"requests": SHADOW_REQUESTS, "seen by the shadow": seen}
    for shadowed, name in ((True, "with"), (False, "without")):
        cuts = statistics.quantiles(taken[shadowed], n=20)
        row[f"{name}, p50 ms"] = round(statistics.median(taken[shadowed]) * 1000, 1)
        row[f"{name}, p95 ms"] = round(cuts[18] * 1000, 1)
    return row


def main(rounds: int = 6, streams: int = 4) -> None:
    """Swaps both models under load and prints how long others waited."""
    rows = [
        asyncio.run(speech_swap(rounds, streams)),
        asyncio.run(nlu_swap(rounds)),
    ]
    report.write("model_swap", rows=rows, title="While a model is swapped: median / worst ms")
    report.write("model_shadow", asyncio.run(shadow_costs()))


if __name__ == "__main__":
    typer.run(main)
