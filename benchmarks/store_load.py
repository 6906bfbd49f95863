"""Work for the store's figures, in processes of their own: fill, enqueue, write, lend."""

from __future__ import annotations

import asyncio
import multiprocessing
import secrets
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path

from redis.asyncio import Redis

from training_loop.loop import Loop, open_loop
from training_loop.rights import CONSENT_TEXT_VERSION, ConsentShown, SettingsChange
from training_loop.settings import LoopSettings
from training_loop.store import keys
from training_loop.store.client import connect
from training_loop.store.script_runner import Scripts
from training_loop.utterance import CaptureContext

SHOWN = ConsentShown(text_version=CONSENT_TEXT_VERSION, channel="api")
ON = SettingsChange(improve_models=True, human_review=True)
OFF = SettingsChange(keep_history=False, improve_models=False, human_review=False)
RECORD = 400
"""Bytes of a sealed utterance: about twelve words with their times."""
AT_ONCE = 64
"""Independent callers of one process."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    url: str
    state: Path

    @property
    def settings(self) -> LoopSettings:
        return LoopSettings(state=self.state, store_url=self.url)


@dataclass(frozen=True, slots=True, kw_only=True)
class Consented:
    """An account that lets people listen, and the epochs it does so under."""

    account: str
    learning_epoch: int
    review_epoch: int


async def consented(loop: Loop, number: int) -> list[Consented]:
    return [await _consented(loop) for _ in range(number)]


async def _consented(loop: Loop) -> Consented:
    account = (await loop.accounts.create()).account
    await loop.rights.change(account, ON, SHOWN, secrets.token_hex(8))
    consent = await loop.sink.begin(CaptureContext(account=account, device="dev_load"))
    assert consent.learning_epoch is not None
    assert consent.review_epoch is not None
    return Consented(
        account=account,
        learning_epoch=consent.learning_epoch,
        review_epoch=consent.review_epoch,
    )


async def enqueue(scripts: Scripts, to: Consented) -> None:
    """One utterance without audio, as `Intake` stores it."""
    item = f"utt_{secrets.token_hex(8)}"
    done = await scripts.run(
        "enqueue",
        [
            keys.account(to.account),
            keys.arrival(to.account, item),
            keys.blob_intents(keys.shard_of(to.account)),
        ],
        [
            *(to.account, item, int(time.time() * 1000), 0, 600),
            *("", "", b"", to.learning_epoch, "", secrets.token_bytes(RECORD), to.review_epoch),
        ],
    )
    assert done[:2] == b"01", done


async def fill(loop: Loop, accounts: list[Consented], items: int) -> None:
    """Spread evenly, by many callers at once."""
    scripts = Scripts(loop.store)
    left = iter(range(items))

    async def caller() -> None:
        for number in left:
            await enqueue(scripts, accounts[number % len(accounts)])

    await asyncio.gather(*(caller() for _ in range(AT_ONCE)))


def enqueues_a_second(place: Place, processes: int, seconds: float) -> float:
    return _together(_enqueuing, place, processes, seconds)


def raw_writes_a_second(place: Place, processes: int, seconds: float) -> float:
    """`HSET` of a value of the same size, nothing else."""
    return _together(_writing, place, processes, seconds)


async def _enqueuing(place: Place, seconds: float) -> float:
    async with open_loop(place.settings) as loop:
        accounts = await consented(loop, 32)
        scripts = Scripts(loop.store)
        turns = iter(range(1 << 60))
        return await _rate(seconds, lambda: enqueue(scripts, accounts[next(turns) % 32]))


async def _writing(place: Place, seconds: float) -> float:
    store: Redis = connect(place.url)
    name = f"raw-{secrets.token_hex(4)}"
    try:
        return await _rate(seconds, lambda: _write(store, name))
    finally:
        await store.delete(name)
        await store.aclose()


async def _write(store: Redis, name: str) -> None:
    await store.hset(name, secrets.token_hex(8), secrets.token_bytes(RECORD))


async def _rate(seconds: float, call: Callable[[], Awaitable[None]]) -> float:
    done, until = 0, time.monotonic() + seconds

    async def caller() -> None:
        nonlocal done
        while time.monotonic() < until:
            await call()
            done += 1

    began = time.monotonic()
    await asyncio.gather(*(caller() for _ in range(AT_ONCE)))
    return done / (time.monotonic() - began)


def _together(
    work: Callable[[Place, float], Awaitable[float]], place: Place, processes: int, seconds: float
) -> float:
    with multiprocessing.get_context("spawn").Pool(processes) as pool:
        return sum(pool.starmap(_run, [(work, place, seconds)] * processes))


def _run(work: Callable[[Place, float], Awaitable[float]], place: Place, seconds: float) -> float:
    async def main() -> float:
        return await work(place, seconds)

    return asyncio.run(main())


def keep_busy(place: Place, stop: object) -> None:
    """Speaks and listens, at a steady rate, until told to stop."""
    asyncio.run(_busy(place, stop))


async def _busy(place: Place, stop: object) -> None:
    async with open_loop(place.settings) as loop:
        accounts = await consented(loop, 16)
        scripts = Scripts(loop.store)
        turn = 0
        while not stop.is_set():  # type: ignore[attr-defined]
            turn += 1
            began = time.monotonic()
            await asyncio.gather(
                *(enqueue(scripts, accounts[(turn + one) % 16]) for one in range(4)),
                *(_listen(loop) for _ in range(2)),
            )
            await asyncio.sleep(max(0.0, 0.04 - (time.monotonic() - began)))


async def _listen(loop: Loop) -> None:
    lease = await loop.queue.lease("load")
    if lease:
        await loop.queue.release(lease)
