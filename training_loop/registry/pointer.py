"""The part of the registry that lies in the store: which model serves, and who has it loaded."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from redis.asyncio import Redis
from redis.asyncio.client import PubSub

from training_loop.registry.errors import ServingChanged
from training_loop.store import keys
from training_loop.store.client import store_errors

GONE_AFTER_S = 10.0
"""A server that did not say which model it has for so long is not waited for."""

_SCRIPTS = Path(__file__).parent / "scripts"


@dataclass(frozen=True, slots=True, kw_only=True)
class Pointer:
    """Which model serves. `generation` rises with each change; 0 means none ever served."""

    model: str = ""
    fingerprint: str = ""
    previous: str = ""
    generation: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class InService:
    """What one server has loaded, after it dealt with the pointer's `generation`.

    `failure` is the code of the error that kept it from following, else empty.
    """

    model: str = ""
    fingerprint: str = ""
    generation: int = 0
    failure: str = ""


class ServingPointer:
    """Reads and changes the pointer. Raises StoreUnavailable when the store is away."""

    def __init__(self, client: Redis) -> None:
        self._client = client
        self._point = client.register_script((_SCRIPTS / "point.lua").read_text())
        self._acknowledge = client.register_script((_SCRIPTS / "acknowledge.lua").read_text())

    async def read(self) -> Pointer:
        with store_errors():
            fields = await self._client.hgetall(keys.SERVING_NLU)
        found = {_text(name): _text(value) for name, value in fields.items()}
        if not found:
            return Pointer()
        return Pointer(
            model=found["model"],
            fingerprint=found["fingerprint"],
            previous=found["previous"],
            generation=int(found["generation"]),
        )

    async def change(
        self, expected: Pointer, *, model: str, fingerprint: str, previous: str
    ) -> Pointer:
        """Raises ServingChanged when the pointer is no longer what the caller saw."""
        arguments = (expected.generation, model, fingerprint, previous, keys.SERVING_NLU_CHANGED)
        with store_errors():
            generation = int(await self._point(keys=[keys.SERVING_NLU], args=arguments))
        if generation < 0:
            raise ServingChanged("Another model was put into service in between.")
        return Pointer(
            model=model, fingerprint=fingerprint, previous=previous, generation=generation
        )

    async def acknowledge(self, server: str, in_service: InService) -> None:
        with store_errors():
            await self._acknowledge(
                keys=[keys.NLU_IN_SERVICE],
                args=[
                    server,
                    in_service.model,
                    in_service.fingerprint,
                    in_service.generation,
                    in_service.failure,
                    round(GONE_AFTER_S * 1000),
                ],
            )

    async def leave(self, server: str) -> None:
        """The server stops; nobody waits for it any more."""
        with store_errors():
            await self._client.hdel(keys.NLU_IN_SERVICE, server)

    async def servers(self) -> dict[str, InService]:
        """The servers that are alive and what each has loaded."""
        with store_errors():
            seconds, _ = await self._client.time()
            entries = await self._client.hgetall(keys.NLU_IN_SERVICE)
        alive = {}
        for server, written in entries.items():
            entry = json.loads(written)
            if entry.pop("at_ms") >= (seconds - GONE_AFTER_S) * 1000:
                alive[_text(server)] = InService(**entry)
        return alive

    @asynccontextmanager
    async def changes(self) -> AsyncIterator[PubSub]:
        """A subscription to changes of the pointer."""
        with store_errors():
            subscription = self._client.pubsub(ignore_subscribe_messages=True)
            try:
                await subscription.subscribe(keys.SERVING_NLU_CHANGED)
                yield subscription
            finally:
                await subscription.aclose()  # type: ignore[no-untyped-call]


def _text(value: bytes | str) -> str:
    return value.decode() if isinstance(value, bytes) else value
