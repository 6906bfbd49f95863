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
        done, _ = await asyncio.wait({task}, timeout=5)
        assert done, f"cancelled after {steps} steps, and went on"
        assert task.cancelled()
