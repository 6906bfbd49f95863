"""Ending a task: neither its failure nor a cancellation of whoever ends it is lost."""

from __future__ import annotations

import asyncio

import pytest

from training_loop.background import ended


async def test_a_task_that_runs_is_over_when_it_was_ended() -> None:
    running = asyncio.create_task(asyncio.Event().wait())
    await ended(running)
    assert running.cancelled()


async def test_what_a_task_failed_with_is_raised() -> None:
    async def fails() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            raise OSError("on the way out")

    failing = asyncio.create_task(fails())
    await asyncio.sleep(0)
    with pytest.raises(OSError, match="on the way out"):
        await ended(failing)


async def test_whoever_is_cancelled_while_ending_a_task_stays_cancelled() -> None:
    slow = asyncio.Event()

    async def lingers() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            slow.set()
            await asyncio.Event().wait()

    lingering = asyncio.create_task(lingers())
    await asyncio.sleep(0)
    ending = asyncio.create_task(ended(lingering))
    await slow.wait()
    ending.cancel()
    with pytest.raises(asyncio.CancelledError):
        await ending
    lingering.cancel()
    await asyncio.wait((lingering,))
