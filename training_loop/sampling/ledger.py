"""How much was offered of each day: what rate and caps are held against, over all rounds.

For each account there are days and counts and nothing else. They are raised before a clip is
offered: a crash in between leaves a count too high, and less is offered, never more.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from redis.asyncio import Redis

from training_loop.sampling.sampler import Heard
from training_loop.sampling.settings import WINDOW_DAYS
from training_loop.store import keys
from training_loop.store.client import store_errors
from training_loop.store.script_runner import Scripts, text

_REMEMBER_DAYS = WINDOW_DAYS + 2
_ACCOUNTS_AT_ONCE = 500


class SampleLedger:
    """A `PersonalStore`. All of it raises StoreUnavailable."""

    name = "sampling"
    key_kinds = frozenset({"sp"})

    def __init__(self, store: Redis) -> None:
        self._store = store
        self._scripts = Scripts(store)

    async def heard(self, accounts: Iterable[str], since_day: int) -> Heard:
        """What was offered of these days; forgets days before."""
        days = await self._recent(keys.SAMPLING_DAYS, since_day)
        of_account_day: dict[tuple[str, int], int] = {}
        names = sorted(accounts)
        for start in range(0, len(names), _ACCOUNTS_AT_ONCE):
            batch = names[start : start + _ACCOUNTS_AT_ONCE]
            pipeline = self._store.pipeline(transaction=False)
            for account in batch:
                pipeline.hgetall(keys.sampled(account))
            with store_errors():
                async with pipeline:
                    found = await pipeline.execute()
            for account, counts in zip(batch, found, strict=True):
                for day, count in _days(counts).items():
                    of_account_day[(account, day)] = count
        return Heard(offered=sum(days.values()), of_account_day=of_account_day)

    async def reserve(self, account: str, day: int, *, per_day: int, in_all: int) -> bool:
        """Whether one more may be offered, which counts from now on. False as well when the
        account is gone."""
        if not await self._scripts.run("spend_sampling_rate", [keys.SAMPLING_DAYS], [day, in_all]):
            return False
        if await self._count(account, day, per_day):
            return True
        await self._scripts.run("spend_sampling_rate", [keys.SAMPLING_DAYS], [day, 0])
        return False

    async def give_back(self, account: str, day: int) -> None:
        """It was not offered after all."""
        await self._count(account, day, 0)
        await self._scripts.run("spend_sampling_rate", [keys.SAMPLING_DAYS], [day, 0])

    async def export(self, account: str) -> Mapping[str, object]:
        with store_errors():
            found = await self._store.hgetall(keys.sampled(account))
        return {"offered_for_review_by_day": {str(day): n for day, n in _days(found).items()}}

    async def erase(self, account: str) -> int:
        with store_errors():
            return int(await self._store.unlink(keys.sampled(account)))

    async def _count(self, account: str, day: int, most: int) -> bool:
        return bool(
            await self._scripts.run(
                "count_sample",
                [keys.account(account), keys.sampled(account)],
                [day, most, _REMEMBER_DAYS],
            )
        )

    async def _recent(self, key: str, since_day: int) -> dict[int, int]:
        with store_errors():
            days = _days(await self._store.hgetall(key))
            past = [str(day) for day in days if day < since_day]
            if past:
                await self._store.hdel(key, *past)
        return {day: count for day, count in days.items() if day >= since_day}


def _days(found: Mapping[Any, Any]) -> dict[int, int]:
    return {int(text(day)): int(count) for day, count in found.items()}
