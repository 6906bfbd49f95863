"""The key pair of the safety officers' role: anybody here can seal to it, the officers alone open.

X25519 with HPKE (RFC 9180): HKDF-SHA256, AES-256-GCM. The private key's file is needed only where
safety officers are served; the public one wherever clips are reported.
"""

from __future__ import annotations

from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hpke
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
    load_pem_public_key,
)

from training_loop.review.case import OfficersKeyRefused
from training_loop.vault.errors import Corrupted
from training_loop.vault.master_key import write_secret

_SUITE = hpke.Suite(hpke.KEM.X25519, hpke.KDF.HKDF_SHA256, hpke.AEAD.AES_256_GCM)


class OfficersKey:
    """Made where there is none yet. Reads its files anew each time. Blocks: run it in a thread."""

    def __init__(self, private: Path) -> None:
        self._private = private
        self._public = private.with_suffix(".pub")

    def seal(self, content: bytes, place: str) -> bytes:
        """Opens at the same place alone. Raises OfficersKeyRefused."""
        return _SUITE.encrypt(content, self._public_key(), _info(place))

    def unseal(self, sealed: bytes, place: str) -> bytes:
        """Raises OfficersKeyRefused where the private key is not here, and Corrupted."""
        try:
            key = load_pem_private_key(self._private.read_bytes(), password=None)
        except (FileNotFoundError, ValueError, TypeError) as error:
            raise OfficersKeyRefused("the safety officers' key is not on this machine") from error
        if not isinstance(key, X25519PrivateKey):
            raise OfficersKeyRefused("the safety officers' key is not an X25519 key")
        try:
            return _SUITE.decrypt(sealed, key, _info(place))
        except (InvalidTag, ValueError) as error:
            raise Corrupted("a case does not fit the safety officers' key") from error

    def _public_key(self) -> X25519PublicKey:
        if not self._public.exists():
            self._make()
        try:
            key = load_pem_public_key(self._public.read_bytes())
        except ValueError as error:
            raise OfficersKeyRefused("the safety officers' public key is none") from error
        if not isinstance(key, X25519PublicKey):
            raise OfficersKeyRefused("the safety officers' public key is not an X25519 key")
        return key

    def _make(self) -> None:
        """Of two that make it at once, both get the same: the private file decides."""
        self._private.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        made = X25519PrivateKey.generate().private_bytes(
            Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()
        )
        write_secret(self._private, made.decode("ascii").strip())
        kept = load_pem_private_key(self._private.read_bytes(), password=None)
        public = kept.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
        write_secret(self._public, public.decode("ascii").strip())


def _info(place: str) -> bytes:
    return f"earmark case {place}".encode()
