"""How often anybody may ask for letters or try codes: counted in the store for all processes."""

from __future__ import annotations

from dataclasses import dataclass

from redis.asyncio import Redis

from training_loop.sign_in.errors import TooManyAttempts
from training_loop.store import keys
from training_loop.store.script_runner import Scripts


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    letters_to_address: int = 5
    """In an hour, to an address that somebody has or not."""
    letters: int = 120
    """In a minute, to all addresses."""
    tries: int = 600
    """Codes, links and passkeys of everybody, in a minute."""


class Attempts:
    """All of it raises TooManyAttempts and StoreUnavailable."""

    def __init__(self, store: Redis, limits: Limits) -> None:
        self._scripts = Scripts(store)
        self._limits = limits

    async def letter(self, digest: str) -> None:
        """`digest` is that of the address."""
        await self._take(keys.sign_in_attempts("letters"), self._limits.letters, 60)
        await self._take(keys.email_attempts(digest), self._limits.letters_to_address, 3600)

    async def attempt(self) -> None:
        await self._take(keys.sign_in_attempts("tries"), self._limits.tries, 60)

    async def _take(self, counter: str, most: int, window_s: int) -> None:
        wait_ms = int(await self._scripts.run("holder_attempt", [counter], [most, window_s * 1000]))
        if wait_ms:
            raise TooManyAttempts(wait_ms / 1000)
