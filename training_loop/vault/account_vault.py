"""What an account's other stores seal: lists, agenda, device names."""

from __future__ import annotations

from redis.asyncio import Redis

from training_loop.errors import AccountGone
from training_loop.store import keys
from training_loop.store.client import store_errors
from training_loop.vault.cipher import decrypt, encrypt
from training_loop.vault.vault import Vault

DATA = "data"


class AccountVault:
    """Implements `Sealer`. Asks the store for the wrapped key each time, so that a key destroyed
    by any process is gone for all of them."""

    def __init__(self, store: Redis, vault: Vault) -> None:
        self._store = store
        self._vault = vault

    async def seal(self, account: str, plaintext: bytes, *, context: str) -> bytes:
        return encrypt(await self._key(account), plaintext, f"data/{account}/{context}")

    async def unseal(self, account: str, sealed: bytes, *, context: str) -> bytes:
        return decrypt(await self._key(account), sealed, f"data/{account}/{context}")

    async def _key(self, account: str) -> bytes:
        with store_errors():
            wrapped = await self._store.hget(keys.account(account), "data_key")
        if wrapped is None:
            raise AccountGone("the account has no key")
        assert isinstance(wrapped, bytes)
        return self._vault.unwrap(account, DATA, wrapped)
