"""How long a round of sampling takes, and which part of it.

    python -m benchmarks.sampling [--items 10000] [--accounts 500]

Requests are drawn from templates with Zipf's frequencies, a part of them with rare words. They have
no sound: what altering a voice costs is measured by `benchmarks.deidentification`.
"""

from __future__ import annotations

import argparse
import asyncio
import random
import resource
import tempfile
import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import TypeVar

from benchmarks.report import Row, write
from training_loop.loop import Loop, open_loop
from training_loop.rights import CONSENT_TEXT_VERSION, ConsentShown, SettingsChange
from training_loop.sampling.preparer import Preparer
from training_loop.sampling.process import open_preparer
from training_loop.sampling.settings import SamplingSettings
from training_loop.settings import LoopSettings
from training_loop.store.supervisor import EmbeddedStore
from training_loop.utterance import CaptureContext, Utterance

T = TypeVar("T")
EVERYTHING = SettingsChange(keep_history=False, improve_models=True, human_review=True)
SHOWN = ConsentShown(text_version=CONSENT_TEXT_VERSION, channel="api")
_AT_ONCE = 48
_FRAMES = (
    ("set_timer", "set a timer for {number} minutes"),
    ("turn_on", "turn on the light in the kitchen"),
    ("weather", "what is the weather like in {rare}"),
    ("play", "play {rare} on the radio"),
    ("add_to_list", "add {rare} and milk to my shopping list"),
    ("what_time", "what time is it"),
    ("reminder", "remind me to call {rare} at {number}"),
    ("volume", "turn the volume down to {number}"),
)
_LETTERS = str.maketrans("0123456789", "abcdefghij")
_NUMBERS = ("two", "five", "ten", "fifteen", "twenty", "thirty")


async def _fill(loop: Loop, items: int, accounts: int) -> None:
    chance = random.Random(1)
    names = [(await loop.accounts.create()).account for _ in range(accounts)]
    for name in names:
        await loop.rights.change(name, EVERYTHING, SHOWN, "fill")
    room = asyncio.Semaphore(_AT_ONCE)

    async def say(number: int) -> None:
        intent, frame = chance.choices(_FRAMES, [1 / rank for rank in range(1, 9)])[0]
        rare = f"zz{int(chance.paretovariate(0.6)):d}x".translate(_LETTERS)
        heard = frame.format(number=chance.choice(_NUMBERS), rare=rare)
        account = chance.choice(names)
        async with room:
            consent = await loop.sink.begin(CaptureContext(account=account, device="dev"))
            utterance = Utterance(
                utterance_id=f"utt_{number:08d}",
                account=account,
                device="dev",
                captured_at_s=time.time() - chance.random() * 86_400 * 25,
                pcm=b"",
                heard=heard,
                confidence=chance.random(),
                intent=intent,
                intent_confidence=chance.random(),
                skill=intent,
            )
            assert (await loop.sink.keep(utterance, consent)).queued

    for start in range(0, items, 2_000):
        await asyncio.gather(*(say(one) for one in range(start, min(items, start + 2_000))))


class _Clock:
    """How long each part of a round took."""

    def __init__(self) -> None:
        self.parts: dict[str, float] = {}

    async def timed(self, name: str, source: AsyncIterator[T]) -> AsyncIterator[T]:
        began = time.perf_counter()
        async for one in source:
            yield one
        self.parts[name] = time.perf_counter() - began


async def _measure(items: int, accounts: int) -> list[Row]:
    with tempfile.TemporaryDirectory(prefix="earmark-bench-") as directory:
        state = Path(directory)
        store = EmbeddedStore(state / "store")
        await store.start()
        try:
            async with open_loop(LoopSettings(state=state)) as loop:
                await _fill(loop, items, accounts)
                chosen = SamplingSettings(rate=0.01, most_a_round=200)
                async with open_preparer(loop, chosen) as preparer:
                    rows = [
                        await _round(loop, preparer, name, items) for name in ("first", "second")
                    ]
        finally:
            await store.stop()
        return rows


async def _round(loop: Loop, preparer: Preparer, name: str, items: int) -> Row:
    clock, tasks = _Clock(), loop.tasks
    plain = (tasks.said, tasks.waiting)
    object.__setattr__(tasks, "said", lambda: clock.timed("said", plain[0]()))
    object.__setattr__(tasks, "waiting", lambda: clock.timed("waiting", plain[1]()))
    began, cpu = time.perf_counter(), time.process_time()
    report = await preparer.once()
    took = time.perf_counter() - began
    cpu = time.process_time() - cpu
    object.__setattr__(tasks, "said", plain[0])
    object.__setattr__(tasks, "waiting", plain[1])
    return {
        "round": name,
        "items": items,
        "eligible": report.eligible,
        "withheld": sum(report.withheld_by_reason.values()),
        "picked": report.picked,
        "census s": clock.parts["said"],
        "looking s": clock.parts["waiting"],
        "plan and offer s": took - clock.parts["said"] - clock.parts["waiting"],
        "round s": took,
        "own cpu s": cpu,
        "peak MB": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--items", type=int, default=10_000)
    parser.add_argument("--accounts", type=int, default=500)
    chosen = parser.parse_args()
    rows = asyncio.run(_measure(chosen.items, chosen.accounts))
    write("sampling", rows=rows, title="Rounds of sampling")


if __name__ == "__main__":
    main()
