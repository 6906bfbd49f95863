"""Looks into the containers of history, learning and review: is each item consented to?"""

from __future__ import annotations

import hashlib
import time
from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from typing import Any

from redis.asyncio import Redis

from training_loop.auditor.facts import FIELDS, AccountFacts
from training_loop.auditor.finding import Finding
from training_loop.auditor.key_names import KeyName
from training_loop.auditor.quarantine import NOTHING, Quarantine, Suspect
from training_loop.auditor.rules import Reason, container, overdue, record
from training_loop.store import keys
from training_loop.store.client import store_errors
from training_loop.store.script_runner import Scripts

LEARNING_DAYS = 180
"""How long an item may stay in the learning queue: stated again here, on purpose."""
_AT_ONCE = 500
_CLOCK_KEPT_S = 1.0
_SORTED_SETS = frozenset({"hx", "ix", "r", "kd"})
_WITH_AUDIO = ("h", "i", "k", "kh")
_IN_REVIEW = ("r", "t", "k", "kt", "kr", "ka", "kc", "kw", "kd", "kh")
_COUNTERPARTS = {"h": "hx", "hx": "h", "i": "ix", "ix": "i", "v": "i"}

Row = tuple[bytes, bytes | float]
"""An item's name, with its value or score."""


class ContainerCheck:
    """Judges item by item, at most `_AT_ONCE` of them in memory."""

    def __init__(self, store: Redis, quarantine: Quarantine, *, grace_s: float) -> None:
        """`grace_s`: how late retention may be before it is a mismatch."""
        self._store = store
        self._quarantine = quarantine
        self._scripts = Scripts(store)
        self._grace_s = grace_s
        self._told_at = -_CLOCK_KEPT_S
        self._now_ms = 0.0

    async def look(self, name: KeyName) -> AsyncGenerator[tuple[int, Finding | None] | None]:
        """Yields how many items were checked each time, and what was found; None when the
        account changed meanwhile. Raises StoreUnavailable."""
        facts, now_ms = await self.facts(name.account)
        reason = container(name.kind, name.rest, facts)
        if reason:
            moved = await self._quarantine.set_aside(
                name.account, facts, reason, [name.key, name.key]
            )
            yield None if moved is None else (1, _finding(name, reason, moved))
            return
        async for rows in self._pages(name):
            yield len(rows), None
            for reason, suspects in await self._suspects(name, facts, now_ms, rows):
                moved = await self._quarantine.set_aside(
                    name.account, facts, reason, self._places(name, facts), suspects
                )
                yield None if moved is None else (0, _finding(name, reason, moved))

    async def facts(self, account: str) -> tuple[AccountFacts, float]:
        """With the server's time in ms, read before them: a second ago at most."""
        if time.monotonic() - self._told_at > _CLOCK_KEPT_S:
            self._told_at = time.monotonic()
            with store_errors():
                seconds, micro = await self._store.time()
            self._now_ms = seconds * 1000 + micro / 1000
        now_ms = self._now_ms
        with store_errors():
            values: Any = await self._store.hmget(keys.account(account), list(FIELDS))
        return AccountFacts.of(values), now_ms

    async def _pages(self, name: KeyName) -> AsyncIterator[list[Row]]:
        cursor = 0
        while True:
            with store_errors():
                if name.kind in _SORTED_SETS:
                    found: Any = await self._store.zscan(name.key, cursor, count=_AT_ONCE)
                    rows = list(found[1])
                else:
                    found = await self._store.hscan(name.key, cursor, count=_AT_ONCE)
                    rows = list(found[1].items())
            cursor = int(found[0])
            for at in range(0, len(rows), _AT_ONCE):  # a small container comes whole
                yield rows[at : at + _AT_ONCE]
            if not cursor:
                return

    async def _suspects(
        self, name: KeyName, facts: AccountFacts, now_ms: float, rows: Sequence[Row]
    ) -> list[tuple[Reason, list[Suspect]]]:
        found: dict[Reason, list[Suspect]] = {}
        absent = await self._absent(self._places(name, facts)[1], [item for item, _ in rows])
        missing = Reason.NOT_INDEXED if name.kind in ("h", "i") else Reason.DANGLING
        for item, held in rows:
            if item in absent:
                suspect = Suspect(name=item, there=NOTHING)
                found.setdefault(missing, []).append(suspect)
            elif isinstance(held, bytes) and name.kind in _WITH_AUDIO:
                reason = record(name.kind, held, facts)
                if reason:
                    digest = hashlib.sha1(held, usedforsecurity=False).hexdigest()
                    found.setdefault(reason, []).append(Suspect(name=item, here=digest))
            elif isinstance(held, float) and self._overdue(name.kind, held, facts, now_ms):
                suspect = Suspect(name=item, here=f"{held:.17g}")
                found.setdefault(Reason.RETENTION, []).append(suspect)
        return list(found.items())

    def _overdue(self, kind: str, score: float, facts: AccountFacts, now_ms: float) -> bool:
        if kind == "hx":
            return overdue(score, int(facts["retention_days"] or 0), now_ms, self._grace_s)
        return kind == "ix" and overdue(score, LEARNING_DAYS, now_ms, self._grace_s)

    async def _absent(self, counterpart: str, items: Sequence[bytes]) -> frozenset[bytes]:
        if not items:
            return frozenset()
        return frozenset(await self._scripts.run("absent", [counterpart], items))

    def _places(self, name: KeyName, facts: AccountFacts) -> list[str]:
        """Where an item is, its counterpart, and what else may name it."""
        if name.kind in _IN_REVIEW:
            return [name.key, name.sibling("i", facts["learning_epoch"])]
        counterpart = _COUNTERPARTS[name.kind]
        places = [name.key, name.sibling(counterpart)]
        if name.kind in ("i", "ix"):
            places.append(name.sibling("v"))
            if facts["review_epoch"]:
                places += [name.sibling(kind, facts["review_epoch"]) for kind in _IN_REVIEW]
        return places


def _finding(name: KeyName, reason: Reason, moved: int) -> Finding | None:
    return Finding(kind=name.kind, reason=reason, items=moved) if moved else None
