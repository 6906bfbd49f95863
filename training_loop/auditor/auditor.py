"""Rounds over everything that is retained: keys, audio, models."""

from __future__ import annotations

import logging
import time
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from redis.asyncio import Redis

from training_loop.auditor.blob_walk import BlobWalk
from training_loop.auditor.container_check import ContainerCheck
from training_loop.auditor.finding import Finding, RoundReport
from training_loop.auditor.key_walk import KeyWalk, of_several_servers
from training_loop.auditor.model_check import ModelCheck
from training_loop.auditor.pace import Pace
from training_loop.auditor.quarantine import Quarantine
from training_loop.store import keys
from training_loop.store.client import store_errors

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditorSettings:
    """`items_per_s`: 0 for no bound."""

    items_per_s: float = 5_000.0
    retention_grace_s: float = 3_600.0
    """How late the sweep may be."""
    blob_grace_s: float = 300.0
    """Younger files are left to those who write them."""
    model_replaced_within_s: float = 7 * 86_400.0
    """How long a model may serve that learned from something that was withdrawn since."""


Alarm = Callable[[Finding], None]


class Auditor:
    """Walks what one store and one state directory retain. All of it raises StoreUnavailable."""

    def __init__(
        self,
        store: Redis,
        state: Path,
        settings: AuditorSettings | None = None,
        *,
        alarm: Alarm = lambda _finding: None,
    ) -> None:
        """`alarm` is told each finding as it is made."""
        self._store = store
        self._state = state
        self._settings = settings or AuditorSettings()
        self._alarm = alarm
        self._pace = Pace(self._settings.items_per_s)
        containers = ContainerCheck(
            store, Quarantine(store), grace_s=self._settings.retention_grace_s
        )
        self._keys = KeyWalk(store, containers, self._pace)
        self._models = ModelCheck(
            store,
            state / "registry",
            containers,
            replaced_within_s=self._settings.model_replaced_within_s,
        )

    async def once(self, *, resume: bool = False) -> RoundReport:
        """One round. With `resume` it goes on where a round that did not end has stopped."""
        report = RoundReport()
        async for _ in self.round(report, resume=resume):
            pass
        return report

    async def round(self, report: RoundReport, *, resume: bool = False) -> AsyncIterator[None]:
        """A round step by step; `report` fills as it goes."""
        began, told = time.monotonic(), 0
        async for _ in self._steps(report, resume=resume):
            for finding in report.findings[told:]:
                _log.error(
                    "mismatch: %d of kind %s, %s, %s",
                    finding.items,
                    finding.kind,
                    finding.reason.value,
                    "set aside" if finding.set_aside else "left where it is",
                )
                self._alarm(finding)
            told = len(report.findings)
            report.took_s = time.monotonic() - began
            yield

    async def _steps(self, report: RoundReport, *, resume: bool) -> AsyncIterator[None]:
        place = await self._resumed() if resume else _Place()
        if not place.container:
            async for cursor, found in self._keys.pages(place.cursor):
                await self._keys.prepare(found)
                for key in found:
                    await self._keys.look(key, report)
                await self._remember(_Place(cursor=cursor), resume)
                yield
            await self._models.run(report)
            yield
        blobs = BlobWalk(
            self._store, self._state / "blobs", self._pace, grace_s=self._settings.blob_grace_s
        )
        for container in await blobs.names(place.container):
            await blobs.look(container, report)
            await self._remember(_Place(container=container), resume)
            yield
        await blobs.settle(report)
        await self._remember(_Place(), resume)
        yield

    async def _resumed(self) -> _Place:
        """Where the last round stopped; the beginning, if the server that knew has restarted."""
        with store_errors():
            known = await self._store.hgetall(keys.AUDITOR)
        written = {_text(name): _text(value) for name, value in known.items()}
        if written.get("server") != await self._server():
            return _Place(container=written.get("container", ""))
        return _Place(cursor=int(written["cursor"]), container=written["container"])

    async def _remember(self, place: _Place, resume: bool) -> None:
        if not resume:
            return
        items: list[Any] = ["cursor", place.cursor, "container", place.container]
        items += ["server", await self._server()]
        with store_errors():
            await self._store.hset(keys.AUDITOR, items=items)

    async def _server(self) -> str:
        """Cursors are good for one life of a server; those of a cluster are never kept."""
        if of_several_servers(self._store):
            return "cluster"
        with store_errors():
            return str((await self._store.info("server"))["run_id"])


@dataclass(frozen=True, slots=True, kw_only=True)
class _Place:
    """How far a round has come: among the keys, or after a container of blobs."""

    cursor: int = 0
    container: str = ""


def _text(value: Any) -> str:
    return value.decode(errors="replace") if isinstance(value, bytes) else str(value)
