"""Rotates the master key of a store with many wrapped keys, while accounts go on living.

    python -m benchmarks.key_rotation [--keys 100000] [--households 8]

The rotation is the command `training-loop keys rotate`, a process of its own. Meanwhile households
capture, opt in and out, read their history and are reviewed; each call is timed and counted, and
each failure. The same load alone comes first, to compare.
"""

from __future__ import annotations

import argparse
import asyncio
import itertools
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Awaitable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from benchmarks.report import Row, write
from training_loop.errors import EarmarkError
from training_loop.loop import Loop, open_loop
from training_loop.rights import CONSENT_TEXT_VERSION, ConsentShown, SettingsChange
from training_loop.settings import LoopSettings
from training_loop.store import keys
from training_loop.store.supervisor import EmbeddedStore
from training_loop.utterance import CaptureContext, Utterance
from training_loop.vault.account_vault import DATA

_KEYS_AN_ACCOUNT = 3
_AT_ONCE = 2000
_ALONE_S = 5.0
_SHOWN = ConsentShown(text_version=CONSENT_TEXT_VERSION, channel="api")
_ON = SettingsChange(keep_history=True, improve_models=True, human_review=True)
_OFF = SettingsChange(keep_history=False, improve_models=False, human_review=False)


@dataclass(slots=True)
class Calls:
    """What was asked of the loop, how long it took, and what failed."""

    took_s: dict[str, list[float]] = field(default_factory=dict)
    failed: Counter[str] = field(default_factory=Counter)

    async def time(self, name: str, call: Awaitable[object]) -> object:
        began_s = time.perf_counter()
        try:
            return await call
        except EarmarkError as error:
            self.failed[f"{name}: {error.code}"] += 1
            return None
        finally:
            self.took_s.setdefault(name, []).append(time.perf_counter() - began_s)

    def rows(self, when: str) -> list[Row]:
        return [
            {
                "when": when,
                "call": name,
                "calls": len(took),
                "failed": sum(n for what, n in self.failed.items() if what.startswith(f"{name}:")),
                "p50_ms": _percentile_ms(took, 0.5),
                "p99_ms": _percentile_ms(took, 0.99),
                "worst_ms": max(took) * 1000,
            }
            for name, took in sorted(self.took_s.items())
        ]


def _percentile_ms(took_s: list[float], share: float) -> float:
    return sorted(took_s)[min(len(took_s) - 1, int(len(took_s) * share))] * 1000


async def _fill(loop: Loop, accounts: int) -> None:
    """Accounts with three wrapped keys each, as an account has that consents to everything."""
    for first in range(0, accounts, _AT_ONCE):
        pipeline = loop.store.pipeline(transaction=False)
        for number in range(first, min(first + _AT_ONCE, accounts)):
            account = f"acc_{number:024d}"
            fields: dict[Any, Any] = {
                "state": "live",
                "data_key": loop.vault.new_wrapped_key(account, DATA),
            }
            for purpose in ("history", "learning"):
                fields[f"{purpose}_epoch"] = "1"
                fields[f"{purpose}_key"] = loop.vault.new_wrapped_key(account, f"{purpose}/1")
            pipeline.hset(keys.account(account), mapping=fields)
        await pipeline.execute()


async def _household(loop: Loop, calls: Calls, over: asyncio.Event) -> None:
    account = (await loop.accounts.create()).account
    numbers = itertools.count()
    while not over.is_set():
        number = next(numbers)
        on = loop.rights.change(account, _ON, _SHOWN, f"on-{number}")
        await calls.time("opt in", on)
        for part in range(3):
            await calls.time("capture", _say(loop, account, f"utt_{number}_{part}"))
        await calls.time("history", loop.rights.history(account, 10))
        await calls.time("review", _review(loop))
        off = loop.rights.change(account, _OFF, _SHOWN, f"off-{number}")
        await calls.time("opt out", off)
        await calls.time("new account", loop.accounts.create())


async def _say(loop: Loop, account: str, utterance_id: str) -> None:
    consent = await loop.sink.begin(CaptureContext(account=account, device="dev"))
    fate = await loop.sink.keep(
        Utterance(
            utterance_id=utterance_id,
            account=account,
            device="dev",
            captured_at_s=time.time(),
            pcm=bytes(32_000),
            heard="set a timer",
            confidence=0.9,
            words=(),
            alternatives=(),
            intent="set_timer",
            intent_confidence=0.9,
            entities=(),
            answer="done",
        ),
        consent,
    )
    assert fate.kept
    assert fate.queued


async def _review(loop: Loop) -> None:
    lease = await loop.queue.lease("reviewer")
    if lease:
        try:
            await loop.queue.read(lease)
        except EarmarkError as error:
            if error.code != "LEASE_LOST":  # its account opted out meanwhile
                raise


async def _under_load(loop: Loop, households: int, work: Awaitable[float]) -> tuple[Calls, float]:
    calls, over = Calls(), asyncio.Event()
    async with asyncio.TaskGroup() as group:
        for _ in range(households):
            group.create_task(_household(loop, calls, over))
        took_s = await work
        over.set()
    return calls, took_s


async def _pause() -> float:
    await asyncio.sleep(_ALONE_S)
    return _ALONE_S


async def _rotate(state: Path) -> float:
    began_s = time.perf_counter()
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "training_loop.cli", "keys", "rotate", "--state", str(state)),
        stderr=asyncio.subprocess.DEVNULL,
    )
    assert await process.wait() == 0
    return time.perf_counter() - began_s


async def run(wrapped_keys: int, households: int) -> None:
    with tempfile.TemporaryDirectory(prefix="earmark-rotation-") as directory:
        settings = LoopSettings(state=Path(directory) / "state")
        store = EmbeddedStore(settings.store_directory)
        await store.start()
        try:
            async with open_loop(settings) as loop:
                await _fill(loop, -(-wrapped_keys // _KEYS_AN_ACCOUNT))
                before, _ = await _under_load(loop, households, _pause())
                during, took_s = await _under_load(loop, households, _rotate(settings.state))
                status = await loop.rotation.status()
        finally:
            await store.stop()
    rows = before.rows("before") + during.rows("during")
    figures: Row = {
        "keys": sum(status.wrapped_by.values()),
        "versions_left": len(status.wrapped_by),
        "rotation_s": took_s,
        "calls_meanwhile": sum(map(len, during.took_s.values())),
        "failed_meanwhile": during.failed.total(),
        "failed_before": before.failed.total(),
    }
    write("key_rotation", figures, rows=rows, title="Calls before and during a rotation")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--keys", type=int, default=100_000)
    parser.add_argument("--households", type=int, default=8)
    arguments = parser.parse_args()
    asyncio.run(run(arguments.keys, arguments.households))


if __name__ == "__main__":
    main()
