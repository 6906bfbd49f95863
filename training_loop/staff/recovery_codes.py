"""Ten codes for the day that the second factor is lost; each works once."""

from __future__ import annotations

import base64
import secrets

from training_loop.vault.vault import Vault

COUNT = 10
_BYTES = 10


def new_codes() -> tuple[str, ...]:
    """80 random bits each, in groups of four to be written down."""
    return tuple(_grouped(secrets.token_bytes(_BYTES)) for _ in range(COUNT))


def digest(vault: Vault, member: str, typed: str) -> str:
    """What the store keeps of a code, however it was typed: with a key, since 80 bits of a known
    form could be tried out on a stolen store."""
    plain = "".join(typed.split()).replace("-", "").lower()
    return vault.digest(f"staff recovery {member}", plain)


def _grouped(random: bytes) -> str:
    letters = base64.b32encode(random).decode().lower()
    return "-".join(letters[at : at + 4] for at in range(0, len(letters), 4))
