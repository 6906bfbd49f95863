"""How long a data set takes: made of 100,000 reviewed items with consent asked for each account,
read again, and asked for its tombstones.

python -m benchmarks.dataset_snapshot [--items 100000] [--accounts 1000]

The items are sealed as the loop seals them and written to a real embedded store; they have no
audio, which a snapshot does not read.
"""

from __future__ import annotations

import argparse
import asyncio
import tempfile
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

from rich.progress import track

from benchmarks.report import write
from training_loop.consent.account_record import read_account
from training_loop.consent.policy import Purpose
from training_loop.loop import Loop, open_loop
from training_loop.queue.intake import key_purpose
from training_loop.queue.record import Place, seal_review, seal_utterance
from training_loop.queue.review import Review
from training_loop.rights import CONSENT_TEXT_VERSION, ConsentShown, SettingsChange
from training_loop.settings import LoopSettings
from training_loop.store import keys
from training_loop.store.supervisor import EmbeddedStore
from training_loop.utterance import SpokenWord, Utterance

GOAL_S = 60.0
_AT_ONCE = 16
_INTENTS = ("set_timer", "switch_on", "switch_off", "add_item", "weather", "stop")
_WORDS = ["please", "set", "the", "timer", "in", "the", "kitchen", "for", "ten", "more", "minutes"]


async def _fill(loop: Loop, count: int, first: int) -> None:
    """Puts sealed utterances and reviews of a new account where intake and settling put them."""
    account = (await loop.accounts.create(child=False, time_zone="UTC")).account
    on = SettingsChange(keep_history=False, improve_models=True, human_review=True)
    shown = ConsentShown(text_version=CONSENT_TEXT_VERSION, channel="api")
    await loop.rights.change(account, on, shown, f"benchmark-{first}")
    container = (await read_account(loop.store, account)).containers[Purpose.LEARNING]
    purpose = key_purpose(Purpose.LEARNING, container.epoch)
    key = loop.vault.unwrap(account, purpose, container.wrapped_key)
    said = Utterance(
        utterance_id="",
        account=account,
        device="dev_kitchen",
        captured_at_s=time.time(),
        pcm=b"",
        heard=" ".join(_WORDS),
        confidence=0.9,
        words=tuple(
            SpokenWord(text=word, start_ms=n * 200, end_ms=n * 200 + 180, confidence=0.9)
            for n, word in enumerate(_WORDS)
        ),
        intent="set_timer",
        intent_confidence=0.8,
    )
    items: dict[str, bytes] = {}
    reviews: dict[str, bytes] = {}
    for number in range(first, first + count):
        item = f"utt_{number:020d}"
        place = Place(
            account=account, purpose=Purpose.LEARNING.value, epoch=container.epoch, item=item
        )
        text = f"{' '.join(_WORDS)} number {number}"
        review = Review(text=text, intent=_INTENTS[number % len(_INTENTS)], reviewer="a+b")
        items[item] = b"|0|" + seal_utterance(key, place, replace(said, utterance_id=item))
        reviews[item] = seal_review(key, place, review)
    filled: Any = loop.store.pipeline(transaction=False)
    filled.hset(keys.learning_items(account, container.epoch), mapping=items)
    filled.hset(keys.reviewed(account, container.epoch), mapping=reviews)
    await filled.execute()


async def _measure(items: int, accounts: int) -> dict[str, float]:
    with tempfile.TemporaryDirectory(prefix="earmark-") as directory:
        settings = LoopSettings(state=Path(directory))
        store = EmbeddedStore(settings.store_directory)
        await store.start()
        try:
            async with open_loop(settings, serve=True) as loop:
                each = items // accounts
                for number in track(range(0, accounts, _AT_ONCE), "filling the store"):
                    some = range(number, min(number + _AT_ONCE, accounts))
                    await asyncio.gather(*(_fill(loop, each, one * each) for one in some))
                return await _timed(loop)
        finally:
            await store.stop()


async def _timed(loop: Loop) -> dict[str, float]:
    figures: dict[str, float] = {}

    def took(what: str, began: float) -> None:
        figures[what] = time.perf_counter() - began

    began, worked = time.perf_counter(), time.process_time()
    manifest = await loop.datasets.create()
    took("create_s", began)
    figures["create_cpu_s"] = time.process_time() - worked
    began = time.perf_counter()
    read = [1 async for _ in loop.datasets.read(manifest.name)]
    took("read_s", began)
    began = time.perf_counter()
    gone = await loop.datasets.tombstones(manifest.name)
    took("tombstones_s", began)
    began = time.perf_counter()
    await loop.datasets.manifest(manifest.name)
    took("verify_signature_s", began)
    assert len(read) == len(manifest.items)
    assert gone == 0
    return figures | {"items": len(manifest.items), "manifest_bytes": len(manifest.to_bytes())}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--items", type=int, default=100_000)
    parser.add_argument("--accounts", type=int, default=1_000)
    chosen = parser.parse_args()
    figures = asyncio.run(_measure(chosen.items, chosen.accounts))
    rounded = {name: round(value, 2) for name, value in figures.items()}
    write("dataset_snapshot", rounded | {"accounts": chosen.accounts, "create_goal_s": GOAL_S})


if __name__ == "__main__":
    main()
