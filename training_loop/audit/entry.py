"""One line of the audit log, as the store's scripts write it."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

_FIELDS = 8
NOTHING = "-"


class MalformedEntry(ValueError):
    """The text is no audit entry."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditEntry:
    """Who did what to whom. Pseudonyms and stable words only."""

    shard: str
    """For example "s07"."""
    number: int
    """From 1, without gaps in its shard."""
    at_ms: int
    """By the store's clock. Numbers tell the order, also where the clock was set back."""
    actor: str
    """"holder", "machine", "operator", or the pseudonym of a member of staff."""
    subject: str
    """The pseudonym of an account, an erasure's id, or "-"."""
    action: str
    detail: str
    """`name=value` pairs with commas, or "-"."""
    request: str
    """Digest of the request that asked for it, or "-"."""
    link: str

    @staticmethod
    def read(shard: str, line: str) -> AuditEntry:
        """Raises MalformedEntry."""
        parts = line.split(" ")
        if len(parts) != _FIELDS or not parts[0].isdecimal() or not parts[1].isdecimal():
            raise MalformedEntry("not an audit entry")
        actor, subject, action, detail, request, link = parts[2:]
        return AuditEntry(
            shard=shard,
            number=int(parts[0]),
            at_ms=int(parts[1]),
            actor=actor,
            subject=subject,
            action=action,
            detail=detail,
            request=request,
            link=link,
        )


def first_link(shard: str) -> str:
    """What the first entry of a shard follows, so that no shard's chain fits another."""
    return hashlib.sha256(f"earmark audit {{{shard}}}".encode()).hexdigest()


def link_of(earlier: str, line: str) -> str:
    """The link that an entry must carry after another one."""
    body = line.rpartition(" ")[0]
    return hashlib.sha256(f"{earlier} {body}".encode()).hexdigest()
