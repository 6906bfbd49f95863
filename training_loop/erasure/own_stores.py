"""The loop's own places that hold personal data."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from dataclasses import asdict

from redis.asyncio import Redis

from training_loop.auditor.quarantine import Quarantine
from training_loop.consent.account_record import read_account
from training_loop.consent.history import LARGEST_PAGE, History
from training_loop.erasure.personal_store import PersonalStore
from training_loop.store import keys
from training_loop.store.client import store_errors
from training_loop.store.script_runner import text


def own_stores(store: Redis, history: History) -> tuple[PersonalStore, ...]:
    return (
        AccountStore(store),
        UtteranceStore(store, history),
        LineageStore(store),
        Quarantine(store),
    )


class AccountStore:
    """The account itself and what its holder consented to."""

    name = "account"
    key_kinds = frozenset({"a", "c", "x", "n"})

    def __init__(self, store: Redis) -> None:
        self._store = store

    async def export(self, account: str) -> Mapping[str, object]:
        """Settings and the record of every consent. Raises AccountGone and StoreUnavailable."""
        record = await read_account(self._store, account)
        with store_errors():
            entries = await self._store.lrange(keys.consent_log(account), 0, -1)
        return {
            "created_at_s": record.created_at_s,
            "time_zone": record.time_zone,
            "child": record.consent.child,
            "settings": asdict(record.consent.settings),
            "consents": [text(entry) for entry in entries],
        }

    async def erase(self, account: str) -> int:
        with store_errors():
            return int(await self._store.unlink(keys.consent_log(account)))


class UtteranceStore:
    """History and learning queue: records, reviews, leases and reads."""

    name = "utterances"
    key_kinds = frozenset({"h", "hx", "i", "ix", "v", "r", "t", "rg", "q", "ql"})

    def __init__(self, store: Redis, history: History) -> None:
        self._store = store
        self._history = history

    async def export(self, account: str) -> Mapping[str, object]:
        """Every utterance, newest first. Raises AccountGone and StoreUnavailable."""
        return {"utterances": [entry async for entry in self._entries(account)]}

    async def erase(self, account: str) -> int:
        """Closing the account unlinked the containers; what is left is the reads' own record."""
        with store_errors():
            return int(await self._store.unlink(keys.read_grants(account)))

    async def _entries(self, account: str) -> AsyncIterator[Mapping[str, object]]:
        token = ""
        while True:
            page = await self._history.page(account, LARGEST_PAGE, token)
            for entry in page.entries:
                yield asdict(entry)
            token = page.next_page_token
            if not token:
                return


class LineageStore:
    """Who listened to the account, and which models learned from it."""

    name = "lineage"
    key_kinds = frozenset({"w", "m"})

    def __init__(self, store: Redis) -> None:
        self._store = store

    async def export(self, account: str) -> Mapping[str, object]:
        with store_errors():
            listens = await self._store.lrange(keys.listens(account), 0, -1)
            models = await self._store.smembers(keys.model_uses(account))
        return {"listens": [text(one) for one in listens], "models": sorted(map(text, models))}

    async def erase(self, account: str) -> int:
        with store_errors():
            return int(await self._store.unlink(keys.listens(account), keys.model_uses(account)))
