"""How fast the auditor goes over what is retained, alone and beside ordinary traffic.

    python -m benchmarks.auditor [--items 50000] [--accounts 200]

Items are records of the history and of the learning queue; each is checked with its index, its
place in the review queue and its account's consent, which count as no item here.
"""

from __future__ import annotations

import argparse
import asyncio
import tempfile
from collections.abc import Awaitable, Callable
from pathlib import Path

from benchmarks.report import Row, write
from benchmarks.timer_request import timer_request
from training_loop.auditor.auditor import Auditor, AuditorSettings
from training_loop.auditor.finding import RoundReport
from training_loop.loop import Loop, open_loop
from training_loop.rights import CONSENT_TEXT_VERSION, ConsentShown, SettingsChange
from training_loop.settings import LoopSettings
from training_loop.store.supervisor import EmbeddedStore
from training_loop.utterance import CaptureContext

EVERYTHING = SettingsChange(keep_history=True, improve_models=True, human_review=True)
SHOWN = ConsentShown(text_version=CONSENT_TEXT_VERSION, channel="api")
_AT_ONCE = 32
_UNBOUNDED = AuditorSettings(items_per_s=0.0, retention_grace_s=0.0, blob_grace_s=0.0)


async def _say(loop: Loop, account: str, number: int, pcm: bytes) -> None:
    utterance = timer_request(account, f"utt_{number:08d}", pcm)
    consent = await loop.sink.begin(CaptureContext(account=account, device=utterance.device))
    fate = await loop.sink.keep(utterance, consent)
    assert fate.kept
    assert fate.queued


async def _fill(loop: Loop, accounts: int, utterances: int, with_audio: int) -> list[str]:
    names = [(await loop.accounts.create()).account for _ in range(accounts)]
    for name in names:
        await loop.rights.change(name, EVERYTHING, SHOWN, "fill")
    room = asyncio.Semaphore(_AT_ONCE)

    async def one(number: int) -> None:
        async with room:
            pcm = b"\x01\x02" * 8000 if number < with_audio else b""
            await _say(loop, names[number % accounts], number, pcm)

    await asyncio.gather(*(one(number) for number in range(utterances)))
    return names


async def _beside(
    traffic: Callable[[], Awaitable[None]], work: Awaitable[RoundReport]
) -> RoundReport:
    running = asyncio.create_task(_forever(traffic))
    try:
        return await work
    finally:
        running.cancel()


async def _forever(act: Callable[[], Awaitable[None]]) -> None:
    while True:
        await act()


def _row(name: str, report: RoundReport) -> Row:
    items = report.checked["h"] + report.checked["i"]
    return {
        "round": name,
        "items": items,
        "items with indexes": report.items,
        "seconds": report.took_s,
        "items/s": items / report.took_s,
        "with indexes/s": report.items / report.took_s,
        "mismatches": report.mismatches,
    }


async def _measure(accounts: int, items: int) -> list[Row]:
    with tempfile.TemporaryDirectory(prefix="earmark-bench-") as directory:
        state = Path(directory)
        store = EmbeddedStore(state / "store")
        await store.start()
        try:
            async with open_loop(LoopSettings(state=state)) as loop:
                names = await _fill(loop, accounts, items // 2, min(items // 2, 500))
                auditor = Auditor(loop.store, state, _UNBOUNDED)
                alone = await auditor.once()
                number = items

                async def enqueue() -> None:
                    nonlocal number
                    number += 1
                    await _say(loop, names[number % accounts], number, b"")

                beside = await _beside(enqueue, auditor.once())
                bounded = AuditorSettings(items_per_s=alone.items / 10)
                paced = await Auditor(loop.store, state, bounded).once()
        finally:
            await store.stop()
    return [
        _row("alone", alone),
        _row("beside enqueues", beside),
        _row(f"held to {alone.items / 10:.0f}/s", paced),
    ]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--items", type=int, default=50_000)
    parser.add_argument("--accounts", type=int, default=200)
    chosen = parser.parse_args()
    rows = asyncio.run(_measure(chosen.accounts, chosen.items))
    write("auditor", rows=rows, title="The auditor's rounds")


if __name__ == "__main__":
    main()
