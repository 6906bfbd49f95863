"""The audit log in the store: one chain of entries a shard."""

from __future__ import annotations

import hashlib
from collections.abc import AsyncIterator, Mapping

from redis.asyncio import Redis

from training_loop.audit.entry import AuditEntry
from training_loop.store import keys
from training_loop.store.client import store_errors
from training_loop.store.script_runner import Scripts, text

_AT_ONCE = 1000


class AuditLog:
    """Reads the log and records what changes nothing else in the store.

    What does change the store is recorded by the script that makes the change, with `audit(...)`.
    Everything here raises StoreUnavailable.
    """

    def __init__(self, store: Redis) -> None:
        self._store = store
        self._scripts = Scripts(store)

    async def record(
        self,
        actor: str,
        action: str,
        *,
        account: str = "",
        subject: str = "",
        detail: Mapping[str, str | int] | None = None,
        request_id: str = "",
    ) -> None:
        """Adds an entry, for example of an export or a login.

        `account` is never written: the entry names its pseudonym. Without an account, `subject`
        (an erasure's id, a staff pseudonym) picks the shard. A request id is written as a digest;
        repeating the same request within ten minutes adds nothing.
        """
        shard = keys.shard_of(account or subject)
        digest = _digest(account or subject, request_id) if request_id else ""
        words = ",".join(f"{name}={value}" for name, value in (detail or {}).items())
        await self._scripts.run(
            "record_audit",
            [
                keys.account(account) if account else keys.audit_head(shard),
                keys.audit_request(shard, digest),
            ],
            [actor, action, subject, words, digest, "1" if account else "0"],
        )

    async def heads(self) -> Mapping[str, tuple[int, str]]:
        """Number and link of the last entry of each shard that has one, by shard ("s07")."""
        tags = keys.audited_shards()
        with store_errors():
            async with self._store.pipeline(transaction=False) as pipeline:
                for tag in tags:
                    pipeline.get(keys.audit_head(tag))
                found = await pipeline.execute()
        return {
            shard_name(tag): _head(text(head))
            for tag, head in zip(tags, found, strict=True)
            if head is not None
        }

    async def settle_heads(self) -> None:
        """Makes each shard's head fit its entries, after a backup brought both back."""
        shards = keys.audited_shards()
        await self._scripts.run_each(
            "settle_audit_head",
            [(keys.audit_entries(shard), keys.audit_head(shard)) for shard in shards],
        )

    async def lines(self, shard: str, *, after: int = 0) -> AsyncIterator[str]:
        """A shard's entries as they are stored, oldest first, from the one after a number on; what
        comes meanwhile included."""
        at = after
        while True:
            with store_errors():
                found = await self._store.lrange(
                    keys.audit_entries(f"{{{shard}}}"), at, at + _AT_ONCE - 1
                )
            for line in found:
                yield line.decode(errors="replace") if isinstance(line, bytes) else line
            if len(found) < _AT_ONCE:
                return
            at += len(found)

    async def of_account(self, account: str) -> AsyncIterator[AuditEntry]:
        """What was done to a live account, oldest first."""
        with store_errors():
            pseudonym = await self._store.hget(keys.account(account), "audit")
        if pseudonym is None:
            return
        shard = shard_name(keys.shard_of(account))
        async for line in self.lines(shard):
            entry = AuditEntry.read(shard, line)
            if entry.subject == text(pseudonym):
                yield entry


def shard_name(tag: str) -> str:
    return tag.strip("{}")


def all_shard_names() -> tuple[str, ...]:
    return tuple(map(shard_name, keys.audited_shards()))


def _head(head: str) -> tuple[int, str]:
    number, _, link = head.partition(" ")
    return (int(number) if number.isdecimal() else -1), link


def _digest(owner: str, request_id: str) -> str:
    """Bound to the account, whose id is random, so that nobody can guess the request's id."""
    return hashlib.sha256(f"{owner} {request_id}".encode()).hexdigest()[:16]
