"""The vault's wrapping keys by version, and how they lie in the store."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from training_loop.vault.cipher import KEY_BYTES, decrypt, encrypt, new_key
from training_loop.vault.errors import Corrupted, KeyVersionMissing
from training_loop.vault.key_provider import KeyProvider

_MARK = b"\x02"
_VERSION_BYTES = 4
_HEADER = len(_MARK) + _VERSION_BYTES


@dataclass(frozen=True, slots=True, kw_only=True)
class Secrets:
    """What one version of the master key protects."""

    wrapping: bytes = field(repr=False)
    """Wraps the keys of accounts; new with each version."""
    lasting: bytes = field(repr=False)
    """Makes pseudonyms and page tokens; the same in all versions."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Keyring:
    """All versions that this process can open, and the one that new keys are wrapped by."""

    current: int
    secrets: Mapping[int, Secrets] = field(repr=False)

    @staticmethod
    def new() -> Keyring:
        secrets = Secrets(wrapping=new_key(), lasting=new_key())
        return Keyring(current=1, secrets=MappingProxyType({1: secrets}))

    @property
    def lasting(self) -> bytes:
        return self.secrets[self.current].lasting

    def wrap(self, key: bytes, place: str) -> bytes:
        """The version, then the key under that version, bound to both."""
        sealed = encrypt(self.secrets[self.current].wrapping, key, f"{self.current}/{place}")
        return _MARK + self.current.to_bytes(_VERSION_BYTES, "big") + sealed

    def unwrap(self, wrapped: bytes, place: str) -> bytes:
        """Raises Corrupted, and KeyVersionMissing."""
        version = version_of(wrapped)
        secrets = self.secrets.get(version)
        if secrets is None:
            raise KeyVersionMissing("a key is wrapped by a version that is not here yet")
        if wrapped.startswith(_MARK):
            return decrypt(secrets.wrapping, wrapped[_HEADER:], f"{version}/{place}")
        return decrypt(secrets.wrapping, wrapped, place)


def version_of(wrapped: bytes) -> int:
    """Which version wrapped a key; Earmark 0.1 wrote none, which is version 1.

    Raises Corrupted.
    """
    if not wrapped.startswith(_MARK):
        return 1
    if len(wrapped) < _HEADER:
        raise Corrupted("a wrapped key is incomplete")
    return int.from_bytes(wrapped[len(_MARK) : _HEADER], "big")


@dataclass(frozen=True, slots=True, kw_only=True)
class VersionRecord:
    """One version in the store: the secrets under a master key version of the provider."""

    version: int
    key_id: str
    wrapped: bytes = field(repr=False)
    made_at_s: float

    def dump(self) -> str:
        wrapped = base64.b64encode(self.wrapped).decode()
        return json.dumps({"key_id": self.key_id, "wrapped": wrapped, "made_at_s": self.made_at_s})

    @staticmethod
    def load(version: int, stored: bytes) -> VersionRecord:
        fields = json.loads(stored)
        return VersionRecord(
            version=version,
            key_id=fields["key_id"],
            wrapped=base64.b64decode(fields["wrapped"]),
            made_at_s=fields["made_at_s"],
        )

    @staticmethod
    async def make(
        version: int, secrets: Secrets, provider: KeyProvider, key_id: str, now_s: float
    ) -> VersionRecord:
        """Raises what the provider raises."""
        joined = secrets.wrapping + secrets.lasting
        wrapped = await provider.wrap(joined, key_id=key_id, context=_context(version))
        return VersionRecord(version=version, key_id=key_id, wrapped=wrapped, made_at_s=now_s)

    async def open(self, provider: KeyProvider) -> Secrets:
        """Raises what the provider raises."""
        joined = await provider.unwrap(
            self.wrapped, key_id=self.key_id, context=_context(self.version)
        )
        if len(joined) != 2 * KEY_BYTES:
            raise Corrupted("a version of the vault's keys has another length")
        return Secrets(wrapping=joined[:KEY_BYTES], lasting=joined[KEY_BYTES:])


def _context(version: int) -> str:
    return f"vault/{version}"
