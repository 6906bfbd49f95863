"""The chains of the audit log."""

from __future__ import annotations


def audit_entries(shard: str) -> str:
    """List: what was done in a shard, each entry linked to the one before; pseudonyms only."""
    return f"{shard}:au"


def audit_head(shard: str) -> str:
    """String: number and link of the shard's last audit entry."""
    return f"{shard}:ah"


def audit_request(shard: str, digest: str) -> str:
    """String that expires: a request that was recorded already."""
    return f"{shard}:aur:{digest}"
