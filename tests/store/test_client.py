"""What connections to the store promise their users."""

from __future__ import annotations

import asyncio

from training_loop.loop import Loop


async def test_a_cancellation_in_the_middle_of_a_command_is_never_lost(loop: Loop) -> None:
    async def ask_and_wait() -> None:
        await loop.store.hgetall("nothing")
        await asyncio.Event().wait()

    for steps in range(1, 9):
        task = asyncio.create_task(ask_and_wait())
        for _ in range(steps):
            await asyncio.sleep(0)
        task.cancel()
        done, _ = await asyncio.wait({task}, timeout=60)
        assert done, f"cancelled after {steps} steps, and went on"
        assert task.cancelled()


async def test_busy_callers_keep_nobody_from_the_store(loop: Loop) -> None:
    """As many as there are connections, each asking again at once."""
    answered = 0

    async def ask_for_ever() -> None:
        nonlocal answered
        while True:
            await loop.store.hgetall("nothing")
            answered += 1

    busy = [asyncio.create_task(ask_for_ever()) for _ in range(64)]
    try:
        while answered < 500:  # noqa: ASYNC110 - counts what other tasks do
            await asyncio.sleep(0)
        before = answered
        await loop.store.hgetall("something")
        assert answered - before < 1000
    finally:
        for task in busy:
            task.cancel()
        await asyncio.gather(*busy, return_exceptions=True)
