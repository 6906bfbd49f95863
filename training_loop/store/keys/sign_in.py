"""How account holders sign in."""

from __future__ import annotations

from training_loop.store.keys.shards import shard_of, shard_of_digest, shard_tag


def sign_in_record(name: str) -> str:
    """Hash: the holder's e-mail address, sealed, and the claims on addresses: the one it has, the
    one it is about to take, the one it is giving up."""
    return f"{shard_of(name)}:wm:{name}"


def holder_passkeys(name: str) -> str:
    """Hash: credential id to its record: counter, times, public key and its name, sealed."""
    return f"{shard_of(name)}:wk:{name}"


def holder_sessions(name: str) -> str:
    """Hash that expires: session to `<digest>|<with>|<opened>|<seen>|<until>`, times in ms."""
    return f"{shard_of(name)}:ws:{name}"


def unsettled_emails(shard: str) -> str:
    """Set: accounts of a shard with a change of their address that is not settled."""
    return f"{shard}:wi"


def email_entry(digest: str) -> str:
    """String: `<account> <nonce>` of whoever has the address with this keyed digest. Expires while
    it is a claim alone."""
    return f"{shard_of_digest(digest)}:we:{digest}"


def email_attempts(digest: str) -> str:
    """String that expires: e-mails that were asked for to an address, known or not."""
    return f"{shard_of_digest(digest)}:wl:{digest}"


def sign_in_attempts(what: str) -> str:
    """String that expires: attempts of everybody in this minute."""
    return f"{shard_tag(0)}:wa:{what}"


def sign_in_ticket(ticket: str) -> str:
    """Hash that expires: digests of ticket, code and link, and whom they are about, sealed."""
    return f"{shard_of_digest(ticket)}:wt:{ticket}"


SIGN_IN_LOOKUP_KINDS = frozenset({"we", "wi", "wl", "wt"})
"""Second parts of the keys by which account holders are found when they sign in: made anew from
what the accounts hold, or short-lived; nothing of a backup."""
