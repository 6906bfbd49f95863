"""AES-256-GCM with one-byte version, random nonce, and the place as associated data."""

from __future__ import annotations

import secrets

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from training_loop.vault.errors import Corrupted

KEY_BYTES = 32
_VERSION = b"\x01"
_NONCE_BYTES = 12
_TAG_BYTES = 16


def new_key() -> bytes:
    return secrets.token_bytes(KEY_BYTES)


def encrypt(key: bytes, plaintext: bytes, place: str) -> bytes:
    """Version, nonce, ciphertext, tag. `place` must be given again to decrypt.

    Nonces are random 96-bit values: far below 2^32 messages under one account's key.
    """
    nonce = secrets.token_bytes(_NONCE_BYTES)
    return _VERSION + nonce + AESGCM(key).encrypt(nonce, plaintext, _bound_to(place))


def decrypt(key: bytes, sealed: bytes, place: str) -> bytes:
    """Raises Corrupted for another key, another place or changed bytes."""
    start = len(_VERSION) + _NONCE_BYTES
    if len(sealed) < start + _TAG_BYTES or not sealed.startswith(_VERSION):
        raise Corrupted("sealed data is incomplete or of an unknown version")
    try:
        return AESGCM(key).decrypt(sealed[len(_VERSION) : start], sealed[start:], _bound_to(place))
    except InvalidTag as error:
        raise Corrupted("sealed data does not fit its key and place") from error


def _bound_to(place: str) -> bytes:
    return _VERSION + place.encode()
