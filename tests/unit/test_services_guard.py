"""Events beside which something can go wrong."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator

import pytest

from assistant.errors import TooManyStreams
from assistant.services.guard import while_unharmed
from assistant.services.limits import StreamLimits, StreamSlots


class Broken(Exception):
    pass


async def test_a_failing_guard_ends_events_that_would_wait_for_ever() -> None:
    closed = asyncio.Event()
    released = asyncio.Event()

    async def events() -> AsyncGenerator[int]:
        try:
            yield 1
            await asyncio.Event().wait()
        finally:
            closed.set()

    async def guard() -> None:
        await released.wait()
        raise Broken

    received = []
    with pytest.raises(Broken):
        async for event in while_unharmed(events(), asyncio.create_task(guard())):
            received.append(event)
            released.set()
    assert received == [1]
    assert closed.is_set()


async def test_a_guard_that_returns_lets_the_events_run_to_their_end() -> None:
    async def events() -> AsyncGenerator[int]:
        for number in range(3):
            await asyncio.sleep(0)
            yield number

    async def guard() -> None:
        return

    received = [e async for e in while_unharmed(events(), asyncio.create_task(guard()))]
    assert received == [0, 1, 2]


async def test_the_guards_end_with_the_events() -> None:
    async def events() -> AsyncGenerator[int]:
        yield 1

    async def guard() -> None:
        await asyncio.Event().wait()

    task = asyncio.create_task(guard())
    assert [e async for e in while_unharmed(events(), task)] == [1]
    assert task.cancelled()


async def test_an_error_of_the_events_is_passed_on() -> None:
    async def events() -> AsyncGenerator[int]:
        yield 1
        raise Broken

    with pytest.raises(Broken):
        async for _ in while_unharmed(events()):
            pass


def test_a_device_holds_only_as_many_streams_as_it_may() -> None:
    slots = StreamSlots(StreamLimits(streams=3, streams_per_device=2))
    with slots.taken("kitchen"), slots.taken("kitchen"):
        with pytest.raises(TooManyStreams), slots.taken("kitchen"):
            pass
        with slots.taken("bedroom"), pytest.raises(TooManyStreams), slots.taken("attic"):
            pass
    with slots.taken("kitchen"):
        pass
