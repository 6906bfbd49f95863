"""Where mismatches go: out of everybody's reach, but not out of an erasure's."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from redis.asyncio import Redis

from training_loop.auditor.facts import FIELDS, AccountFacts
from training_loop.auditor.rules import Reason
from training_loop.store import keys
from training_loop.store.client import store_errors
from training_loop.store.script_runner import Argument, Scripts

KEPT_S = 7 * 86_400
"""How long what was put aside can be looked into before it is destroyed."""

ANYTHING, NOTHING, EITHER = "*", "", "?"
"""What may stand under an item's name, beside exact evidence."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Suspect:
    """One item and what it was judged by: the evidence under its name at its place, and at the
    place's counterpart (a SHA-1 for a hash, a score for a sorted set, or one of the above)."""

    name: str | bytes
    here: str = ANYTHING
    there: str = EITHER


class Quarantine:
    """Sets items aside in one step that first makes sure that nothing has changed.

    Is a PersonalStore. All of it raises StoreUnavailable.
    """

    name = "quarantine"
    key_kinds = frozenset({"z"})

    def __init__(self, store: Redis) -> None:
        self._store = store
        self._scripts = Scripts(store)

    async def set_aside(
        self,
        account: str,
        facts: AccountFacts,
        reason: Reason,
        places: Sequence[str],
        suspects: Sequence[Suspect] = (),
    ) -> int | None:
        """How many items were set aside, or None when a fact has changed since it was read.

        `places`: the key that holds them, its counterpart, and further keys that may name them.
        Without suspects the whole key goes.
        """
        stood = [part for name in FIELDS for part in (name, facts[name])]
        items: list[Argument] = [
            part for item in suspects for part in (item.name, item.here, item.there)
        ]
        moved = await self._scripts.run(
            "quarantine",
            [keys.account(account), *places],
            [account, reason.value, len(FIELDS), *stood, *items],
        )
        return None if moved < 0 else int(moved)

    async def expire(self, account: str, *, after_s: float = KEPT_S) -> int:
        """Destroys what was set aside that long ago; returns how many keys."""
        return int(
            await self._scripts.run(
                "drop_quarantine", [keys.account(account)], [account, int(after_s * 1000)]
            )
        )

    async def export(self, account: str) -> Mapping[str, object]:
        """How many keys are set aside. What they hold is sealed and of unsure origin."""
        with store_errors():
            return {"set_aside": int(await self._store.hlen(keys.quarantine(account)))}

    async def erase(self, account: str) -> int:
        return await self.expire(account, after_s=0.0)
