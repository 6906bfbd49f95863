"""Wraps and unwraps the keys of accounts."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import secrets

from redis.asyncio import Redis

from training_loop.errors import InvalidArgument
from training_loop.vault.cipher import decrypt, encrypt, new_key
from training_loop.vault.errors import Corrupted
from training_loop.vault.key_provider import KeyProvider
from training_loop.vault.keyring import Keyring, version_of
from training_loop.vault.keyring_store import KeyringStore
from training_loop.vault.local_keys import derive

_LONGEST_TOKEN = 512


class Vault:
    """Keys of accounts, each wrapped under the master key and bound to its account and purpose.

    A wrapped key is stored beside what it opens; destroying the wrapped key destroys the data.
    Nothing here keeps an unwrapped key of an account.
    """

    def __init__(self, keyring: Keyring) -> None:
        self.keyring = keyring
        """Replaced whole when the master key is rotated."""

    @staticmethod
    async def open(store: Redis, provider: KeyProvider) -> Vault:
        """The vault of a store, with a new master key where the store has none yet.

        Raises MasterKeyRefused when the key is missing, unsafe or another store's, and
        KeyProviderUnavailable.
        """
        return Vault(await KeyringStore(store, provider).open())

    def new_wrapped_key(self, account: str, purpose: str) -> bytes:
        """A fresh key, already wrapped. `purpose` names one use, with its container if any."""
        return self.keyring.wrap(new_key(), _place(account, purpose))

    def unwrap(self, account: str, purpose: str, wrapped: bytes) -> bytes:
        """Raises Corrupted for the key of another account or purpose, and KeyVersionMissing in a
        process that was stopped while the master key was rotated, until it has caught up."""
        return self.keyring.unwrap(wrapped, _place(account, purpose))

    def rewrap(self, account: str, purpose: str, wrapped: bytes) -> bytes | None:
        """The same key under the current version, or None where it is already. Raises as
        `unwrap` does."""
        if version_of(wrapped) == self.keyring.current:
            return None
        return self.keyring.wrap(self.unwrap(account, purpose, wrapped), _place(account, purpose))

    def pseudonym(self, name: str) -> str:
        """The same for the same name, and nothing to guess the name from without the key."""
        digest = hmac.new(self.keyring.lasting, name.encode(), hashlib.sha256).hexdigest()
        return f"reviewer-{digest[:10]}"

    def digest(self, place: str, content: str) -> str:
        """Finds the same content again, and nothing to guess it from without the key."""
        own = derive(self.keyring.lasting, f"digests of {place}")
        return hmac.new(own, content.encode(), hashlib.sha256).hexdigest()

    def seal(self, plaintext: bytes, *, place: str) -> bytes:
        """For what belongs to no account: under a key that is the same in all versions."""
        return encrypt(derive(self.keyring.lasting, "seals"), plaintext, place)

    def unseal(self, sealed: bytes, *, place: str) -> bytes:
        """Raises Corrupted for another place or changed bytes."""
        return decrypt(derive(self.keyring.lasting, "seals"), sealed, place)

    def page_token(self, place: str, content: str) -> str:
        """An opaque token that only this vault reads, at this place."""
        return base64.urlsafe_b64encode(encrypt(self._tokens(), content.encode(), place)).decode()

    def read_page_token(self, place: str, token: str) -> str:
        """Raises InvalidArgument for anything but a token of this place."""
        try:
            if len(token) > _LONGEST_TOKEN:
                raise InvalidArgument("The page token is too long.")
            sealed = base64.urlsafe_b64decode(token.encode("ascii"))
            return decrypt(self._tokens(), sealed, place).decode()
        except (binascii.Error, UnicodeError, Corrupted) as error:
            raise InvalidArgument("The page token is not one of this list.") from error

    def _tokens(self) -> bytes:
        return derive(self.keyring.lasting, "page tokens")


def new_container() -> str:
    """A random name for the blobs of one account, one purpose and one consent."""
    return secrets.token_hex(16)


def _place(account: str, purpose: str) -> str:
    return f"key/{account}/{purpose}"
