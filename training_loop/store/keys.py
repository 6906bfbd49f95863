"""Every key of the store.

All keys of an account share a hash slot through the tag `{sNN}`: 64 logical shards, fixed, by the
account's hash. So one script changes them together, on one server or on a cluster alike.
Containers that consent opens carry the consent's epoch in their name: raising the epoch makes the
old ones unreachable at once.
"""

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


def account(name: str) -> str:
    """Hash: settings, epochs, wrapped keys, token digest, time zone."""
    return f"{shard_of(name)}:a:{name}"


def consent_log(name: str) -> str:
    """List: each consent given or withdrawn, with text version, channel and time."""
    return f"{shard_of(name)}:c:{name}"


def learning_items(name: str, epoch: int) -> str:
    """Hash: item id to sealed utterance."""
    return f"{shard_of(name)}:i:{name}:{epoch}"


def ready(name: str, epoch: int) -> str:
    """Sorted set: item ids that wait for review, by time."""
    return f"{shard_of(name)}:r:{name}:{epoch}"


def leases(name: str, epoch: int) -> str:
    """Hash: item id to lease token and expiry."""
    return f"{shard_of(name)}:t:{name}:{epoch}"


def reviewed(name: str, epoch: int) -> str:
    """Hash: item id to sealed review."""
    return f"{shard_of(name)}:v:{name}:{epoch}"


def history_items(name: str, epoch: int) -> str:
    """Hash: utterance id to sealed history record."""
    return f"{shard_of(name)}:h:{name}:{epoch}"


def history_index(name: str, epoch: int) -> str:
    """Sorted set: utterance ids by capture time."""
    return f"{shard_of(name)}:hx:{name}:{epoch}"


def blob_intents(name: str) -> str:
    """Sorted set: blob names that were announced and are not referenced yet, by deadline."""
    return f"{shard_of(name)}:b:{name}"


def listens(name: str) -> str:
    """List: who listened to this account, and when."""
    return f"{shard_of(name)}:w:{name}"


def model_uses(name: str) -> str:
    """Set: models that were trained on items of this account."""
    return f"{shard_of(name)}:m:{name}"


def devices(name: str) -> str:
    """Hash: device id to sealed record and credential digest."""
    return f"{shard_of(name)}:d:{name}"


def agenda(name: str) -> str:
    """Hash: entry id to sealed timer, alarm or reminder."""
    return f"{shard_of(name)}:g:{name}"


def agenda_due(name: str, device: str) -> str:
    """Sorted set: agenda entry ids of one device by due time."""
    return f"{shard_of(name)}:gd:{name}:{device}"


def lists(name: str) -> str:
    """Hash: list name to sealed items."""
    return f"{shard_of(name)}:l:{name}"


def request(name: str, request_id: str) -> str:
    """String that expires: the result of a request id, so that a retry repeats the answer."""
    return f"{shard_of(name)}:x:{name}:{request_id}"


def queue_accounts(shard: str) -> str:
    """Set: accounts of a shard with items that wait for review."""
    return f"{shard}:q"


def pairing_codes(shard: str) -> str:
    """Hash: digest of a one-time code to its account and expiry."""
    return f"{shard}:p"


SERVING_NLU = "models:nlu"
"""Hash: the NLU model that serves and the one before it."""

SERVING_NLU_CHANGED = "models:nlu:changed"
"""Channel: published after `SERVING_NLU` changed."""
