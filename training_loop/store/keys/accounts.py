"""What an account holds: settings, consents, devices, agenda, lists, requests."""

from __future__ import annotations

import hashlib

from training_loop.store.keys.shards import shard_of


def account(name: str) -> str:
    """Hash: settings, epochs, wrapped keys, token digest, time zone."""
    return f"{shard_of(name)}:a:{name}"


def consent_log(name: str) -> str:
    """List: each consent given or withdrawn, with text version, channel and time."""
    return f"{shard_of(name)}:c:{name}"


def read_grants(name: str) -> str:
    """Sorted set: reads in flight by expiry in ms; an opt-out waits for them."""
    return f"{shard_of(name)}:rg:{name}"


def listens(name: str) -> str:
    """List: who listened to this account, and when."""
    return f"{shard_of(name)}:w:{name}"


def model_uses(name: str) -> str:
    """Set: models that were trained on items of this account."""
    return f"{shard_of(name)}:m:{name}"


def data_set_uses(name: str) -> str:
    """Set: data sets, and exports of them, that name items of this account. Stays after an
    opt-out, so that a later erasure still finds who was given what."""
    return f"{shard_of(name)}:du:{name}"


def exported_items(export: str) -> str:
    """Hash: digest of each item of an export to "" (delivered), the ms since which its recipient
    has to delete it, or "done:<ms>". Nobody can turn the digests into items."""
    return f"{shard_of(export)}:xi:{export}"


def devices(name: str) -> str:
    """Hash: device id to sealed record and credential digest."""
    return f"{shard_of(name)}:d:{name}"


def agenda(name: str) -> str:
    """Hash: entry id to sealed timer, alarm or reminder."""
    return f"{shard_of(name)}:g:{name}"


def agenda_due(name: str, device: str) -> str:
    """Sorted set: agenda entry ids of one device by due time."""
    return f"{shard_of(name)}:gd:{name}:{device}"


def agenda_rung(name: str) -> str:
    """Hash that expires: device to the sealed entry that rang last."""
    return f"{shard_of(name)}:gr:{name}"


def lists(name: str) -> str:
    """Hash: list name to sealed items."""
    return f"{shard_of(name)}:l:{name}"


def request(name: str, request_id: str) -> str:
    """String that expires: the result of a request id, so that a retry repeats the answer."""
    return f"{shard_of(name)}:x:{name}:{request_id}"


def arrival(name: str, utterance: str) -> str:
    """String that expires: what became of an utterance, or that it was deleted; no id in its name.

    Scripts build the same name.
    """
    digest = hashlib.sha1(utterance.encode(), usedforsecurity=False).hexdigest()
    return request(name, f"u:{digest}")


def consenting_accounts(shard: str) -> str:
    """Set: accounts of a shard that keep a history or let models learn."""
    return f"{shard}:n"


def pairing_codes(shard: str) -> str:
    """Hash: digest of a one-time code to its account and expiry."""
    return f"{shard}:p"


def pairing_failures(shard: str) -> str:
    """String that expires: how many wrong codes came for a shard lately."""
    return f"{shard}:pw"


def oldest_key_version(shard: str) -> str:
    """String: keys wrapped by an older version of the master key are not stored any more."""
    return f"{shard}:kv"


def sampled(name: str) -> str:
    """Hash that expires: day to how many of its utterances were offered for review."""
    return f"{shard_of(name)}:sp:{name}"
