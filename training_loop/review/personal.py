"""What review holds of an account, found by export and erasure."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Mapping
from typing import Any

from redis.asyncio import Redis

from training_loop.consent.account_record import read_account
from training_loop.consent.policy import Purpose
from training_loop.queue.intake import key_purpose
from training_loop.queue.record import Place, StoredValue
from training_loop.review.clip_record import open_clip
from training_loop.review.open_tasks import OpenTasks
from training_loop.review.task_name import TaskNames
from training_loop.store import keys
from training_loop.store.client import store_errors
from training_loop.store.script_runner import text
from training_loop.vault.vault import Vault

_CONTAINERS = ("k", "kt", "kr", "ka", "kc", "kw", "kd", "kh")
_OF_SHARDS = ("kqr", "kqa", "kqc", "kqw", "kl", "kf")


class ReviewStore:
    """Is a PersonalStore."""

    name = "review"
    key_kinds = frozenset(_CONTAINERS + _OF_SHARDS)

    def __init__(self, store: Redis, vault: Vault) -> None:
        self._store = store
        self._vault = vault
        self._names = TaskNames(vault)
        self._open_tasks = OpenTasks(store)

    async def export(self, account: str) -> Mapping[str, object]:
        """The clips as people see them, and how many were handed to the safety officers: these are
        sealed to them. Raises AccountGone and StoreUnavailable."""
        record = await read_account(self._store, account)
        review = record.consent.epochs.get(Purpose.REVIEW)
        learning = record.containers.get(Purpose.LEARNING)
        if review is None or learning is None:
            return {}
        purpose = key_purpose(Purpose.LEARNING, learning.epoch)
        key = self._vault.unwrap(account, purpose, learning.wrapped_key)
        clips = [one async for one in self._clips(account, review, learning.epoch, key)]
        with store_errors():
            cases: Any = await self._store.hlen(keys.cases(account, review))
        return {"clips": clips, "handed_to_safety_officers": int(cases)}

    async def erase(self, account: str) -> int:
        """Closing the account unlinked all else, and the shard's lists name it no more: what is
        left are the sealed names of its tasks that members of staff have open."""
        removed = 0
        with store_errors():
            async for key in self._store.scan_iter(match=keys.open_task("*"), count=1000):
                staff = text(key).split(":", 2)[2]
                name = await self._open_tasks.held(staff)
                if name and self._names.account_of(staff, name) == account:
                    await self._open_tasks.drop(staff, name=name)
                    removed += 1
        return removed

    async def _clips(
        self, account: str, review: int, epoch: int, key: bytes
    ) -> AsyncIterator[Mapping[str, object]]:
        with store_errors():
            found: Any = await self._store.hgetall(keys.clips(account, review))
            tasks: Any = await self._store.hgetall(keys.review_tasks(account, review))
        for name, value in found.items():
            stored = StoredValue.read(value)
            place = Place(
                account=account, purpose=Purpose.LEARNING.value, epoch=epoch, item=text(name)
            )
            shown = open_clip(key, place, stored.sealed)
            task = json.loads(tasks.get(name, b"{}"))
            yield {
                "utterance_id": place.item,
                "offered_at_s": stored.stored_at_ms / 1000,
                "text": shown.clip.text,
                "level": shown.clip.level.value,
                "picked_because": task.get("reason", ""),
                "stage": task.get("stage", ""),
            }
