"""Ending tasks that run in the background."""

from __future__ import annotations

import asyncio
from typing import Any


async def ended(task: asyncio.Task[Any]) -> None:
    """Cancels a task and returns when it has ended. Raises what it failed with, and CancelledError
    where the caller is cancelled meanwhile: catching that of the task would lose it."""
    task.cancel()
    await asyncio.wait((task,))
    if not task.cancelled() and (failure := task.exception()) is not None:
        raise failure
