"""The archive of an account: JSON for each store, recordings, and a page to read."""

from __future__ import annotations

import asyncio
import json
import time
import zoneinfo
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import ExitStack, asynccontextmanager, contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Final
from zipfile import ZIP_DEFLATED, ZIP_STORED, ZipFile

from redis.asyncio import Redis

from training_loop.audit.log import AuditLog
from training_loop.consent.account_record import read_account
from training_loop.consent.consent_log import ConsentLog
from training_loop.consent.errors import ExportFailed, ExportInProgress, UtteranceNotFound
from training_loop.consent.history import History
from training_loop.consent.one_utterance import OneUtterance
from training_loop.erasure.own_stores import UtteranceStore
from training_loop.erasure.registered import PersonalStores
from training_loop.export import page
from training_loop.export.sealed_spool import SealedSpool
from training_loop.export.sound import wav
from training_loop.rights import Explanation

AT_ONCE: Final = 2
"""Archives that one process makes at a time."""
READ_AT_ONCE: Final = 4
"""Utterances in memory, each with at most four megabytes of sound."""


class Exports:
    """Makes archives in sealed temporary files, and hands them out."""

    def __init__(
        self,
        store: Redis,
        history: History,
        utterances: OneUtterance,
        consents: ConsentLog,
        personal_stores: PersonalStores,
        audit: AuditLog,
        directory: Path,
    ) -> None:
        self._store = store
        self._history = history
        self._utterances = utterances
        self._consents = consents
        self._personal_stores = personal_stores
        self._audit = audit
        self._directory = directory
        self._making = asyncio.Semaphore(AT_ONCE)
        self._open: set[str] = set()

    @asynccontextmanager
    async def export(self, account: str) -> AsyncIterator[AsyncIterator[bytes]]:
        """Implements `PrivacyRights.export`; one at a time for an account."""
        await read_account(self._store, account)
        if account in self._open:
            raise ExportInProgress("an archive of this account is being made or fetched already")
        self._open.add(account)
        try:
            with ExitStack() as files:
                async with self._making:
                    with _room():
                        spool = files.enter_context(SealedSpool(self._directory))
                        await self._make(account, spool)
                await self._audit.record("holder", "export_made", account=account)
                yield self._chunks(account, spool)
        finally:
            self._open.discard(account)

    async def _chunks(self, account: str, spool: SealedSpool) -> AsyncIterator[bytes]:
        """Stops with AccountGone when the account is deleted while its archive is fetched."""
        chunks = spool.chunks()
        while True:
            with _room():
                chunk = await asyncio.to_thread(next, chunks, b"")
            if not chunk:
                return
            await read_account(self._store, account)
            yield chunk

    async def _make(self, account: str, spool: SealedSpool) -> None:
        stores = {
            store.name: await store.export(account)
            for store in self._personal_stores
            if store.name != UtteranceStore.name
        }
        record = await read_account(self._store, account)
        facts = page.PageFacts(
            made_at_s=time.time(),
            zone=zoneinfo.ZoneInfo(record.time_zone),
            settings=record.consent.settings,
            consents=await self._consents.all(account),
            stores=stores,
        )
        with ExitStack() as files:
            rows = files.enter_context(SealedSpool(self._directory))
            lines = files.enter_context(SealedSpool(self._directory))
            archive = _Archive(spool, rows, lines, facts)
            async for some in self._explained(account, facts):
                await asyncio.to_thread(archive.add, some)
            await asyncio.to_thread(archive.finish)

    async def _explained(
        self, account: str, facts: page.PageFacts
    ) -> AsyncIterator[Sequence[Explanation]]:
        """Every utterance, newest first; one that is deleted meanwhile is left out."""

        async def explain(item: str) -> Explanation | None:
            try:
                return await self._utterances.explain_under(
                    account, item, facts.settings, facts.consents, with_audio=True
                )
            except UtteranceNotFound:
                return None

        async for ids in self._history.ids(account):
            for start in range(0, len(ids), READ_AT_ONCE):
                found = await asyncio.gather(*map(explain, ids[start : start + READ_AT_ONCE]))
                yield [one for one in found if one is not None]


class _Archive:
    """Writes recordings as they come, and keeps page and JSON aside until the end."""

    def __init__(
        self, spool: SealedSpool, rows: SealedSpool, lines: SealedSpool, facts: page.PageFacts
    ) -> None:
        self._zip = ZipFile(spool, "w", ZIP_DEFLATED)
        self._rows = rows
        self._lines = lines
        self._facts = facts
        self._count = 0

    def add(self, explained: Sequence[Explanation]) -> None:
        for one in explained:
            self._add(one)

    def _add(self, explained: Explanation) -> None:
        said = explained.utterance
        if said.pcm:
            name = f"recordings/{said.utterance_id}.wav"
            self._zip.writestr(name, wav(said.pcm), compress_type=ZIP_STORED)
        self._rows.write(page.row(explained, self._facts.zone).encode())
        self._lines.write(b",\n" if self._count else b"\n")
        self._lines.write(_json(_fields(explained)))
        self._count += 1

    def finish(self) -> None:
        for name, held in self._facts.stores.items():
            self._zip.writestr(f"{name}.json", _json(held))
        self._put(f"{UtteranceStore.name}.json", b'{"utterances": [', self._lines, b"\n]}")
        begin, end = page.beginning(self._facts).encode(), page.end().encode()
        self._put("index.html", begin, self._rows, end)
        self._zip.close()

    def _put(self, name: str, begin: bytes, middle: SealedSpool, end: bytes) -> None:
        with self._zip.open(name, "w", force_zip64=True) as file:
            file.write(begin)
            for chunk in middle.chunks():
                file.write(chunk)
            file.write(end)


def _fields(explained: Explanation) -> Mapping[str, object]:
    said = asdict(explained.utterance)
    recording = f"recordings/{said['utterance_id']}.wav" if said.pop("pcm") else None
    kept = [asdict(one) for one in explained.kept]
    return {**said, "recording": recording, "kept": kept}


def _json(value: object) -> bytes:
    return json.dumps(value, ensure_ascii=False, default=str).encode()


@contextmanager
def _room() -> Iterator[None]:
    """The disk's refusals as ours."""
    try:
        yield
    except OSError as error:
        raise ExportFailed("the archive could not be written") from error
