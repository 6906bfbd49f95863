"""Shards: which keys stand in one slot, and what kind a key is of."""

from __future__ import annotations

import hashlib

SHARDS = 64


def shard_tag(number: int) -> str:
    return f"{{s{number:02d}}}"


def shard_of(account: str) -> str:
    """The hash tag of an account's shard, for example `{s07}`."""
    return shard_tag(hashlib.sha256(account.encode()).digest()[0] % SHARDS)


def all_shards() -> tuple[str, ...]:
    return tuple(shard_tag(number) for number in range(SHARDS))


STAFF_SHARD = "{s64}"
"""What belongs to people who work here: one slot of its own beside the accounts' shards, so that
each change of it is one script on a cluster as well."""


def audited_shards() -> tuple[str, ...]:
    """Shards with a chain of audit entries: those of accounts, and the staff's."""
    return (*all_shards(), STAFF_SHARD)


def shard_of_erasure(erasure: str) -> str:
    """An erasure's id carries its shard, so that it is found when the account is gone."""
    return f"{{s{erasure[4:6]}}}"


def fence(key: str) -> str:
    """String in the slot of a key: written on a cluster before each answer, for a replica to
    confirm."""
    tag = key[1 : key.find("}")] if key.startswith("{") and key.find("}") > 1 else key
    return f"{{{tag}}}:f"


def shard_of_digest(digest: str) -> str:
    """Of an address by its keyed digest, or of a ticket by its id: whatever account they are of."""
    return shard_tag(int(digest[:4], 16) % SHARDS)


def kind_of(key: str) -> str:
    """The kind of a shard key: `h` for `{s07}:h:<account>:3`; empty for other keys."""
    parts = key.split(":")
    return parts[1] if key.startswith("{s") and len(parts) > 1 else ""
