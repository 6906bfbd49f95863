"""Timers, alarms and reminders in the store: they outlive the server and are sealed."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from redis.asyncio import Redis

from assistant.answers import scripts
from assistant.answers.agenda_entry import AgendaEntry, device_of
from assistant.answers.device_changes import DeviceChanges
from assistant.errors import AssistantError
from training_loop.errors import AccountGone, StoreUnavailable
from training_loop.store import keys
from training_loop.store.client import store_errors
from training_loop.vault.sealer import Sealer

MOST_ENTRIES: Final = 100
"""Of one account."""
REMEMBERED_S: Final = 900
"""How long what rang can still be snoozed."""
_MOST_AT_ONCE: Final = 20
_ATTEMPTS: Final = 5
_CONTEXT: Final = "agenda"


class AgendaFull(AssistantError):
    """The account has as many timers, alarms and reminders as it may."""

    code = "AGENDA_FULL"
    hint = "Cancel some first."


class Agenda:
    """Every method raises StoreUnavailable when the store is away. Is a PersonalStore.

    An entry that is due stays due, over restarts, until it is acknowledged.
    """

    name = "agenda"
    key_kinds = frozenset({"g", "gd", "gr"})

    def __init__(self, store: Redis, sealer: Sealer) -> None:
        self._store = store
        self._sealer = sealer
        self._changes = DeviceChanges()
        self._put_entry = store.register_script(scripts.source("put_entry"))
        self._remove_entries = store.register_script(scripts.source("remove_entries"))
        self._acknowledge_entry = store.register_script(scripts.source("acknowledge_entry"))

    async def entries(self, account: str) -> tuple[AgendaEntry, ...]:
        """Of all devices of the account, the first due first; what rings is among them."""
        with store_errors():
            sealed: Any = await self._store.hgetall(keys.agenda(account))
        found = [await self._open(account, value) for value in sealed.values()]
        return tuple(sorted(found, key=lambda entry: (entry.due_at_s, entry.entry_id)))

    async def add(self, account: str, entry: AgendaEntry) -> None:
        """Raises AgendaFull and AccountGone."""
        if not await self._put(account, entry, before=b""):
            raise StoreUnavailable("an entry of that id exists")

    async def change(
        self, account: str, entry_id: str, edit: Callable[[AgendaEntry], AgendaEntry]
    ) -> AgendaEntry | None:
        """The entry after `edit`, or None when it is not there any more.

        `edit` may be called again when somebody else changes the entry at the same time; it must
        keep the id.
        """
        for _ in range(_ATTEMPTS):
            with store_errors():
                before: Any = await self._store.hget(keys.agenda(account), entry_id)
            if before is None:
                return None
            edited = edit(await self._open(account, before))
            if await self._put(account, edited, before=before):
                return edited
        raise StoreUnavailable("the entry keeps changing")

    async def remove(self, account: str, *entry_ids: str) -> int:
        """How many of them were there."""
        if not entry_ids:
            return 0
        devices = sorted({device_of(entry_id) for entry_id in entry_ids})
        due_keys = [keys.agenda_due(account, device) for device in devices]
        with store_errors():
            removed = await self._remove_entries(
                keys=[keys.agenda(account), *due_keys], args=list(entry_ids)
            )
        for device in devices:
            self._changes.tell(account, device)
        return int(removed)

    async def due(self, account: str, device: str, now_s: float) -> tuple[AgendaEntry, ...]:
        """What is due at a Unix time and not acknowledged, the longest due first; at most 20."""
        with store_errors():
            ids: Any = await self._store.zrangebyscore(
                keys.agenda_due(account, device), "-inf", now_s, start=0, num=_MOST_AT_ONCE
            )
            sealed: Any = await self._store.hmget(keys.agenda(account), ids) if ids else []
        return tuple([await self._open(account, value) for value in sealed if value is not None])

    async def next_due_s(self, account: str, device: str, after_s: float) -> float | None:
        """Unix time of the first entry that becomes due after that time; None for none."""
        with store_errors():
            first: Any = await self._store.zrangebyscore(
                keys.agenda_due(account, device),
                f"({after_s!r}",
                "+inf",
                start=0,
                num=1,
                withscores=True,
            )
        return float(first[0][1]) if first else None

    async def acknowledge(self, account: str, device: str, entry_id: str) -> None:
        """The entry was made heard and is not due any more. Twice is harmless."""
        if device_of(entry_id) != device:
            return
        with store_errors():
            await self._acknowledge_entry(
                keys=[
                    keys.agenda(account),
                    keys.agenda_due(account, device),
                    keys.agenda_rung(account),
                ],
                args=[entry_id, device, REMEMBERED_S],
            )
        self._changes.tell(account, device)

    async def rang_last(self, account: str, device: str) -> AgendaEntry | None:
        """What the device acknowledged last, if that was in the last 15 minutes."""
        with store_errors():
            sealed: Any = await self._store.hget(keys.agenda_rung(account), device)
        return None if sealed is None else await self._open(account, sealed)

    async def changed(self, account: str, device: str, timeout_s: float) -> None:
        """Returns when the device's entries changed in this process, or after the timeout."""
        await self._changes.wait(account, device, timeout_s)

    async def forget_device(self, account: str, device: str) -> int:
        """Removes all entries of a device that is no longer there."""
        ids = [entry_id for entry_id in await self._ids(account) if device_of(entry_id) == device]
        with store_errors():
            await self._store.hdel(keys.agenda_rung(account), device)
        return await self.remove(account, *ids)

    async def export(self, account: str) -> Mapping[str, object]:
        """The entries with their kinds, labels and times."""
        return {
            entry.entry_id: {
                "kind": entry.kind.value,
                "label": entry.label,
                "due_at_s": entry.due_at_s,
                "paused": entry.paused_left_s is not None,
            }
            for entry in await self.entries(account)
        }

    async def erase(self, account: str) -> int:
        """All entries; works without the account's key."""
        removed = await self.remove(account, *await self._ids(account))
        with store_errors():
            await self._store.unlink(keys.agenda_rung(account))
        self._changes.forget(account)
        return removed

    async def _ids(self, account: str) -> list[str]:
        with store_errors():
            fields: Any = await self._store.hkeys(keys.agenda(account))
        return [name.decode() for name in fields]

    async def _open(self, account: str, sealed: bytes) -> AgendaEntry:
        return AgendaEntry.from_json(await self._sealer.unseal(account, sealed, context=_CONTEXT))

    async def _put(self, account: str, entry: AgendaEntry, *, before: bytes) -> bool:
        """False when somebody else was faster."""
        sealed = await self._sealer.seal(account, entry.to_json(), context=_CONTEXT)
        due = "" if entry.paused_left_s is not None else repr(entry.due_at_s)
        with store_errors():
            outcome = await self._put_entry(
                keys=[
                    keys.account(account),
                    keys.agenda(account),
                    keys.agenda_due(account, entry.device),
                ],
                args=[entry.entry_id, before, sealed, due, MOST_ENTRIES],
            )
        if outcome == b"account_gone":
            raise AccountGone("the account does not exist")
        if outcome == b"full":
            raise AgendaFull("too many timers, alarms and reminders")
        self._changes.tell(account, entry.device)
        return bool(outcome == b"put")
