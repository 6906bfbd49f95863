"""How long a reviewer waits for a clip: from asking for a task to its first sound.

`python -m benchmarks.review_lending [--clips 2000] [--reviewers 20] [--json FILE]`: so many clips
of 200 accounts on an embedded store, all reviewers at work at once, until nothing is left.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import statistics
import tempfile
import time
from collections import Counter
from pathlib import Path

from training_loop.loop import Loop, open_loop
from training_loop.review.agreement import settle
from training_loop.review.marking import ListenMarker
from training_loop.review.officers_key import OfficersKey
from training_loop.review.reviewer_record import ReviewerRecords
from training_loop.review.task import (
    DeidentifiedClip,
    Level,
    Opinion,
    SampleReason,
    Stage,
)
from training_loop.review.tasks import ReviewTasks
from training_loop.rights import CONSENT_TEXT_VERSION, ConsentShown, SettingsChange
from training_loop.settings import LoopSettings
from training_loop.store.supervisor import EmbeddedStore
from training_loop.utterance import CaptureContext, Utterance

ACCOUNTS = 200
_SECOND = b"\x01\x02" * 16_000
_SAID = Opinion(text="set a timer", intent="set_timer")


async def _fill(loop: Loop, clips: int) -> None:
    shown = ConsentShown(text_version=CONSENT_TEXT_VERSION, channel="api")
    change = SettingsChange(improve_models=True, human_review=True)
    accounts = [(await loop.accounts.create()).account for _ in range(ACCOUNTS)]
    for account in accounts:
        await loop.rights.change(account, change, shown, "yes")
    for number in range(clips):
        account = accounts[number % ACCOUNTS]
        consent = await loop.sink.begin(CaptureContext(account=account, device="dev"))
        utterance = Utterance(
            utterance_id=f"utt_{number:012d}",
            account=account,
            device="dev",
            captured_at_s=time.time(),
            pcm=b"",
            heard=_SAID.text,
            confidence=0.9,
        )
        assert (await loop.sink.keep(utterance, consent)).queued
    clip = DeidentifiedClip(pcm=2 * _SECOND, level=Level.ALTERED_VOICE, text=_SAID.text)
    found = [one.source async for one in loop.tasks.waiting()]
    for source in found:
        assert await loop.tasks.offer(source, clip, SampleReason.RANDOM, check=False)


async def _review(tasks: ReviewTasks, staff: str, waits: list[float], names: Counter[str]) -> None:
    while True:
        began = time.perf_counter()
        task = await tasks.lease(staff, Stage.REVIEW)
        if task is None:
            return
        sound = tasks.sound(staff, task.name)
        await anext(sound)
        waits.append(time.perf_counter() - began)
        await sound.aclose()  # type: ignore[attr-defined]
        names[task.name] += 1
        await tasks.submit(staff, task.name, _SAID, request_id="1")


async def measure(clips: int, reviewers: int) -> dict[str, float]:
    with tempfile.TemporaryDirectory(prefix="earmark-review-") as directory:
        settings = LoopSettings(state=Path(directory) / "state")
        store = EmbeddedStore(settings.store_directory)
        await store.start()
        try:
            async with open_loop(settings, serve=True) as loop:
                return await _measure(loop, clips, reviewers)
        finally:
            await store.stop()


async def _measure(loop: Loop, clips: int, reviewers: int) -> dict[str, float]:
    await _fill(loop, clips)
    tasks = ReviewTasks(
        *(loop.store, loop.vault, loop.blobs, loop.reads),
        settle=settle,
        observer=ReviewerRecords(loop.store),
        marker=ListenMarker(loop.vault),
        officers=OfficersKey(loop.settings.officers_key),
        tombstones=loop.tombstones,
        undo_ms=1,
    )
    alone: list[float] = []
    together: list[float] = []
    names: Counter[str] = Counter()
    await _some_alone(tasks, alone)
    settling = asyncio.create_task(tasks.settling.forever())
    began = time.perf_counter()
    await asyncio.gather(*(_review(tasks, f"r{n}", together, names) for n in range(reviewers)))
    took = time.perf_counter() - began
    settling.cancel()
    while await tasks.settle_due():
        pass
    gold = len([one async for one in loop.queue.reviewed(with_audio=False)])
    assert max(names.values()) == 1
    return {
        "clips": clips,
        "reviewers": reviewers,
        "gold": gold,
        "reviews_per_s": len(together) / took,
        "alone_p50_ms": 1000 * statistics.median(alone),
        "alone_p95_ms": 1000 * statistics.quantiles(alone, n=20)[-1],
        "together_p50_ms": 1000 * statistics.median(together),
        "together_p95_ms": 1000 * statistics.quantiles(together, n=20)[-1],
    }


async def _some_alone(tasks: ReviewTasks, waits: list[float]) -> None:
    """One reviewer who skips, at a time when nobody else works."""
    for _ in range(100):
        began = time.perf_counter()
        task = await tasks.lease("alone", Stage.REVIEW)
        assert task
        sound = tasks.sound("alone", task.name)
        await anext(sound)
        waits.append(time.perf_counter() - began)
        await sound.aclose()  # type: ignore[attr-defined]
        await tasks.skip("alone", task.name)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--clips", type=int, default=2000)
    parser.add_argument("--reviewers", type=int, default=20)
    parser.add_argument("--json", type=Path)
    arguments = parser.parse_args()
    figures = asyncio.run(measure(arguments.clips, arguments.reviewers))
    for name, figure in figures.items():
        print(f"{name:20} {figure:10.1f}")
    if arguments.json:
        arguments.json.write_text(json.dumps(figures, indent=2) + "\n")


if __name__ == "__main__":
    main()
