"""The part of the registry that lies in the store: which model serves, and who has it loaded."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import asdict, dataclass
from enum import Enum
from pathlib import Path

from redis.asyncio import Redis
from redis.asyncio.client import PubSub

from training_loop.audit.log import AuditLog
from training_loop.errors import StoreUnavailable
from training_loop.registry.errors import ServingChanged
from training_loop.registry.pointer_change import ACTION, MACHINE, Cause, PointerChange
from training_loop.store import keys
from training_loop.store.client import store_errors
from training_loop.store.script_runner import text
from training_loop.training.trainer import ModelKind

GONE_AFTER_S = 10.0
"""A server that did not say which model it has for so long is not waited for."""

_SCRIPTS = Path(__file__).parent / "scripts"
_CHANGE = "change:"


class Stage(Enum):
    """How a candidate is tried before it serves."""

    SHADOW = "shadow"
    """It sees the same requests; nobody gets its answers."""
    CANARY = "canary"
    """It answers a share of the sessions."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TakenOut:
    """A model that was taken out of service since people fared worse with it, and why."""

    model: str
    reasons: tuple[str, ...]
    """In words."""
    figures: Mapping[str, str]
    """For the audit log."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pointer:
    """Which model serves. `generation` rises with each change; 0 means none ever served."""

    model: str = ""
    fingerprint: str = ""
    previous: str = ""
    generation: int = 0
    released_ms: int = 0
    """When it was released, Unix time of the store; 0 where it came back into service."""
    taken_out: TakenOut | None = None
    """The last one that was taken out, whatever changed since."""


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
    """Reads and changes the pointer of one kind of model. Raises StoreUnavailable when the store
    is away."""

    def __init__(self, client: Redis, kind: ModelKind = ModelKind.NLU) -> None:
        self.kind = kind
        self._client = client
        self._audit = AuditLog(client)
        self._serving = keys.serving_model(kind.value)
        self._changed = keys.serving_model_changed(kind.value)
        self._in_service = keys.models_in_service(kind.value)
        self._staged = keys.staged_models(kind.value)
        self._point = client.register_script((_SCRIPTS / "point.lua").read_text())
        self._acknowledge = client.register_script((_SCRIPTS / "acknowledge.lua").read_text())

    async def read(self) -> Pointer:
        with store_errors():
            fields = await self._client.hgetall(self._serving)
        found = {text(name): text(value) for name, value in fields.items()}
        if not found:
            return Pointer()
        return Pointer(
            model=found["model"],
            fingerprint=found["fingerprint"],
            previous=found["previous"],
            generation=int(found["generation"]),
            released_ms=int(found.get("released_ms") or 0),
            taken_out=_taken_out(found.get("taken_out", "")),
        )

    async def change(
        self,
        expected: Pointer,
        *,
        model: str,
        fingerprint: str,
        previous: str,
        released_ms: int = 0,
        taken_out: TakenOut | None = None,
        cause: Cause = Cause.RELEASED,
        by: str = MACHINE,
    ) -> Pointer:
        """Raises ServingChanged when the pointer is no longer what the caller saw. What was
        `taken_out` is noted in the same step, and so is what the audit log gets to know, `by`
        whom and why: see `audited`."""
        noted = json.dumps(asdict(taken_out)) if taken_out else ""
        change = PointerChange(
            before=expected.model, after=model, cause=cause, by=by, generation=0
        ).to_json()
        pointed = (expected.generation, model, fingerprint, previous, self._changed)
        arguments = (*pointed, released_ms, noted, change)
        with store_errors():
            generation = int(await self._point(keys=[self._serving], args=arguments))
        if generation < 0:
            raise ServingChanged("Another model was put into service in between.")
        with suppress(StoreUnavailable):  # whoever looks next records it
            await self.audited()
        return Pointer(
            model=model,
            fingerprint=fingerprint,
            previous=previous,
            generation=generation,
            released_ms=released_ms,
            taken_out=taken_out or expected.taken_out,
        )

    async def audited(self) -> None:
        """Brings changes of the pointer into the audit log that are not there yet: the last one,
        and what a process that died meanwhile left. Such a one may stand there twice, with the same
        generation."""
        with store_errors():
            fields = await self._client.hgetall(self._serving)
        for name, written in sorted(fields.items()):
            if not text(name).startswith(_CHANGE):
                continue
            generation = int(text(name).removeprefix(_CHANGE))
            change = PointerChange.from_json(text(written), generation)
            await self._audit.record(
                change.by,
                ACTION,
                subject=change.after or change.before,
                detail=change.detail(self.kind.value),
                request_id=f"{ACTION} {self.kind.value} {generation}",
            )
            with store_errors():
                await self._client.hdel(self._serving, name)

    async def now_ms(self) -> int:
        """Unix time by the store's clock."""
        with store_errors():
            seconds, microseconds = await self._client.time()
        return int(seconds) * 1000 + int(microseconds) // 1000

    async def staged(self) -> Mapping[Stage, str]:
        """The candidates that are tried now."""
        with store_errors():
            found = await self._client.hgetall(self._staged)
        return {Stage(text(stage)): text(model) for stage, model in found.items()}

    async def stage(self, stage: Stage, model: str) -> None:
        """Tries a candidate, or nothing where `model` is empty; whoever watches is told."""
        with store_errors():
            if model:
                await self._client.hset(self._staged, stage.value, model)
            else:
                await self._client.hdel(self._staged, stage.value)
            await self._client.publish(self._changed, stage.value)

    async def acknowledge(self, server: str, in_service: InService) -> None:
        with store_errors():
            await self._acknowledge(
                keys=[self._in_service],
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
            await self._client.hdel(self._in_service, server)

    async def servers(self) -> dict[str, InService]:
        """The servers that are alive and what each has loaded."""
        with store_errors():
            seconds, _ = await self._client.time()
            entries = await self._client.hgetall(self._in_service)
        alive = {}
        for server, written in entries.items():
            entry = json.loads(written)
            if entry.pop("at_ms") >= (seconds - GONE_AFTER_S) * 1000:
                alive[text(server)] = InService(**entry)
        return alive

    async def used(self) -> frozenset[str]:
        """The models that answer anybody now or are tried: what serves, what any live server has
        loaded, shadow and canary."""
        loaded = {state.model for state in (await self.servers()).values()}
        tried = set((await self.staged()).values())
        return frozenset({(await self.read()).model, *loaded, *tried} - {""})

    @asynccontextmanager
    async def changes(self) -> AsyncIterator[PubSub]:
        """A subscription to changes of the pointer and of what is tried."""
        with store_errors():
            subscription = self._client.pubsub(ignore_subscribe_messages=True)
            try:
                await subscription.subscribe(self._changed)
                yield subscription
            finally:
                await subscription.aclose()  # type: ignore[no-untyped-call]


def _taken_out(noted: str) -> TakenOut | None:
    if not noted:
        return None
    fields = json.loads(noted)
    return TakenOut(
        model=fields["model"], reasons=tuple(fields["reasons"]), figures=fields["figures"]
    )
