"""Looking through the audit log from its end, a page at a time."""

from __future__ import annotations

import heapq
from collections.abc import Sequence
from dataclasses import dataclass

from redis.asyncio import Redis

from training_loop.audit.entry import AuditEntry, MalformedEntry
from training_loop.audit.log import all_shard_names
from training_loop.errors import InvalidArgument
from training_loop.store import keys
from training_loop.store.client import store_errors
from training_loop.store.script_runner import text

LOOKED_AT = 5000
"""Entries that one page looks at, at most."""
_AT_ONCE = 64


@dataclass(frozen=True, slots=True, kw_only=True)
class EntryFilter:
    """What an entry must say exactly; empty for anything. Times in ms: from `since_ms` to before
    `until_ms`; 0 for no bound."""

    actor: str = ""
    action: str = ""
    subject: str = ""
    shard: str = ""
    since_ms: int = 0
    until_ms: int = 0

    def lets_through(self, entry: AuditEntry) -> bool:
        return (
            self.actor in ("", entry.actor)
            and self.action in ("", entry.action)
            and self.subject in ("", entry.subject)
            and entry.at_ms >= self.since_ms
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class EntryPage:
    entries: tuple[AuditEntry, ...]
    next_place: str
    """Where the next page begins; empty at the log's beginning."""


@dataclass(slots=True, kw_only=True)
class _Shard:
    """One chain, read backwards. `below`: entries from this number on were looked at."""

    name: str
    below: int
    read: list[AuditEntry]


class AuditBrowser:
    """Pages are in the order of the entries' times; where a clock was set back, of their numbers
    within a shard. All of it raises StoreUnavailable."""

    def __init__(self, store: Redis) -> None:
        self._store = store

    async def page(self, wanted: EntryFilter, size: int, place: str = "") -> EntryPage:
        """Raises InvalidArgument for a place that no page has named."""
        shards = await self._begin(wanted, place)
        await self._fill(shards)
        newest = [(-one.read[0].at_ms, one.name, one) for one in shards if one.read]
        heapq.heapify(newest)
        found: list[AuditEntry] = []
        looked_at, last = 0, None
        while newest and len(found) < size and looked_at < LOOKED_AT:
            _, _, shard = heapq.heappop(newest)
            entry = shard.read.pop(0)
            looked_at += 1
            if entry.at_ms < wanted.since_ms:
                continue  # what is older in this shard is older still
            last = entry
            if wanted.lets_through(entry):
                found.append(entry)
            if not shard.read:
                await self._fill([shard])
            if shard.read:
                heapq.heappush(newest, (-shard.read[0].at_ms, shard.name, shard))
        more = bool(newest) and last is not None
        return EntryPage(
            entries=tuple(found), next_place=_place(last) if more and last is not None else ""
        )

    async def _begin(self, wanted: EntryFilter, place: str) -> list[_Shard]:
        """Each shard at the first entry that may be on the page."""
        names = all_shard_names()
        if wanted.shard:
            names = tuple(name for name in names if name == wanted.shard)
        at_ms, after = _read_place(place)
        if wanted.until_ms and (not place or wanted.until_ms <= at_ms):
            at_ms, after = wanted.until_ms, ""
        lengths = await self._lengths(names)
        if not at_ms:
            return [_Shard(name=name, below=length, read=[]) for name, length in lengths]
        below = await self._below(lengths, at_ms, after)
        return [
            _Shard(name=name, below=end, read=[])
            for (name, _), end in zip(lengths, below, strict=True)
        ]

    async def _below(self, lengths: Sequence[tuple[str, int]], at_ms: int, after: str) -> list[int]:
        """How many entries of each shard come after a place, by halving all of them at once."""
        low, high = [0] * len(lengths), [length for _, length in lengths]
        while any(one < other for one, other in zip(low, high, strict=True)):
            middle = [(one + other) // 2 for one, other in zip(low, high, strict=True)]
            async with self._store.pipeline(transaction=False) as pipeline:
                for (name, _), index in zip(lengths, middle, strict=True):
                    pipeline.lindex(keys.audit_entries(f"{{{name}}}"), index)
                with store_errors():
                    lines = await pipeline.execute()
            for index, ((name, _), line) in enumerate(zip(lengths, lines, strict=True)):
                if low[index] >= high[index]:
                    continue
                if line is not None and _comes_after(_read(name, text(line)), at_ms, after):
                    low[index] = middle[index] + 1
                else:
                    high[index] = middle[index]
        return low

    async def _lengths(self, names: Sequence[str]) -> list[tuple[str, int]]:
        async with self._store.pipeline(transaction=False) as pipeline:
            for name in names:
                pipeline.llen(keys.audit_entries(f"{{{name}}}"))
            with store_errors():
                lengths = await pipeline.execute()
        return [(name, int(length)) for name, length in zip(names, lengths, strict=True)]

    async def _fill(self, shards: Sequence[_Shard]) -> None:
        """Reads the next entries of each, the newest first."""
        async with self._store.pipeline(transaction=False) as pipeline:
            for shard in shards:
                pipeline.lrange(
                    keys.audit_entries(f"{{{shard.name}}}"),
                    max(0, shard.below - _AT_ONCE),
                    max(0, shard.below - 1),
                )
            with store_errors():
                blocks = await pipeline.execute()
        for shard, lines in zip(shards, blocks, strict=True):
            if shard.below:
                shard.read = [_read(shard.name, text(line)) for line in reversed(lines)]
                shard.below = max(0, shard.below - _AT_ONCE)


def _read(shard: str, line: str) -> AuditEntry:
    """What is no entry is shown as one that says so: verifying tells where the log is broken."""
    try:
        return AuditEntry.read(shard, line)
    except MalformedEntry:
        return AuditEntry(
            shard=shard,
            number=0,
            at_ms=0,
            actor="-",
            subject="-",
            action="malformed",
            detail="-",
            request="-",
            link="",
        )


def _comes_after(entry: AuditEntry, at_ms: int, after: str) -> bool:
    """In the order of pages, the newest first. `after` is the shard and number of the last entry
    of a page, or empty: then all at `at_ms` and later come before."""
    if entry.at_ms != at_ms or not after:
        return entry.at_ms < at_ms
    shard, _, number = after.partition(" ")
    return entry.shard > shard or (entry.shard == shard and entry.number < int(number))


def _place(entry: AuditEntry) -> str:
    return f"{entry.at_ms} {entry.shard} {entry.number}"


def _read_place(place: str) -> tuple[int, str]:
    if not place:
        return 0, ""
    parts = place.split(" ")
    if len(parts) != 3 or not parts[0].isdecimal() or not parts[2].isdecimal():
        raise InvalidArgument("The page token is not one of this list.")
    return int(parts[0]), f"{parts[1]} {parts[2]}"
