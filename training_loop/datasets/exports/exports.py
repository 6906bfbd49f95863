"""Gives data sets away: to a named recipient, for a purpose, until a day."""

from __future__ import annotations

import asyncio
import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from redis.asyncio import Redis

from training_loop.audit.log import AuditLog
from training_loop.consent.reads import Reads
from training_loop.datasets.datasets import Datasets
from training_loop.datasets.errors import DatasetEmpty, ExportFailed
from training_loop.datasets.exports.audio_folder import AudioFolder
from training_loop.datasets.exports.delivery import age_recipient, check_target, packed, put
from training_loop.datasets.exports.description import describe
from training_loop.datasets.exports.kaldi import KaldiData
from training_loop.datasets.exports.ledger import ExportLedger
from training_loop.datasets.exports.nemo import NemoManifest
from training_loop.datasets.exports.parquet import ParquetFiles
from training_loop.datasets.exports.rasa_yaml import RasaYaml
from training_loop.datasets.exports.recipient_tokens import RecipientTokens
from training_loop.datasets.exports.record import ExportRecord, Format, check_terms
from training_loop.datasets.exports.row import Row, Writer
from training_loop.datasets.gold import GoldItem
from training_loop.datasets.holding import ConsentEnded, consents_held
from training_loop.datasets.item_ref import ItemRef
from training_loop.datasets.split import Split
from training_loop.datasets.uses import EXPORT_BEGINNING, ByConsent, Uses
from training_loop.errors import StoreUnavailable
from training_loop.review.annotation import AnnotationFault
from training_loop.training.workspace import workspace

