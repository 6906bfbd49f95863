"""How it is often done, and why it is not enough: a flag that the client asks for, one queue.

It exists for the harness to find its faults.
"""

from __future__ import annotations

import secrets
from collections.abc import AsyncIterator, Iterable, Mapping
from contextlib import asynccontextmanager
from pathlib import Path

from redis.asyncio import Redis

from benchmarks.stress.subject import (
    Capture,
    Erased,
    Found,
    Holder,
    Kept,
    Left,
    Lent,
    Withdrawn,
)
from training_loop.store.client import connect, store_errors
from training_loop.store.script_runner import text

_ITEMS, _READY, _REVIEWED = "naive:items", "naive:ready", "naive:reviewed"


@asynccontextmanager
async def open_naive(url: str, state: Path, services: tuple[str, ...] = ()) -> AsyncIterator[Naive]:
    store = connect(url)
    try:
        yield Naive(store)
    finally:
        await store.aclose()


class Naive:
    def __init__(self, store: Redis) -> None:
        self._store = store

    async def create(self) -> Holder:
        return Holder(account=f"acc_{secrets.token_hex(8)}")

    def adopt(self, holder: Holder) -> None:
        """Nobody proves anything here."""

    async def opt_in(self, account: str, request: str) -> None:
        await self._switch(account, "on")

    async def opt_out(self, account: str, request: str) -> Withdrawn:
        return Withdrawn(epoch=await self._switch(account, "off"))

    async def erase(self, account: str) -> Erased:
        await self._switch(account, "off")
        return Erased()

    async def capture(self, account: str) -> Capture | None:
        epoch = await self._consent(account)
        said = secrets.token_hex(8)
        return Capture(account=account, said=said, epoch=epoch) if epoch else None

    async def keep(self, capture: Capture) -> Kept:
        with store_errors():
            await self._store.hset(_ITEMS, capture.said, f"{capture.account} {'x' * 200}")
            await self._store.lpush(_READY, capture.said)
        return Kept(item=capture.said)

    async def lease(self) -> Lent | None:
        with store_errors():
            popped = await self._store.rpop(_READY)
            if not isinstance(popped, bytes):
                return None
            item = text(popped)
            value = await self._store.hget(_ITEMS, item)
        account = text(value or "- ").split()[0]
        return Lent(account=account, item=item, token=secrets.token_hex(8), handle=None)

    async def read(self, lent: Lent) -> Found | None:
        if not await self._consent(lent.account):
            return None
        with store_errors():
            there = await self._store.hget(_ITEMS, lent.item)
        return Found(account=lent.account, item=lent.item, said=lent.item) if there else None

    async def ack(self, lent: Lent) -> bool:
        with store_errors():
            await self._store.hset(_REVIEWED, lent.item, lent.account)
        return True

    async def learn(self) -> AsyncIterator[Found]:
        with store_errors():
            found = await self._store.hgetall(_REVIEWED)
        for item, account in found.items():
            if await self._consent(text(account)):
                yield Found(account=text(account), item=text(item), said=text(item))

    async def browse(self, account: str) -> list[Found]:
        return []

    async def oversee(self) -> None:
        with store_errors():
            await self._store.llen(_READY)

    async def left(self, accounts: Iterable[str]) -> Mapping[str, Left]:
        with store_errors():
            ready = await self._store.lrange(_READY, 0, -1)
            found = await self._store.hkeys(_REVIEWED)
        reviewed = frozenset(map(text, found))
        items = reviewed | frozenset(map(text, ready))
        return {
            account: Left(epoch=await self._consent(account), items=items, reviewed=reviewed)
            for account in accounts
        }

    async def _switch(self, account: str, to: str) -> int:
        with store_errors():
            epoch = int(await self._store.hincrby(f"naive:{account}", "epoch", 1))
            await self._store.hset(f"naive:{account}", "flag", to)
        return epoch

    async def _consent(self, account: str) -> int:
        with store_errors():
            flag, epoch = await self._store.hmget(f"naive:{account}", ["flag", "epoch"])
        return int(epoch) if flag == b"on" and epoch else 0
