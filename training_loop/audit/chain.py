"""Following the chain of one shard. Pure: it is given the lines and asks nobody."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from training_loop.audit.checkpoint import Head, Sealed
from training_loop.audit.entry import AuditEntry, MalformedEntry, first_link, link_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Break:
    """Where a chain does not hold."""

    shard: str
    number: int
    what: str
    """A sentence for a person."""


class ChainBroken(Exception):
    """Carries the first break of a shard; nothing after it can be trusted."""

    def __init__(self, found: Break) -> None:
        super().__init__(found.what)
        self.found = found


class Chain:
    """One shard's entries so far, each checked against the one before and what was sealed."""

    def __init__(
        self,
        shard: str,
        sealed: Mapping[int, Sealed] | None = None,
        *,
        head: Head | None = None,
        after: Head | None = None,
    ) -> None:
        """`head`: the shard's head as it was before its entries were read. `after`: the entry to
        go on from, known to be right; from the first one by default."""
        self.shard = shard
        self._sealed = sealed or {}
        self._head = head or (0, "")
        self.number, self.link = after or (0, first_link(shard))

    def follow(self, line: str) -> AuditEntry:
        """Takes the next entry. Raises ChainBroken."""
        expected = self.number + 1
        try:
            entry = AuditEntry.read(self.shard, line)
        except MalformedEntry as error:
            raise self.broken(expected, "is no audit entry") from error
        if entry.number > expected:
            last = entry.number - 1
            which = f"entry {expected} is" if last == expected else f"entries to {last} are"
            raise self.broken(expected, f"is followed by a gap: {which} missing or moved")
        if entry.number < expected:
            raise self.broken(expected, f"holds entry {entry.number}: moved or put in twice")
        if entry.link != link_of(self.link, line):
            raise self.broken(expected, "does not follow from the one before it: one was changed")
        sealed = self._sealed.get(entry.number)
        if sealed and sealed.link != entry.link:
            raise self.broken(expected, "is not the one that a checkpoint signed: it was rewritten")
        if self._head[0] == entry.number and self._head[1] != entry.link:
            raise self.broken(expected, "is not the one that the shard's head names")
        self.number, self.link = entry.number, entry.link
        return entry

    def end(self) -> None:
        """Says that no more entries follow. Raises ChainBroken when some are missing."""
        last_sealed = max(self._sealed, default=0)
        if last_sealed > self.number:
            raise self.broken(
                self.number + 1, f"is missing, like all up to {last_sealed} that were signed"
            )
        if not 0 <= self._head[0] <= self.number:
            raise self.broken(
                self.number + 1, f"is missing: the shard's head names entry {self._head[0]}"
            )

    def broken(self, number: int, what: str) -> ChainBroken:
        sentence = f"Entry {number} of shard {self.shard} {what}."
        return ChainBroken(Break(shard=self.shard, number=number, what=sentence))