_TRIES = 3
_WRITERS: dict[Format, Callable[[Path], Writer]] = {
    Format.RASA: RasaYaml,
    Format.AUDIO_FOLDER: AudioFolder,
    Format.NEMO: NemoManifest,
    Format.KALDI: KaldiData,
    Format.PARQUET: ParquetFiles,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """What is to be given to whom. `expires_at_s` is Unix time."""

    data_set: str
    format: Format
    recipient: str
    purpose: str
    expires_at_s: float
    target: Path
    """What must not be there yet: a directory, or the encrypted file."""
    splits: tuple[Split, ...] = (Split.TRAIN, Split.TEST)
    """The hold-out is given away only where it is named: whoever trains on it proves nothing."""
    age_key: str = ""
    """Encrypted to it unless empty."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Built:
    directory: Path
    names: tuple[str, ...]
    owned: ByConsent
    left_out: int


class Exports:
    """`work` is where exports are written before they are delivered: a swept, private place."""

    def __init__(
        self,
        datasets: Datasets,
        ledger: ExportLedger,
        audit: AuditLog,
        store: Redis,
        reads: Reads,
        *,
        work: Path,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._datasets = datasets
        self.ledger = ledger
        self.recipients = RecipientTokens(store, ledger, audit)
        self._audit = audit
        self._store = store
        self._reads = reads
        self._uses = Uses(store)
        self._work = work
        self._clock = clock

    async def deliver(
        self, order: Order, *, by: str, progress: Callable[[int], None] = lambda _: None
    ) -> ExportRecord:
        """Returns when the export is whole at its place, noted and in the audit log.

        What anybody withdraws before that is not in it: an opt-out that comes during the last
        moment waits for it, an earlier one makes it anew. `progress` is told how many items have
        been dealt with. `by`: "operator", or the pseudonym of a
        member of staff. Raises InvalidArgument, ExporterMissing, DatasetUnknown, DatasetTampered,
        DatasetEmpty, ExportFailed (a full disk), StoreUnavailable; then nothing was given away.
        """
        check_terms(order.recipient, order.purpose, order.expires_at_s, self._clock())
        await asyncio.to_thread(check_target, order.target)
        key = age_recipient(order.age_key) if order.age_key else None
        for _ in range(_TRIES):
            export = EXPORT_BEGINNING + secrets.token_hex(8)
            try:
                with workspace(self._work) as room:
                    return await self._once(order, export, room, key, by, progress)
            except ConsentEnded:
                continue
            except OSError as fault:
                raise ExportFailed(f"The export could not be written ({fault.strerror}).") from None
        raise StoreUnavailable("Consents kept changing while the export was made.")

    async def _once(
        self,
        order: Order,
        export: str,
        room: Path,
        key: object | None,
        by: str,
        progress: Callable[[int], None],
    ) -> ExportRecord:
        record = ExportRecord(
            export=export,
            data_set=order.data_set,
            format=order.format,
            recipient=order.recipient,
            purpose=order.purpose,
            created_at_s=self._clock(),
            expires_at_s=order.expires_at_s,
            items=0,
            encrypted=key is not None,
        )
        built = await self._build(order, export, room, progress)
        record = replace(record, items=len(built.names), left_out=built.left_out)
        await asyncio.to_thread(describe, built.directory, record)
        try:
            await self.ledger.open(record, built.names)
            await self._uses.note(export, built.owned)
            return await self._hand_over(order, record, built, key, by)
        except BaseException:
            await self.ledger.drop(export)
            await self._uses.forget(export, {account for account, _ in built.owned})
            raise

    async def _hand_over(
        self, order: Order, record: ExportRecord, built: _Built, key: object | None, by: str
    ) -> ExportRecord:
        """Noted as delivered before it is: a process that dies in between leaves a recipient that
        is asked to delete what it never got, not one that is never asked."""
        packing = packed(built.directory, order.target, key)
        finished = await asyncio.to_thread(packing.__enter__)
        try:
            async with consents_held(self._store, self._reads, built.owned):
                record = replace(record, delivered=True)
                await self.ledger.write(record)
                await self._audit.record(
                    by, "data_exported", subject=record.export, detail=_told(record)
                )
                await asyncio.to_thread(put, finished, order.target)
        finally:
            await asyncio.to_thread(packing.__exit__, None, None, None)
        return record

    async def _build(
        self, order: Order, export: str, room: Path, progress: Callable[[int], None]
    ) -> _Built:
        directory = room / "export"
        directory.mkdir(mode=0o700)
        writer = _WRITERS[order.format](directory)
        owned: dict[tuple[str, int], set[ItemRef]] = {}
        names: list[str] = []
        left_out = 0
        found = self._datasets.read_with_accounts(
            order.data_set, *order.splits, with_audio=order.format.holds_audio
        )
        try:
            async for account, item in found:
                if self._written(writer, order.format, export, item, names):
                    owned.setdefault((account, item.ref.epoch), set()).add(item.ref)
                else:
                    left_out += 1
                progress(len(names) + left_out)
        finally:
            await asyncio.to_thread(writer.close)
        if not names:
            raise DatasetEmpty("Nothing of this data set can be given away in this form now.")
        return _Built(
            directory=directory,
            names=tuple(names),
            owned={consent: frozenset(refs) for consent, refs in owned.items()},
            left_out=left_out,
        )

    def _written(
        self, writer: Writer, form: Format, export: str, item: GoldItem, names: list[str]
    ) -> bool:
        """False for an item that the format cannot hold."""
        if form.needs_audio and not item.pcm:
            return False
        name = self.ledger.item_name(export, item.ref.item)
        row = Row(
            item=name,
            speaker=item.speaker,
            split=item.split,
            text=item.text,
            intent=item.intent,
            entities=item.entities,
            heard=item.heard,
            pcm=item.pcm,
        )
        try:
            writer.add(row)
        except AnnotationFault:
            return False
        names.append(name)
        return True


def _told(record: ExportRecord) -> dict[str, str | int]:
    """What the audit log says."""
    return {
        "data_set": record.data_set,
        "format": record.format.value,
        "recipient": record.recipient,
        "items": record.items,
        "expires": int(record.expires_at_s),
        "encrypted": int(record.encrypted),
    }
