"""Which exports there are, and what of them has to be deleted: in the store, without items' ids."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Iterable, Sequence
from typing import Any

from redis.asyncio import Redis

from training_loop.audit.log import AuditLog
from training_loop.datasets.errors import ExportUnknown
from training_loop.datasets.exports.record import (
    ACKNOWLEDGE_WITHIN_S,
    BY_OPERATOR,
    RECIPIENT,
    Confirming,
    ExportRecord,
    Standing,
    Tombstone,
)
from training_loop.queue.learnable import learnable_items
from training_loop.store import keys
from training_loop.store.client import store_errors
from training_loop.store.script_runner import Scripts, text
from training_loop.vault.vault import Vault

_AT_ONCE = 1000
_CONFIRMED = "done:"


class ExportLedger:
    """All of it raises StoreUnavailable; what names an export raises ExportUnknown.

    An item stands here under a keyed digest for this export alone, the name that its recipient
    knows it by: it leads to nothing and nobody once the item is gone.
    """

    def __init__(self, store: Redis, vault: Vault) -> None:
        self._store = store
        self._vault = vault
        self._scripts = Scripts(store)
        self._audit = AuditLog(store)

    def item_name(self, export: str, item: str) -> str:
        """What an export calls an item."""
        return self._vault.digest(f"export {export}", item)[:24]

    async def open(self, record: ExportRecord, items: Iterable[str]) -> None:
        """Before anything is delivered. `items`: as `item_name` gives them."""
        place, names = keys.exported_items(record.export), list(items)
        for first in range(0, len(names), _AT_ONCE):
            mapping: Any = dict.fromkeys(names[first : first + _AT_ONCE], "")
            with store_errors():
                await self._store.hset(place, mapping=mapping)
        await self.write(record)

    async def write(self, record: ExportRecord) -> None:
        with store_errors():
            await self._store.hset(keys.EXPORTS, record.export, record.to_bytes())

    async def drop(self, export: str) -> None:
        """Of an export that was not delivered."""
        with store_errors():
            await self._store.hdel(keys.EXPORTS, export)
            await self._store.hdel(keys.EXPORT_TOKENS, export)
            await self._store.unlink(keys.exported_items(export))

    async def record(self, export: str) -> ExportRecord:
        with store_errors():
            found = await self._store.hget(keys.EXPORTS, export)
        if found is None:
            raise ExportUnknown("There is no such export.")
        return ExportRecord.from_bytes(_bytes(found))

    async def records(self) -> tuple[ExportRecord, ...]:
        """Oldest first."""
        with store_errors():
            found = await self._store.hvals(keys.EXPORTS)
        records = [ExportRecord.from_bytes(_bytes(one)) for one in found]
        return tuple(sorted(records, key=lambda record: record.created_at_s))

    async def bury(self) -> int:
        """Notes what recipients have to delete since the last time: items that may not be learned
        from any more, and all of an export that has expired. Says how many. An expired one that is
        confirmed as a whole is closed out."""
        records = await self.records()
        if not records:
            return 0
        owned = await learnable_items(self._store)
        learnable = [ref.item for refs in owned.values() for ref in refs]
        buried = 0
        for record in records:
            live = {self.item_name(record.export, item) for item in learnable}
            if record.expired(time.time()):
                live = set()
            states = await self._states(record.export)
            held = {name for name, state in states if not state}
            buried += await self._noted("bury_exported", record.export, held - live)
            await self._close_out(record, states)
        return buried

    async def tombstones(self, export: str) -> tuple[Tombstone, ...]:
        """What its recipient has not confirmed yet, oldest first."""
        await self.record(export)
        found = [
            Tombstone(
                export=export,
                item=name,
                since_s=int(state) / 1000,
                due_at_s=int(state) / 1000 + ACKNOWLEDGE_WITHIN_S,
            )
            for name, state in await self._states(export)
            if state.isdecimal()
        ]
        return tuple(sorted(found, key=lambda one: (one.since_s, one.item)))

    async def acknowledge(
        self, export: str, items: Sequence[str], by: Confirming = BY_OPERATOR
    ) -> int:
        """Says how many the recipient had to delete and are confirmed now; a repetition is 0. The
        audit log has who confirmed them. An export that this completes is closed out."""
        record = await self.record(export)
        who = (by.actor, by.role)
        noted = await self._noted("acknowledge_exported", export, set(items), who)
        if noted:
            await self._close_out(record, await self._states(export))
        return noted

    async def standing(self, export: str, now_s: float) -> Standing:
        record = await self.record(export)
        states = [state for _, state in await self._states(export)]
        due = [int(state) / 1000 + ACKNOWLEDGE_WITHIN_S for state in states if state.isdecimal()]
        return Standing(
            record=record,
            tombstones=len(due),
            overdue=sum(now_s > one for one in due),
            confirmed=sum(map(_confirmed, states)),
            confirmed_by_staff=sum(_confirmed(one) and not _by_recipient(one) for one in states),
            next_due_at_s=min(due, default=None),
            closed=_closed(record, states, now_s),
        )

    async def holding(self, items: Iterable[str]) -> tuple[str, ...]:
        """The exports that hold one of these items, named by their own ids."""
        wanted, found = list(items), []
        for record in await self.records() if wanted else ():
            names = [self.item_name(record.export, item) for item in wanted]
            for first in range(0, len(names), _AT_ONCE):
                with store_errors():
                    states = await self._store.hmget(
                        keys.exported_items(record.export), names[first : first + _AT_ONCE]
                    )
                if any(state is not None for state in states):
                    found.append(record.export)
                    break
        return tuple(found)

    async def _close_out(self, record: ExportRecord, states: Iterable[tuple[str, str]]) -> None:
        """Ends the recipient's token once nothing is expected of it any more."""
        if not _closed(record, (state for _, state in states), time.time()):
            return
        with store_errors():
            ended = await self._store.hdel(keys.EXPORT_TOKENS, record.export)
        if ended:
            await self._audit.record("machine", "export_closed", subject=record.export)

    async def _states(self, export: str) -> list[tuple[str, str]]:
        return [pair async for pair in self._scanned(export)]

    async def _scanned(self, export: str) -> AsyncIterator[tuple[str, str]]:
        with store_errors():
            found = self._store.hscan_iter(keys.exported_items(export), count=_AT_ONCE)
            async for name, state in found:
                yield text(name), text(state)

    async def _noted(
        self, script: str, export: str, names: Iterable[str], who: tuple[str, ...] = ()
    ) -> int:
        wanted, noted = sorted(names), 0
        for first in range(0, len(wanted), _AT_ONCE):
            noted += int(
                await self._scripts.run(
                    script,
                    [keys.exported_items(export)],
                    [*who, *wanted[first : first + _AT_ONCE]],
                )
            )
        return noted


def _confirmed(state: str) -> bool:
    return state.startswith(_CONFIRMED)


def _by_recipient(state: str) -> bool:
    return state.endswith(f":{RECIPIENT}")


def _closed(record: ExportRecord, states: Iterable[str], now_s: float) -> bool:
    return record.expired(now_s) and all(map(_confirmed, states))


def _bytes(value: bytes | str) -> bytes:
    return value if isinstance(value, bytes) else value.encode()
