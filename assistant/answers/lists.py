"""Shopping and to-do lists in the store, sealed."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any, Final

from redis.asyncio import Redis

from assistant.answers import scripts
from training_loop.errors import AccountGone, StoreUnavailable
from training_loop.store import keys
from training_loop.store.client import store_errors
from training_loop.vault.sealer import Sealer

LIST_NAMES: Final = ("shopping", "to_do")
MOST_ITEMS: Final = 200
_ATTEMPTS: Final = 8

Items = tuple[str, ...]


class Lists:
    """Every method raises StoreUnavailable when the store is away. Is a PersonalStore."""

    name = "lists"
    key_kinds = frozenset({"l"})

    def __init__(self, store: Redis, sealer: Sealer) -> None:
        self._store = store
        self._sealer = sealer
        self._put_list = store.register_script(scripts.source("put_list"))

    async def read(self, account: str, list_name: str) -> Items:
        """In the order they were added; `list_name` is one of LIST_NAMES."""
        return await self._open(account, list_name, await self._sealed(account, list_name))

    async def change(
        self, account: str, list_name: str, edit: Callable[[Items], Items]
    ) -> tuple[Items, Items]:
        """The items before and after `edit`, which may be called again when another device
        changes the list at the same time. Raises AccountGone."""
        for _ in range(_ATTEMPTS):
            sealed = await self._sealed(account, list_name)
            before = await self._open(account, list_name, sealed)
            after = edit(before)[:MOST_ITEMS]
            if after == before or await self._put(account, list_name, sealed, after):
                return before, after
        raise StoreUnavailable("the list keeps changing")

    async def export(self, account: str) -> Mapping[str, object]:
        found = {name: list(await self.read(account, name)) for name in LIST_NAMES}
        return {name: items for name, items in found.items() if items}

    async def erase(self, account: str) -> int:
        """How many lists were removed; works without the account's key."""
        with store_errors():
            removed: Any = await self._store.hdel(keys.lists(account), *LIST_NAMES)
        return int(removed)

    async def _sealed(self, account: str, list_name: str) -> bytes:
        with store_errors():
            sealed: Any = await self._store.hget(keys.lists(account), list_name)
        return sealed or b""

    async def _open(self, account: str, list_name: str, sealed: bytes) -> Items:
        if not sealed:
            return ()
        plain = await self._sealer.unseal(account, sealed, context=_context(list_name))
        return tuple(json.loads(plain))

    async def _put(self, account: str, list_name: str, before: bytes, items: Items) -> bool:
        """False when somebody else was faster."""
        sealed = b""
        if items:
            plain = json.dumps(items).encode()
            sealed = await self._sealer.seal(account, plain, context=_context(list_name))
        with store_errors():
            outcome = await self._put_list(
                keys=[keys.account(account), keys.lists(account)],
                args=[list_name, before, sealed],
            )
        if outcome == b"account_gone":
            raise AccountGone("the account does not exist")
        return bool(outcome == b"put")


def _context(list_name: str) -> str:
    return f"lists/{list_name}"
