"""How long the erasure of an account takes, until its receipt: `python -m benchmarks.erasure`.

A real store with every write synced, real blobs on the disk. Other accounts' items stand beside it.
"""

from __future__ import annotations

import argparse
import asyncio
import itertools
import tempfile
import time
from pathlib import Path

from benchmarks.report import write
from benchmarks.timer_request import timer_request
from training_loop.erasure.progress import Step
from training_loop.loop import Loop, open_loop
from training_loop.rights import CONSENT_TEXT_VERSION, ConsentShown, SettingsChange
from training_loop.settings import LoopSettings
from training_loop.store.supervisor import EmbeddedStore
from training_loop.utterance import CaptureContext

_AT_ONCE = 32
_SHOWN = ConsentShown(text_version=CONSENT_TEXT_VERSION, channel="api")
_HISTORY = SettingsChange(keep_history=True)


async def _fill(loop: Loop, clips: int, pcm: bytes) -> str:
    account = (await loop.accounts.create()).account
    await loop.rights.change(account, _HISTORY, _SHOWN, "on")
    consent = await loop.sink.begin(CaptureContext(account=account, device="dev_benchmark"))
    numbers = itertools.count()

    async def speak() -> None:
        while (number := next(numbers)) < clips:
            utterance = timer_request(account, f"utt_{account[4:16]}{number:012d}", pcm)
            fate = await loop.sink.keep(utterance, consent)
            assert fate.kept, fate.reason

    await asyncio.gather(*(speak() for _ in range(_AT_ONCE)))
    return account


async def measure(clips: int, others: int, seconds: float) -> dict[str, float]:
    """Seconds from the request to each step, by name."""
    pcm = bytes(range(256)) * int(seconds * 32000 / 256)
    with tempfile.TemporaryDirectory(prefix="earmark-erasure-") as directory:
        settings = LoopSettings(state=Path(directory))
        store = EmbeddedStore(settings.store_directory)
        await store.start()
        try:
            async with open_loop(settings, serve=True) as loop:
                await _fill(loop, others, pcm[:3200])
                account = await _fill(loop, clips, pcm)
                return await _erase(loop, account, clips)
        finally:
            await store.stop()


async def _erase(loop: Loop, account: str, clips: int) -> dict[str, float]:
    reached: dict[str, float] = {}
    began = time.perf_counter()

    async def note(step: Step, noted: bool) -> None:
        if noted:
            reached[f"{step.value} (s)"] = time.perf_counter() - began

    loop.erasures.reached = note
    report = await loop.rights.delete_account(account)
    assert (report.history_records, report.audio_blobs) == (clips, clips)
    assert report.receipt
    return reached


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--clips", type=int, default=10_000)
    parser.add_argument("--others", type=int, default=10_000, help="items of another account")
    parser.add_argument("--seconds", type=float, default=1.0, help="audio of each clip")
    options = parser.parse_args()
    steps = asyncio.run(measure(options.clips, options.others, options.seconds))
    write(
        "erasure",
        {"clips": options.clips, "items of others": options.others, **steps},
        title="erasure of one account, receipt included",
    )


if __name__ == "__main__":
    main()
