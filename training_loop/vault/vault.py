"""Wraps and unwraps keys under the master key."""

from __future__ import annotations

import asyncio
import base64
import binascii
import hashlib
import hmac
import secrets

from redis.asyncio import Redis

from training_loop.errors import InvalidArgument
from training_loop.store import keys
from training_loop.store.client import store_errors
from training_loop.vault.cipher import decrypt, encrypt, new_key
from training_loop.vault.errors import Corrupted, MasterKeyRefused
from training_loop.vault.master_key import MasterKeyProvider

_LONGEST_TOKEN = 512


class Vault:
    """Keys of accounts, each wrapped by the master key and bound to its account and purpose.

    A wrapped key is stored beside what it opens; destroying the wrapped key destroys the data.
    Nothing here keeps an unwrapped key.
    """

    def __init__(self, master: bytes) -> None:
        self._wrapping = _derive(master, "wrapping")
        self._pseudonyms = _derive(master, "pseudonyms")
        self._tokens = _derive(master, "page tokens")
        self.check = _derive(master, "check").hex()
        """Says which master key this is, and nothing about it."""

    @staticmethod
    async def open(store: Redis, provider: MasterKeyProvider) -> Vault:
        """The vault of a store, with a new master key where the store has none yet.

        Raises MasterKeyRefused when the key is missing, unsafe or another store's.
        """
        with store_errors():
            known = await store.get(keys.VAULT_CHECK)
        master = await asyncio.to_thread(provider.load)
        if master is None:
            if known is not None:
                raise MasterKeyRefused("the master key of this store is missing")
            master = await asyncio.to_thread(provider.create)
        vault = Vault(master)
        with store_errors():
            await store.set(keys.VAULT_CHECK, vault.check, nx=True)
            known = await store.get(keys.VAULT_CHECK)
        if not hmac.compare_digest(_bytes(known), vault.check.encode()):
            raise MasterKeyRefused("this is not the master key that the store was made with")
        return vault

    def new_wrapped_key(self, account: str, purpose: str) -> bytes:
        """A fresh key, already wrapped. `purpose` names one use, with its container if any."""
        return encrypt(self._wrapping, new_key(), f"key/{account}/{purpose}")

    def unwrap(self, account: str, purpose: str, wrapped: bytes) -> bytes:
        """Raises Corrupted for the key of another account or purpose."""
        return decrypt(self._wrapping, wrapped, f"key/{account}/{purpose}")

    def pseudonym(self, name: str) -> str:
        """The same for the same name, and nothing to guess the name from without the key."""
        digest = hmac.new(self._pseudonyms, name.encode(), hashlib.sha256).hexdigest()
        return f"reviewer-{digest[:10]}"

    def page_token(self, place: str, content: str) -> str:
        """An opaque token that only this vault reads, at this place."""
        return base64.urlsafe_b64encode(encrypt(self._tokens, content.encode(), place)).decode()

    def read_page_token(self, place: str, token: str) -> str:
        """Raises InvalidArgument for anything but a token of this place."""
        try:
            if len(token) > _LONGEST_TOKEN:
                raise InvalidArgument("The page token is too long.")
            sealed = base64.urlsafe_b64decode(token.encode("ascii"))
            return decrypt(self._tokens, sealed, place).decode()
        except (binascii.Error, UnicodeError, Corrupted) as error:
            raise InvalidArgument("The page token is not one of this list.") from error


def new_container() -> str:
    """A random name for the blobs of one account, one purpose and one consent."""
    return secrets.token_hex(16)


def _derive(master: bytes, use: str) -> bytes:
    return hmac.new(master, f"earmark {use}".encode(), hashlib.sha256).digest()


def _bytes(value: bytes | str | None) -> bytes:
    return value.encode() if isinstance(value, str) else value or b""
