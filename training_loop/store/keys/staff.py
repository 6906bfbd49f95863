"""Members of staff and how they sign in."""

from __future__ import annotations

from training_loop.store.keys.shards import STAFF_SHARD


def staff_member(member: str) -> str:
    """Hash: state, role, sealed name, pseudonym, and what the member signs in with: digests, an
    Argon2 hash, a sealed secret."""
    return f"{STAFF_SHARD}:sm:{member}"


def staff_names() -> str:
    """Hash: keyed digest of a name to the id of the member of staff."""
    return f"{STAFF_SHARD}:sn"


def staff_identities() -> str:
    """Hash: keyed digest of an OpenID Connect issuer and subject to the id of a member."""
    return f"{STAFF_SHARD}:si"


def staff_recovery(member: str) -> str:
    """Set: digests of recovery codes that were not used."""
    return f"{STAFF_SHARD}:sr:{member}"


def staff_passkeys(member: str) -> str:
    """Hash: credential id to `<sign count>|<made, ms>|<public key>`."""
    return f"{STAFF_SHARD}:sk:{member}"


def staff_session(session: str) -> str:
    """Hash that expires: digest of the token, member, the role at issue, times in ms."""
    return f"{STAFF_SHARD}:ss:{session}"


def staff_sessions(member: str) -> str:
    """Sorted set: sessions of a member by when they were opened, in ms."""
    return f"{STAFF_SHARD}:sl:{member}"


def staff_ticket(ticket: str) -> str:
    """Hash that expires: who is half signed in, or half enrolled, and with what."""
    return f"{STAFF_SHARD}:st:{ticket}"


def staff_failures(name_digest: str) -> str:
    """Hash that expires: attempts since the last success under a name, known or not, and until
    when no further one is looked at."""
    return f"{STAFF_SHARD}:sf:{name_digest}"


def staff_attempts() -> str:
    """String that expires: attempts of everybody in this minute."""
    return f"{STAFF_SHARD}:sf"


def staff_oidc_flow(flow: str) -> str:
    """String that expires: state, nonce and code verifier of a sign-in elsewhere, sealed."""
    return f"{STAFF_SHARD}:so:{flow}"


def passkey_challenge(shard: str, ceremony: str) -> str:
    """String that expires: the challenge of a passkey ceremony; taken once. No account in its
    name."""
    return f"{shard}:wc:{ceremony}"


STAFF_KINDS = frozenset({"sm", "sn", "si", "sr", "sk", "ss", "sl", "st", "sf", "so"})
"""Second parts of the keys about members of staff: nothing of an account, and not backed up."""
