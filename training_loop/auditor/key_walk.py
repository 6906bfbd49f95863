"""Walks every key of the store, and sets aside what should not be there."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from contextlib import aclosing
from typing import Any

from redis.asyncio import Redis

from training_loop.auditor.account_check import AccountCheck
from training_loop.auditor.container_check import ContainerCheck
from training_loop.auditor.finding import Finding, RoundReport
from training_loop.auditor.key_names import KeyName
from training_loop.auditor.pace import Pace
from training_loop.auditor.quarantine import ANYTHING, Quarantine, Suspect
from training_loop.auditor.rules import PURPOSES, Reason, belonging, membership
from training_loop.store import keys
from training_loop.store.client import store_errors

_LOOKS = 8
"""How often something that changes while it is looked at is looked at again."""
_OF_SHARDS = frozenset({"q", "ql", "n", "p", "kl", "kqr", "kqa", "kqc", "kqw", "kf", "wi"})
_STAFF = "{s64}"
"""The shard of people who work here: nothing of an account holder is there."""
_FENCE = re.compile(r"\{[^{}]+\}:f")
_OF_NOBODY = (
    keys.NON_PERSONAL_KINDS | keys.STAFF_KINDS | {"e", "pw", "au", "ah", "aur", "wc", "wl", "wt"}
)


class KeyWalk:
    def __init__(self, store: Redis, containers: ContainerCheck, pace: Pace) -> None:
        self._store = store
        self._quarantine = Quarantine(store)
        self._pace = pace
        self._containers = containers
        self._accounts = AccountCheck(store, self._quarantine)
        self._there: set[str] = set()

    async def prepare(self, page: list[str]) -> None:
        """Asks for all accounts of a page at once, so that what merely needs an account to be
        there costs no question of its own. A doubt is looked into by itself."""
        names = [name for key in page if (name := KeyName.parse(key))]
        accounts = sorted({name.account for name in names if name.account})
        with store_errors():
            async with self._store.pipeline(transaction=False) as pipeline:
                for account in accounts:
                    pipeline.hexists(keys.account(account), "state")
                there = await pipeline.execute() if accounts else []
        self._there = {account for account, known in zip(accounts, there, strict=True) if known}

    async def look(self, key: str, report: RoundReport) -> None:
        """Judges one key and all that is in it. Raises StoreUnavailable."""
        name = KeyName.parse(key)
        if name is None:
            await self._outside_of_shards(key, report)
            return
        waiting = [name]
        for _ in range(_LOOKS):
            again = []
            for one in waiting:
                again += await self._look_once(one, report)
            waiting = again
            if not waiting:
                return
        report.unsettled += len(waiting)

    async def _look_once(self, name: KeyName, report: RoundReport) -> list[KeyName]:
        """What to look at again, or because of what was found."""
        if name.account and name.tag != keys.shard_of(name.account):
            # Nothing looks there; it cannot be moved either, where shards are on several servers.
            report.findings.append(
                Finding(kind=name.kind, reason=Reason.MISPLACED, set_aside=False)
            )
            return []
        if name.account and name.kind == "a":
            return await self._account(name, report)
        if name.account and name.kind in PURPOSES:
            return await self._container(name, report)
        if name.kind in _OF_SHARDS and not name.account:
            return await self._members(name, report)
        if name.account and name.kind == "z":
            if not name.rest:
                await self._quarantine.expire(name.account)
            return []
        if name.account:
            return await self._belonging(name, report)
        if name.kind == "we":
            await self._address(name, report)
        elif name.kind in _OF_NOBODY or name.tag == _STAFF:
            await self._pace.after(1)
        else:
            await self._unknown(report)
        return []

    async def _outside_of_shards(self, key: str, report: RoundReport) -> None:
        if key in keys.NON_PERSONAL_KEYS or _FENCE.fullmatch(key):
            await self._pace.after(1)
        else:
            await self._unknown(report)

    async def _unknown(self, report: RoundReport) -> None:
        """A key that no rule knows might be anybody's, and no erasure would find it. It stays where
        it is, and its name, which might be somebody's, is not repeated."""
        await self._checked("other", 1, report)
        report.findings.append(Finding(kind="other", reason=Reason.UNKNOWN_KEY, set_aside=False))

    async def _account(self, name: KeyName, report: RoundReport) -> list[KeyName]:
        seen = await self._accounts.look(name)
        if seen is None:
            return [name]
        await self._checked("a", 1, report)
        found, suspected = seen
        report.findings += found
        return [parsed for key in suspected if (parsed := KeyName.parse(key))]

    async def _container(self, name: KeyName, report: RoundReport) -> list[KeyName]:
        async with aclosing(self._containers.look(name)) as looks:
            async for seen in looks:
                if seen is None:
                    return [name]
                items, finding = seen
                await self._checked(name.kind, items, report)
                if finding:
                    report.findings.append(finding)
        return []

    async def _members(self, name: KeyName, report: RoundReport) -> list[KeyName]:
        """The accounts that a shard's own key names, each by a member or by its value."""
        again = False
        async for member, account in self._named(name):
            facts, _ = await self._containers.facts(account)
            reason = membership(name.kind, facts)
            await self._checked(name.kind, 1, report)
            if reason is None:
                continue
            places = [name.key, name.key]
            moved = await self._quarantine.set_aside(
                account, facts, reason, places, [Suspect(name=member, here=ANYTHING)]
            )
            again |= moved is None
            if moved:
                report.findings.append(Finding(kind=name.kind, reason=reason))
        return [name] if again else []

    async def _named(self, name: KeyName) -> AsyncIterator[tuple[bytes, str]]:
        with store_errors():
            if name.kind in ("n", "wi"):
                async for member in self._store.sscan_iter(name.key):
                    yield member, _text(member)
            elif name.kind == "kf":
                async for case, owner in self._store.hscan_iter(name.key):
                    yield case, _text(owner).partition(" ")[0]
            elif name.kind == "p":
                async for digest, value in self._store.hscan_iter(name.key):
                    yield digest, _text(value).partition("|")[0]
            else:
                async for member, _ in self._store.zscan_iter(name.key):
                    yield member, _text(member)

    async def _address(self, name: KeyName, report: RoundReport) -> None:
        """Whose an e-mail address is. It lies in another shard than its account, so it is not set
        aside here: reported, it stays until the account's record claims or releases it."""
        with store_errors():
            held = await self._store.get(name.key)
        await self._checked(name.kind, 1, report)
        if held is None:
            return
        facts, _ = await self._containers.facts(_text(held).partition(" ")[0])
        reason = belonging(facts)
        if reason is not None:
            report.findings.append(Finding(kind=name.kind, reason=reason, set_aside=False))

    async def _belonging(self, name: KeyName, report: RoundReport) -> list[KeyName]:
        if name.account in self._there:
            await self._checked(name.kind, 1, report)
            return []
        facts, _ = await self._containers.facts(name.account)
        reason = belonging(facts)
        await self._checked(name.kind, 1, report)
        if reason is None:
            return []
        moved = await self._quarantine.set_aside(name.account, facts, reason, [name.key, name.key])
        if moved:
            report.findings.append(Finding(kind=name.kind, reason=reason, items=moved))
        return [name] if moved is None else []

    async def _checked(self, kind: str, items: int, report: RoundReport) -> None:
        report.checked[kind] += items
        await self._pace.after(items)


def _text(value: Any) -> str:
    return value.decode(errors="replace") if isinstance(value, bytes) else str(value)
