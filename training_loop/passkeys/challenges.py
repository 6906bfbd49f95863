"""Challenges of ceremonies in progress: random, short-lived, answered once."""

from __future__ import annotations

import hashlib
import secrets

from redis.asyncio import Redis

from training_loop.passkeys.errors import PasskeyRefused
from training_loop.store import keys
from training_loop.store.client import store_errors

VALID_S = 300
_BYTES = 32


class Challenges:
    """One challenge for each ceremony's name: beginning again replaces it.

    `shard` is where they are kept, for example that of the account. Raises StoreUnavailable.
    """

    def __init__(self, store: Redis, shard: str) -> None:
        self._store = store
        self._shard = shard

    async def issue(self, ceremony: str) -> bytes:
        """`ceremony` names what is done and by whom, for example a ticket's id and "sign_in"."""
        challenge = secrets.token_bytes(_BYTES)
        with store_errors():
            await self._store.set(self._key(ceremony), challenge, ex=VALID_S)
        return challenge

    async def take(self, ceremony: str) -> bytes:
        """From now on it is gone, whatever comes of it. Raises PasskeyRefused for none."""
        with store_errors():
            challenge = await self._store.getdel(self._key(ceremony))
        if challenge is None:
            raise PasskeyRefused("this ceremony ran out or was answered already")
        assert isinstance(challenge, bytes)
        return challenge

    def _key(self, ceremony: str) -> str:
        digest = hashlib.sha256(ceremony.encode()).hexdigest()[:32]
        return keys.passkey_challenge(self._shard, digest)
