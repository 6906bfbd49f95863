"""What was said: the history, the learning queue, and the audio of both."""

from __future__ import annotations

from training_loop.store.keys.shards import shard_of


def learning_items(name: str, epoch: int) -> str:
    """Hash: item id to `<blob>|<enqueued, ms>|` and the sealed utterance."""
    return f"{shard_of(name)}:i:{name}:{epoch}"


def learning_index(name: str, epoch: int) -> str:
    """Sorted set: item ids by capture time in ms."""
    return f"{shard_of(name)}:ix:{name}:{epoch}"


def ready(name: str, epoch: int) -> str:
    """Sorted set: item ids that wait for review, by time; the epoch is `human_review`'s own."""
    return f"{shard_of(name)}:r:{name}:{epoch}"


def leases(name: str, epoch: int) -> str:
    """Hash: item id to lease token and expiry; the epoch is `human_review`'s own."""
    return f"{shard_of(name)}:t:{name}:{epoch}"


def reviewed(name: str, epoch: int) -> str:
    """Hash: item id to sealed review."""
    return f"{shard_of(name)}:v:{name}:{epoch}"


def history_items(name: str, epoch: int) -> str:
    """Hash: utterance id to `<blob>|<kept, ms>|` and the sealed record."""
    return f"{shard_of(name)}:h:{name}:{epoch}"


def history_index(name: str, epoch: int) -> str:
    """Sorted set: utterance ids by capture time in ms."""
    return f"{shard_of(name)}:hx:{name}:{epoch}"


def blob_intents(shard: str) -> str:
    """Sorted set: blobs announced and not referenced yet, by deadline in ms; 0 for "remove now".

    Blob names are random and say nothing about their account.
    """
    return f"{shard}:b"


def queue_accounts(shard: str) -> str:
    """Sorted set: accounts of a shard with items that wait for review, by their oldest item."""
    return f"{shard}:q"


def leasing_accounts(shard: str) -> str:
    """Sorted set: accounts of a shard with leased items, by the earliest expiry in ms."""
    return f"{shard}:ql"
