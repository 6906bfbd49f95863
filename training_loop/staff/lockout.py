"""How often anybody may try to sign in: counted in the store, for all processes together."""

from __future__ import annotations

from dataclasses import dataclass

from redis.asyncio import Redis

from training_loop.staff.errors import SignInLocked
from training_loop.store import keys
from training_loop.store.client import store_errors
from training_loop.store.script_runner import Scripts, text


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    without_delay: int = 5
    """Attempts under one name; then each one makes the next wait."""
    first_delay_s: float = 30.0
    """Doubles with each further attempt, until one succeeds."""
    longest_delay_s: float = 900.0
    remembered_s: float = 86_400.0
    of_everybody: int = 300
    """Attempts under all names together, in a minute."""
    window_s: float = 60.0


class Lockout:
    """Unknown names are counted as known ones are, so that nobody learns which there are."""

    def __init__(self, store: Redis, limits: Limits) -> None:
        self._store = store
        self._scripts = Scripts(store)
        self._limits = limits

    async def attempt(self, name_digest: str, member: str) -> None:
        """Takes one attempt before it is looked at; a success gives them all back. `member` is
        empty for an unknown name. Raises SignInLocked and StoreUnavailable."""
        limits = self._limits
        outcome = await self._scripts.run(
            "staff_attempt",
            [keys.staff_failures(name_digest), keys.staff_attempts()],
            [
                limits.without_delay,
                *map(_ms, (limits.first_delay_s, limits.longest_delay_s, limits.remembered_s)),
                limits.of_everybody,
                _ms(limits.window_s),
                member,
            ],
        )
        if text(outcome[0]) != "go":
            raise SignInLocked(int(outcome[1]) / 1000)

    async def forgive(self, name_digest: str) -> None:
        """Who is signed in has shown the password again."""
        with store_errors():
            await self._store.delete(keys.staff_failures(name_digest))


def _ms(seconds: float) -> int:
    return int(seconds * 1000)
