"""Wrapping with a master key that this process holds."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterable

from training_loop.vault.cipher import KEY_BYTES, decrypt, encrypt
from training_loop.vault.errors import Corrupted, MasterKeyRefused


def derive(master: bytes, use: str) -> bytes:
    """32 bytes for one use, from which neither the master key nor another use can be found."""
    return hmac.new(master, f"earmark {use}".encode(), hashlib.sha256).digest()


def id_of(master: bytes) -> str:
    """Names a key held in a file or in the environment, so that it can move between them."""
    return f"local-{derive(master, 'id').hex()[:16]}"


def read_keys(written: str) -> tuple[bytes, ...]:
    """Keys of 64 hexadecimal digits each, between white space or commas. Raises MasterKeyRefused,
    also for none."""
    try:
        keys = tuple(bytes.fromhex(word) for word in written.replace(",", " ").split())
    except ValueError as error:
        raise MasterKeyRefused("the master key does not hold a key in hexadecimal") from error
    if not keys or any(len(key) != KEY_BYTES for key in keys):
        raise MasterKeyRefused("the master key does not hold a key of 32 bytes")
    return keys


def wrap(masters: Iterable[bytes], secret: bytes, *, key_id: str, context: str) -> bytes:
    return encrypt(_wrapping(masters, key_id), secret, context)


def unwrap(masters: Iterable[bytes], wrapped: bytes, *, key_id: str, context: str) -> bytes:
    """Raises MasterKeyRefused."""
    try:
        return decrypt(_wrapping(masters, key_id), wrapped, context)
    except Corrupted as error:
        raise MasterKeyRefused("the vault's keys do not fit the master key") from error


def _wrapping(masters: Iterable[bytes], key_id: str) -> bytes:
    for master in masters:
        if id_of(master) == key_id:
            return derive(master, "provider wrapping")
    raise MasterKeyRefused(
        f"this is not the master key that the store was made with: version {key_id} is missing"
    )
