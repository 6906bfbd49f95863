"""Erasures, what they still have to do, and what the auditor put aside."""

from __future__ import annotations

from training_loop.store.keys.shards import shard_of, shard_of_erasure


def log_rewrite_due(shard: str) -> str:
    """Counter: rises with each deletion; gone once the append-only file was rewritten since."""
    return f"{shard}:lr"


def begun_deletions(shard: str) -> str:
    """Set: accounts whose deletion Earmark 0.1 had begun; each becomes an erasure."""
    return f"{shard}:e"


def erasure(name: str) -> str:
    """Hash: step, evidence and receipt of an erasure, and what it erases, sealed."""
    return f"{shard_of_erasure(name)}:er:{name}"


def erasure_blobs(name: str) -> str:
    """Set: blobs and containers that an erasure still has to remove."""
    return f"{shard_of_erasure(name)}:eb:{name}"


def open_erasures(shard: str) -> str:
    """Set: erasures of a shard that have begun and not ended."""
    return f"{shard}:eo"


def erasures_with_pending(shard: str) -> str:
    """Set: erasures that have ended with something pending, for a second receipt."""
    return f"{shard}:ep"


def erased_accounts(shard: str) -> str:
    """Sorted set: digests of erased accounts by the time of their erasure in ms."""
    return f"{shard}:ts"


def quarantine(name: str) -> str:
    """Hash: what the auditor put aside of an account, `z:<account>:<ms>:<old key>`, to that ms."""
    return f"{shard_of(name)}:z:{name}"


def erasure_durations(shard: str) -> str:
    """Hash: how many erasures took how long, by the exponent of their length."""
    return f"{shard}:ef"
