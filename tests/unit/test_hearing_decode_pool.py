"""Many streams on few threads: each in order, all in turns, none in another's way."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Sequence

import pytest

from assistant.errors import BadRequest, TooManyStreams
from assistant.hearing.decode_pool import DecodePool, HearingStream
from assistant.hearing.ears import Ears
from assistant.hearing.events import EndReason, Heard, HearingEvent, NothingHeard, PartialHeard
from tests.fixtures.hearing import RATE_HZ, quiet, request, say


async def _converse(pool: DecodePool, ears: Ears, audio: bytes) -> list[HearingEvent]:
    async with pool.attach(ears.listener(RATE_HZ, None, 0)) as stream:
        feeding = asyncio.create_task(_feed(stream, audio))
        events = [event async for event in stream.events()]
        await feeding
    return events


async def _feed(stream: HearingStream, audio: bytes) -> None:
    for start in range(0, len(audio), 3_200):
        await stream.feed(audio[start : start + 3_200])
    await stream.finish()


class _Recording:
    """A listener that writes down what it is given and waits for its turn to go on."""

    def __init__(self, log: list[str], name: str = "a") -> None:
        self.log = log
        self.name = name
        self.go_on = threading.Event()
        self.go_on.set()
        self.busy = False
        self.closed = threading.Event()

    def hear(self, audio: bytes) -> Sequence[HearingEvent]:
        assert not self.busy, "two jobs of one stream at once"
        self.busy = True
        self.go_on.wait(10)
        self.log.append(f"{self.name}{len(audio)}")
        self.busy = False
        return [PartialHeard(text=str(len(audio)))]

    def finish(self) -> Sequence[HearingEvent]:
        self.log.append(f"{self.name} finished")
        return [NothingHeard(reason=EndReason.END_OF_AUDIO)]

    def close(self) -> None:
        assert not self.busy, "closed while hearing"
        self.closed.set()


async def test_many_streams_are_heard_at_once_and_not_mixed(ears: Ears) -> None:
    pool = DecodePool(threads=2)
    texts = ["turn on the kitchen lights", "set a timer for five minutes", "what time is it"] * 4
    heard = await asyncio.gather(*(_converse(pool, ears, request(text)) for text in texts))
    await pool.aclose()

    finals = [events[-1] for events in heard]
    assert [final.transcript.text for final in finals if isinstance(final, Heard)] == texts
    assert ears.recognizers.lent == 0


async def test_200_idle_streams_cost_no_thread_and_no_recogniser(ears: Ears) -> None:
    pool = DecodePool(threads=2, most_streams=300)
    before = threading.active_count()
    idle = [pool.attach(ears.listener(RATE_HZ, "alexa", 1_000)) for _ in range(200)]
    for stream in idle:
        await stream.feed(quiet(100))
    events = await _converse(pool, ears, request("what time is it"))

    assert isinstance(events[-1], Heard)
    assert threading.active_count() <= before + 2
    async with asyncio.timeout(60):
        while pool.figures.running_jobs:  # noqa: ASYNC110 - the last event comes before its job ends
            await asyncio.sleep(0.001)
    assert ears.recognizers.lent == 0
    assert pool.figures.streams == 200
    await pool.aclose()
    assert pool.figures.streams == 0


async def test_streams_take_turns() -> None:
    """One that sends a lot at once does not hold up one that sends a little."""
    log: list[str] = []
    pool = DecodePool(threads=1)
    greedy, modest = _Recording(log, "greedy "), _Recording(log, "modest ")
    greedy.go_on.clear()
    first, second = pool.attach(greedy), pool.attach(modest)
    await first.feed(bytes(64_000))
    await second.feed(bytes(1_600))
    greedy.go_on.set()
    await first.finish()
    assert [event async for event in first.events()]

    assert log.index("modest 1600") == 1
    assert log.count("greedy 16000") == 4
    await pool.aclose()


async def test_a_full_buffer_holds_the_sender_back_and_is_counted() -> None:
    log: list[str] = []
    pool = DecodePool(threads=1, buffered_bytes=10_000)
    slow = _Recording(log)
    slow.go_on.clear()
    stream = pool.attach(slow)
    await stream.feed(bytes(8_000))
    await stream.feed(bytes(8_000))
    held_back = asyncio.create_task(stream.feed(bytes(8_000)))
    await asyncio.sleep(0)
    assert not held_back.done()
    assert pool.figures.delayed_feeds == 1

    slow.go_on.set()
    await held_back
    await stream.finish()
    assert len([event async for event in stream.events()]) == 4
    assert log == ["a8000", "a8000", "a8000", "a finished"]
    await pool.aclose()


async def test_closing_waits_for_the_running_job_and_frees_a_waiting_sender() -> None:
    log: list[str] = []
    pool = DecodePool(threads=1, buffered_bytes=4_000)
    slow = _Recording(log)
    slow.go_on.clear()
    stream = pool.attach(slow)
    await stream.feed(bytes(4_000))
    await stream.feed(bytes(4_000))
    waiting = asyncio.create_task(stream.feed(bytes(4_000)))
    closing = asyncio.create_task(stream.aclose())
    await asyncio.wait([waiting])
    assert not closing.done()

    slow.go_on.set()
    await closing
    assert slow.closed.is_set()
    assert log == ["a4000"], "what was queued is dropped"
    assert [event async for event in stream.events() if not isinstance(event, PartialHeard)] == []
    await stream.aclose()
    await pool.aclose()


async def test_a_cancelled_close_still_closes_the_listener() -> None:
    pool = DecodePool(threads=1)
    slow = _Recording([])
    slow.go_on.clear()
    stream = pool.attach(slow)
    await stream.feed(bytes(1_600))
    closing = asyncio.create_task(stream.aclose())
    await asyncio.sleep(0)
    closing.cancel()
    with pytest.raises(asyncio.CancelledError):
        await closing
    assert not slow.closed.is_set()

    slow.go_on.set()
    await pool.aclose()
    assert slow.closed.is_set()
    assert pool.figures.streams == 0


async def test_what_a_listener_refuses_reaches_the_reader(ears: Ears) -> None:
    pool = DecodePool()
    async with pool.attach(ears.listener(RATE_HZ, None, 0)) as stream:
        await stream.feed(b"\0" * 1_601)
        with pytest.raises(BadRequest) as refused:
            async for _ in stream.events():
                pass
        await stream.feed(bytes(1_600))

    assert refused.value.code == "ODD_BYTE_COUNT"
    assert pool.figures.failed_streams == 1
    await pool.aclose()


async def test_more_streams_than_allowed_are_refused_and_counted() -> None:
    pool = DecodePool(most_streams=1)
    first = pool.attach(_Recording([]))
    refused = _Recording([])
    with pytest.raises(TooManyStreams):
        pool.attach(refused)
    assert refused.closed.is_set()
    assert pool.figures.refused_streams == 1

    await first.aclose()
    await pool.attach(_Recording([])).aclose()
    await pool.aclose()


async def test_a_client_gone_in_mid_sentence_leaves_nothing_borrowed(ears: Ears) -> None:
    pool = DecodePool()
    stream = pool.attach(ears.listener(RATE_HZ, None, 0))
    await stream.feed(quiet(300) + say("set a timer for"))
    async for event in stream.events():
        assert isinstance(event, PartialHeard)
        break
    assert ears.recognizers.lent == 1

    await stream.aclose()
    assert ears.recognizers.lent == 0
    await pool.aclose()


async def test_small_chunks_share_a_job_and_the_last_one_is_not_forgotten() -> None:
    log: list[str] = []
    pool = DecodePool()
    stream = pool.attach(_Recording(log))
    for _ in range(4):
        await stream.feed(bytes(320))
    assert pool.figures.running_jobs == 0
    await stream.finish()
    events = [event async for event in stream.events()]

    assert isinstance(events[-1], NothingHeard)
    assert log == ["a320"] * 4 + ["a finished"]
    await pool.aclose()
