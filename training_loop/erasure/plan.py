"""What one erasure erases: known before anything is erased, sealed wherever it is written."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass, field

from training_loop.receipts.evidence import ErasureKind

_KEY_TAG_BYTES = 16
"""The end of a wrapped key: enough to find it, useless to open anything."""
_SHORTEST_NEEDLE = 12
"""Shorter names would be found by chance."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """`utterances` are all that are to go; of an account, all that it had when it was closed."""

    kind: ErasureKind
    account: str = field(repr=False)
    utterances: tuple[str, ...] = field(default=(), repr=False)
    barred: tuple[str, ...] = field(default=(), repr=False)
    """Utterances that the account did not have: they may be on their way, or another's."""
    devices: tuple[str, ...] = field(default=(), repr=False)
    key_tags: tuple[str, ...] = field(default=(), repr=False)
    """Of wrapped keys, in hexadecimal."""
    key_ids: tuple[str, ...] = ()
    models: tuple[str, ...] = ()
    """Models that learned from it."""
    exports: tuple[str, ...] = ()
    """Exports that hold something of the account, also what it withdrew before."""
    since_ms: int | None = None
    """Of an erasure by capture time: the span that a restore has to erase again."""
    until_ms: int | None = None

    @property
    def by_time(self) -> bool:
        return self.since_ms is not None

    @property
    def whole_account(self) -> bool:
        return self.kind is ErasureKind.ACCOUNT

    def needles(self) -> tuple[bytes, ...]:
        """What must be nowhere afterwards."""
        names = (*self.utterances, *self.devices)
        if self.whole_account:
            names = (self.account, *names)
        tags = tuple(bytes.fromhex(tag) for tag in self.key_tags)
        return tuple(name.encode() for name in names if len(name) >= _SHORTEST_NEEDLE) + tags

    def to_bytes(self) -> bytes:
        return json.dumps(asdict(self) | {"kind": self.kind.value}).encode()

    @staticmethod
    def from_bytes(written: bytes) -> Plan:
        fields = json.loads(written)
        kind = ErasureKind(fields.pop("kind"))
        lists = {name: tuple(value) for name, value in fields.items() if isinstance(value, list)}
        return Plan(kind=kind, **(fields | lists))


def key_tag(wrapped: bytes) -> str:
    return wrapped[-_KEY_TAG_BYTES:].hex()


def key_id(wrapped: bytes) -> str:
    """Names a key in a receipt; nobody can turn it into the key."""
    return f"key-{hashlib.sha256(wrapped).hexdigest()[:16]}"
