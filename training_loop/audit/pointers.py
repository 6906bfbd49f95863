"""What ties an account to its audit entries: a pseudonym in its hash, and nothing else."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict

from redis.asyncio import Redis

from training_loop.audit.log import AuditLog
from training_loop.store import keys
from training_loop.store.client import store_errors


class AuditPointers:
    """Implements `PersonalStore`. The entries stay: without the pointer they stand for nobody."""

    name = "audit_pointers"
    key_kinds = frozenset({"au", "ah", "aur"})

    def __init__(self, store: Redis, log: AuditLog) -> None:
        self._store = store
        self._log = log

    async def export(self, account: str) -> Mapping[str, object]:
        """Every entry about the account: who did what, and when."""
        return {"entries": [asdict(entry) async for entry in self._log.of_account(account)]}

    async def erase(self, account: str) -> int:
        """Removes the pointer; closing an account has removed it with its keys already."""
        with store_errors():
            return int(await self._store.hdel(keys.account(account), "audit"))
