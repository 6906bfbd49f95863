"""What an operator can see of the queue: counts and items, no content and no accounts."""

from __future__ import annotations

import json

from redis.asyncio import Redis

from training_loop.errors import InvalidArgument
from training_loop.queue.lease import ItemState, QueuedItem, QueuePage, QueueStatistics
from training_loop.store import keys
from training_loop.store.client import store_errors
from training_loop.store.script_runner import Scripts, text
from training_loop.vault.vault import Vault

LARGEST_PAGE = 500
_PLACE = "queue items"


async def consenting_accounts(store: Redis) -> list[str]:
    """Accounts that keep a history or let models learn, in a fixed order."""
    pipeline = store.pipeline(transaction=False)
    for shard in keys.all_shards():
        pipeline.smembers(keys.consenting_accounts(shard))
    with store_errors():
        async with pipeline:
            shards = await pipeline.execute()
    return [account for members in shards for account in sorted(map(text, members))]


class Listing:
    def __init__(self, store: Redis, vault: Vault) -> None:
        self._store = store
        self._vault = vault
        self._scripts = Scripts(store)

    async def statistics(self) -> QueueStatistics:
        queue = ready = leased = reviewed = accounts = 0
        for counts in await self._counts(await consenting_accounts(self._store)):
            queue += counts[1]
            ready += counts[2]
            leased += counts[3]
            reviewed += counts[4]
            accounts += bool(counts[1])
        return QueueStatistics(
            ready=ready,
            leased=leased,
            reviewed=reviewed,
            held=max(0, queue - ready - leased - reviewed),
            accounts=accounts,
        )

    async def page(self, page_size: int, page_token: str) -> QueuePage:
        """Raises InvalidArgument for a page size below 1 or a token that is none.

        Items that go between two pages may make the next one begin later.
        """
        if page_size < 1:
            raise InvalidArgument("A page has at least one item.")
        wanted = min(page_size, LARGEST_PAGE)
        account, epoch, start = self._read_token(page_token)
        items: list[QueuedItem] = []
        for name in await consenting_accounts(self._store):
            if _order(name) < _order(account):
                continue
            begin = (start, epoch) if name == account else (0, "")
            found = await self._describe(name, *begin, wanted - len(items))
            if not found:
                continue
            at_epoch, first = str(int(found[0])), int(found[2])
            described = _items(found[3:], int(at_epoch))
            items += described
            if len(items) >= wanted:
                token = json.dumps([name, at_epoch, first + len(described)])
                token = self._vault.page_token(_PLACE, token)
                return QueuePage(items=tuple(items), next_page_token=token)
        return QueuePage(items=tuple(items))

    async def _counts(self, accounts: list[str]) -> list[list[int]]:
        """For each live account: history, queue, ready, leased, reviewed, models."""
        found = []
        for name in accounts:
            counts = await self._scripts.run(
                "count_items", [keys.account(name), keys.model_uses(name)], [name]
            )
            if counts:
                found.append([int(count) for count in counts])
        return found

    async def _describe(self, account: str, start: int, epoch: str, most: int) -> list[bytes | int]:
        found = await self._scripts.run(
            "describe_items", [keys.account(account)], [account, start, most, epoch]
        )
        return list(found)

    def _read_token(self, token: str) -> tuple[str, str, int]:
        if not token:
            return "", "", 0
        account, epoch, start = json.loads(self._vault.read_page_token(_PLACE, token))
        return account, epoch, start


def _order(account: str) -> tuple[str, str]:
    return (keys.shard_of(account), account) if account else ("", "")


def _items(found: list[bytes | int], epoch: int) -> list[QueuedItem]:
    parts = [text(part) for part in found if isinstance(part, bytes)]
    return [
        QueuedItem(item=item, state=ItemState(state), enqueued_at_s=int(at_ms) / 1000, epoch=epoch)
        for item, state, at_ms in zip(parts[::3], parts[1::3], parts[2::3], strict=True)
    ]
