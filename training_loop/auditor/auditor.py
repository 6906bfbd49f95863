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
from training_loop.auditor.erasure_check import ErasureCheck
from training_loop.auditor.export_check import CONFIRMED_WITHIN_S, ExportCheck
from training_loop.auditor.finding import Finding, RoundReport
from training_loop.auditor.key_pages import Place, key_pages
from training_loop.auditor.key_walk import KeyWalk
from training_loop.auditor.model_check import ModelCheck
from training_loop.auditor.pace import Pace
from training_loop.auditor.quarantine import Quarantine
from training_loop.auditor.shelf import open_shelf
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
    confirmed_within_s: float = CONFIRMED_WITHIN_S
    """How long recipients of exports have to confirm what they have to delete."""
    erased_within_s: float = 3_600.0
    """How long an erasure may take, and a second receipt after what it waits for was due."""


Alarm = Callable[[Finding], None]


class Auditor:
    """Walks what one store and one state directory retain. All of it raises StoreUnavailable."""

    def __init__(
        self,
        store: Redis,
        state: Path,
        settings: AuditorSettings | None = None,
        *,
        blobs_url: str = "",
        alarm: Alarm = lambda _finding: None,
    ) -> None:
        """`blobs_url`: the bucket that holds the audio; empty for the state directory. `alarm` is
        told each finding as it is made. Raises InvalidArgument for an address that is none."""
        self._store = store
        self._state = state
        self._settings = settings or AuditorSettings()
        self._alarm = alarm
        self._shelf = open_shelf(blobs_url, state / "blobs")
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

        self._erasures = ErasureCheck(store, within_s=self._settings.erased_within_s)
        self._exports = ExportCheck(
            store,
            within_s=self._settings.confirmed_within_s,
            grace_s=self._settings.retention_grace_s,
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
        place, container = await self._resumed() if resume else (Place(), "")
        if not container:
            async for after, found in key_pages(self._store, place):
                await self._keys.prepare(found)
                for key in found:
                    await self._keys.look(key, report)
                await self._remember(resume, after)
                yield
            await self._models.run(report)
            await self._erasures.run(report)
            await self._exports.run(report)
            yield
        blobs = BlobWalk(self._store, self._shelf, self._pace, grace_s=self._settings.blob_grace_s)
        for name in await blobs.names(container):
            await blobs.look(name, report)
            await self._remember(resume, Place(), name)
            yield
        await blobs.settle(report)
        await self._remember(resume, Place())
        yield

    async def _resumed(self) -> tuple[Place, str]:
        """Where the last round stopped: among the keys, or after a container of blobs."""
        with store_errors():
            known = await self._store.hgetall(keys.AUDITOR)
        written = {_text(name): _text(value) for name, value in known.items()}
        place = Place(
            slot=int(written.get("slot", 0)),
            cursor=int(written.get("cursor", 0)),
            server=written.get("server", ""),
        )
        return place, written.get("container", "")

    async def _remember(self, resume: bool, place: Place, container: str = "") -> None:
        if not resume:
            return
        items: list[Any] = ["slot", place.slot, "cursor", place.cursor, "server", place.server]
        with store_errors():
            await self._store.hset(keys.AUDITOR, items=[*items, "container", container])


def _text(value: Any) -> str:
    return value.decode(errors="replace") if isinstance(value, bytes) else str(value)
