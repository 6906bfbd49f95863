"""Looks at an account's own hash, and at the log of what the person chose."""

from __future__ import annotations

from typing import Any

from redis.asyncio import Redis

from training_loop.auditor.facts import FIELDS, AccountFacts, ConsentLog
from training_loop.auditor.finding import Finding
from training_loop.auditor.key_names import KeyName
from training_loop.auditor.quarantine import Quarantine, Suspect
from training_loop.auditor.rules import PURPOSES, Objection, Reason, account
from training_loop.store import keys
from training_loop.store.client import store_errors

_RECENT = 200
"""Entries of the log of consents that are read first."""
_LOG_IS_TRIMMED_AT = 9_999
_ALL = 10_000
_REVIEW = tuple(kind for kind, purpose in PURPOSES.items() if purpose == "review")
_SHARD = ("q", "ql", "n", "kqr", "kqa", "kqc", "kqw", "kl")


class AccountCheck:
    def __init__(self, store: Redis, quarantine: Quarantine) -> None:
        self._store = store
        self._quarantine = quarantine

    async def look(self, name: KeyName) -> tuple[list[Finding], list[str]] | None:
        """What was found, and the containers to look at because of it; None when the account
        changed meanwhile. Raises StoreUnavailable."""
        facts, present, log = await self._read(name.account)
        found: list[Finding] = []
        suspected: list[str] = []
        for objection in account(facts, present, log):
            fields = [Suspect(name=field) for field in objection.fields]
            taken = await self._quarantine.set_aside(
                name.account, facts, objection.reason, [name.key, name.key], fields
            )
            if taken is None:
                return (found, suspected) if found else None
            if taken:
                found.append(Finding(kind="a", reason=objection.reason))
                suspected += _containers(name, facts, objection)
                shard = [f"{name.tag}:{kind}" for kind in _SHARD]
                return found, [*suspected, *shard, name.key]  # the facts are others now
        return found, suspected

    async def _read(self, account: str) -> tuple[AccountFacts, frozenset[str], ConsentLog | None]:
        entries, last = await self._snapshot(account, _RECENT)
        if len(entries[2]) == _RECENT:
            entries, last = await self._snapshot(account, _ALL)
        values, names, written = entries
        try:
            log = ConsentLog.read(written, whole=len(written) < min(last, _LOG_IS_TRIMMED_AT))
        except (ValueError, KeyError, TypeError, AttributeError):
            log = None
        return AccountFacts.of(values), frozenset(name.decode() for name in names), log

    async def _snapshot(self, account: str, most: int) -> tuple[Any, int]:
        with store_errors():
            async with self._store.pipeline(transaction=True) as pipeline:
                pipeline.hmget(keys.account(account), list(FIELDS))
                pipeline.hkeys(keys.account(account))
                pipeline.lrange(keys.consent_log(account), 0, most - 1)
                return await pipeline.execute(), most


def _containers(name: KeyName, facts: AccountFacts, objection: Objection) -> list[str]:
    """The keys that the fields opened."""
    if not objection.purpose or objection.reason is Reason.ERASED:
        return []
    epoch = facts[f"{objection.purpose}_epoch"]
    kinds = {"history": ("h", "hx"), "learning": ("i", "ix", "v"), "review": _REVIEW}
    return [name.sibling(kind, epoch) for kind in kinds[objection.purpose] if epoch]
