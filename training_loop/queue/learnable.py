"""Which reviewed items may be learned from now: ids alone, so nothing is opened."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from redis.asyncio import Redis

from training_loop.datasets.item_ref import ItemRef
from training_loop.queue.listing import consenting_accounts
from training_loop.store import keys
from training_loop.store.script_runner import Scripts, text

_ACCOUNTS_AT_ONCE = 256


async def learnable_items(
    store: Redis, accounts: Sequence[str] | None = None
) -> Mapping[str, list[ItemRef]]:
    """By account; of all accounts unless some are named. Raises StoreUnavailable."""
    if accounts is None:
        accounts = await consenting_accounts(store)
    scripts, found = Scripts(store), {}
    for first in range(0, len(accounts), _ACCOUNTS_AT_ONCE):
        some = accounts[first : first + _ACCOUNTS_AT_ONCE]
        answers = await scripts.run_each(
            "learnable_items", [(keys.account(account),) for account in some]
        )
        for account, answer in zip(some, answers, strict=True):
            if answer:
                epoch = int(answer[0])
                items = map(text, answer[1:])
                found[account] = [ItemRef(item=item, epoch=epoch) for item in items]
    return found
