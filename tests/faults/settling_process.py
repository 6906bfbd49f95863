"""Settles clips in review until it is killed: `settling_process <state directory> <where to stop>`.

Stops, for ever, before it tells what was settled, after that, after it counted the score of a false
wake, or after the store was changed.
"""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path
from typing import Any

from redis.asyncio import Redis

from training_loop.loop import open_loop
from training_loop.review.agreement import settle
from training_loop.review.false_wakes import FalseWakeScores
from training_loop.review.reviewer_record import ReviewerRecords
from training_loop.review.settlement import AnsweredCheck, Settlement
from training_loop.review.settling import Settling
from training_loop.settings import LoopSettings


async def _stop() -> None:
    print("reached", flush=True)
    await asyncio.Event().wait()


class _StoppingScores(FalseWakeScores):
    """Counts, and stops after that."""

    def __init__(self, store: Redis, where: str) -> None:
        super().__init__(store)
        self._where = where

    async def count(self, task: str, score: float | None) -> None:
        await super().count(task, score)
        if self._where == "counted":
            await _stop()


class _Stopping:
    """Tells the real records, and stops before or after."""

    def __init__(self, records: ReviewerRecords, where: str) -> None:
        self._records = records
        self._where = where

    async def settled(self, settlement: Settlement) -> None:
        if self._where == "before":
            await _stop()
        await self._records.settled(settlement)
        if self._where == "told":
            await _stop()

    async def checked(self, answered: AnsweredCheck) -> None:
        await self._records.checked(answered)


async def main(state: str, where: str) -> None:
    async with open_loop(LoopSettings(state=Path(state))) as loop:
        observer: Any = _Stopping(ReviewerRecords(loop.store), where)
        settling = Settling(
            *(loop.store, loop.vault, loop.blobs, loop.reads),
            *(_StoppingScores(loop.store, where), loop.tombstones, settle, observer),
        )
        while not await settling.due():  # noqa: ASYNC110 - another process has no event of ours
            await asyncio.sleep(0.01)
        await _stop()


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
