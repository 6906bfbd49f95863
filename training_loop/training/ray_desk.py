"""What many tasks of one job share on a cluster: sealed files, and an actor that lends the key.

A key in a task's closure or arguments would lie in the cluster's tables or its object store; lent
by a method's short answer it goes from process to process, and dies with the job.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import ray

from training_loop.training.ray_parcel import THERE, Seal, pack, unpacking
from training_loop.training.ray_room import private_room


class Desk:
    """Lends the key of one job and hears of its results."""

    def __init__(self) -> None:
        self._key = b""
        self._told: list[Any] = []
        self._news = asyncio.Condition()

    async def keep(self, key: bytes) -> None:
        self._key = key

    async def key(self) -> bytes:
        return self._key

    async def tell(self, what: Any) -> None:
        """Never anything that was said: numbers and codes."""
        async with self._news:
            self._told.append(what)
            self._news.notify_all()

    async def told(self, known: int) -> list[Any]:
        """All there is, as soon as there is more than `known`."""
        async with self._news:
            await self._news.wait_for(lambda: len(self._told) > known)
            return list(self._told)


@dataclass(frozen=True, slots=True, kw_only=True)
class Shipment:
    """Files in the object store, for whoever is lent the key."""

    chunks: list[Any]
    """References to sealed bytes."""
    desk: Any


async def ship(files: Iterable[tuple[str, Path]], home: Path, key: bytes) -> Shipment:
    """Puts files into the cluster; they are gone when nobody refers to them. `home` is a private
    directory of this machine to pack them in."""
    desk: Any = ray.remote(num_cpus=0, max_restarts=0)(Desk).remote()
    await desk.keep.remote(key)
    seal = Seal(key, THERE)
    chunks = [ray.put(seal.close(chunk)) for chunk in pack(files, home)]
    return Shipment(chunks=chunks, desk=desk)


@contextmanager
def received(shipment: Shipment) -> Iterator[Path]:
    """The files in a private directory of a worker."""
    seal = Seal(ray.get(shipment.desk.key.remote()), THERE)
    with private_room() as room:
        with unpacking(room) as spool:
            for chunk in shipment.chunks:
                spool.write(seal.open(ray.get(chunk)))
        yield room
