"""Which data sets, exports and models hold something of which account. Is a PersonalStore."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Mapping, Sequence

from redis.asyncio import Redis

from training_loop.datasets.item_ref import ItemRef
from training_loop.queue.listing import consenting_accounts
from training_loop.store import keys
from training_loop.store.client import store_errors
from training_loop.store.script_runner import Scripts, text

_AT_ONCE = 64
_QUESTIONS_AT_ONCE = 1000

EXPORT_BEGINNING = "ex-"

ByConsent = Mapping[tuple[str, int], frozenset[ItemRef]]
"""Items by account and epoch."""


async def exports_of(store: Redis, account: str) -> tuple[str, ...]:
    """Exports that hold something of an account. Raises StoreUnavailable."""
    found = await Uses(store).of_account(account)
    return tuple(name for name in found if name.startswith(EXPORT_BEGINNING))


class Uses:
    """Noted with the account itself, so that it is known as long as the account is, and no longer.
    All of it raises StoreUnavailable."""

    name = "data_sets"
    key_kinds = frozenset({"du"})

    def __init__(self, store: Redis) -> None:
        self._store = store
        self._scripts = Scripts(store)

    async def note(self, name: str, items: ByConsent) -> frozenset[ItemRef]:
        """That a data set or an export holds them; returns those that are consented to still."""
        return await self._noted("use_in_data_set", keys.data_set_uses, name, items)

    async def note_model(self, model: str, items: ByConsent) -> frozenset[ItemRef]:
        """That a model learned from them; returns those that are consented to still."""
        return await self._noted("use_in_model", keys.model_uses, model, items)

    async def forget(self, name: str, accounts: Iterable[str]) -> None:
        """Takes a note back: of an export that was not delivered."""
        with store_errors():
            async with self._store.pipeline(transaction=False) as pipeline:
                for account in accounts:
                    pipeline.srem(keys.data_set_uses(account), name)
                await pipeline.execute()

    async def of_account(self, account: str) -> tuple[str, ...]:
        """Data sets and exports that name items of it, those withdrawn since included."""
        with store_errors():
            found = await self._store.smembers(keys.data_set_uses(account))
        return tuple(sorted(map(text, found)))

    async def accounts_of(self, name: str) -> list[str]:
        """The accounts that consent to something now and have items in a data set."""
        accounts = await consenting_accounts(self._store)
        found: list[str] = []
        for first in range(0, len(accounts), _QUESTIONS_AT_ONCE):
            some = accounts[first : first + _QUESTIONS_AT_ONCE]
            with store_errors():
                async with self._store.pipeline(transaction=False) as pipeline:
                    for account in some:
                        pipeline.sismember(keys.data_set_uses(account), name)
                    named = await pipeline.execute()
            found += [account for account, there in zip(some, named, strict=True) if there]
        return found

    async def export(self, account: str) -> Mapping[str, object]:
        return {"data_sets": list(await self.of_account(account))}

    async def erase(self, account: str) -> int:
        with store_errors():
            return int(await self._store.unlink(keys.data_set_uses(account)))

    async def _noted(
        self, script: str, place: Callable[[str], str], name: str, items: ByConsent
    ) -> frozenset[ItemRef]:
        consents: Sequence[tuple[str, int]] = list(items)
        noted: set[ItemRef] = set()
        for first in range(0, len(consents), _AT_ONCE):
            some = consents[first : first + _AT_ONCE]
            answers = await asyncio.gather(
                *(
                    self._scripts.run(
                        script, [keys.account(account), place(account)], [epoch, name]
                    )
                    for account, epoch in some
                )
            )
            for consent, done in zip(some, answers, strict=True):
                noted |= items[consent] if done else frozenset()
        return frozenset(noted)
