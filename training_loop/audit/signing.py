"""The Ed25519 key that signs checkpoints, tree heads and receipts."""

from __future__ import annotations

import hashlib
import os
import stat
from dataclasses import dataclass, field
from pathlib import Path

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import (
    Ed25519PrivateKey,
    Ed25519PublicKey,
)
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
    load_pem_public_key,
)

from training_loop.audit.errors import SignatureWrong, SigningKeyRefused
from training_loop.vault.master_key import write_secret

_LARGEST_FILE = 4096


@dataclass(frozen=True, slots=True)
class PublicKey:
    """Verifies; may be given to anybody."""

    raw: bytes
    """32 bytes."""

    @staticmethod
    def from_pem(pem: bytes) -> PublicKey:
        """Raises SigningKeyRefused for anything but an Ed25519 public key."""
        try:
            key = load_pem_public_key(pem)
        except (ValueError, UnsupportedAlgorithm) as error:
            raise SigningKeyRefused("this file holds no public key") from error
        if not isinstance(key, Ed25519PublicKey):
            raise SigningKeyRefused("this is not an Ed25519 public key")
        return PublicKey(key.public_bytes(Encoding.Raw, PublicFormat.Raw))

    @property
    def pem(self) -> bytes:
        key = Ed25519PublicKey.from_public_bytes(self.raw)
        return key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)

    @property
    def key_id(self) -> str:
        """Names the key: the beginning of its SHA-256."""
        return hashlib.sha256(self.raw).hexdigest()[:16]

    def verify(self, purpose: str, message: bytes, signature: str) -> None:
        """Raises SignatureWrong unless this key signed the message for this purpose."""
        try:
            key = Ed25519PublicKey.from_public_bytes(self.raw)
            key.verify(_decoded(signature), _bound(purpose, message))
        except (InvalidSignature, ValueError) as error:
            raise SignatureWrong(f"the signature of the {purpose} does not fit") from error


@dataclass(frozen=True, slots=True)
class SigningKey:
    """Signs. The key itself is never shown."""

    _key: Ed25519PrivateKey = field(repr=False)

    @staticmethod
    def open(path: Path, *, create: bool) -> SigningKey:
        """Reads the key, or makes it where there is none and `create` says so.

        Of two that create at once, both get the same. Raises SigningKeyRefused for a key that is
        missing, open to others, or none.
        """
        if create and not path.exists():
            made = Ed25519PrivateKey.generate().private_bytes(
                Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()
            )
            SigningKey.write(path, made)
        return SigningKey.from_pem(_read(path))

    @staticmethod
    def write(path: Path, pem: bytes) -> None:
        """For its owner alone; a key that is there stays."""
        path.parent.mkdir(parents=True, exist_ok=True)
        path.parent.chmod(0o700)
        write_secret(path, pem.decode("ascii"))

    @staticmethod
    def from_pem(pem: bytes) -> SigningKey:
        """Raises SigningKeyRefused for anything but an Ed25519 private key."""
        try:
            key = load_pem_private_key(pem, password=None)
        except (ValueError, TypeError, UnsupportedAlgorithm) as error:
            raise SigningKeyRefused("the signing key's file holds no key") from error
        if not isinstance(key, Ed25519PrivateKey):
            raise SigningKeyRefused("the signing key is not an Ed25519 key")
        return SigningKey(key)

    @property
    def public(self) -> PublicKey:
        return PublicKey(self._key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw))

    def sign(self, purpose: str, message: bytes) -> str:
        """In hexadecimal digits. A signature for one purpose is none for another."""
        return self._key.sign(_bound(purpose, message)).hex()


def _read(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            status = os.fstat(file.fileno())
            content = file.read(_LARGEST_FILE)
    except FileNotFoundError as error:
        raise SigningKeyRefused("the signing key is missing") from error
    if status.st_mode & (stat.S_IRWXG | stat.S_IRWXO):
        raise SigningKeyRefused("the signing key is open to other users")
    return content


def _bound(purpose: str, message: bytes) -> bytes:
    return f"earmark {purpose}\n".encode() + message


def _decoded(signature: str) -> bytes:
    """Raises ValueError for more than one way to write the same signature."""
    decoded = bytes.fromhex(signature)
    if decoded.hex() != signature:
        raise ValueError("signatures are lower-case hexadecimal digits")
    return decoded
