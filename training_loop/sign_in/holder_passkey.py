"""An account holder's passkey, as the store has it."""

from __future__ import annotations

import base64
import json
from dataclasses import dataclass, field

from training_loop.passkeys.passkey import Passkey


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredPasskey:
    """`sealed_name` is what the holder calls it."""

    passkey: Passkey
    sealed_name: bytes = field(repr=False)
    used_at_ms: int

    def dump(self) -> bytes:
        return json.dumps(
            {
                "passkey": base64.b64encode(self.passkey.dump()).decode(),
                "name": base64.b64encode(self.sealed_name).decode(),
                "used_ms": self.used_at_ms,
            }
        ).encode()

    @staticmethod
    def load(name: str, stored: bytes) -> StoredPasskey:
        fields = json.loads(stored)
        return StoredPasskey(
            passkey=Passkey.load(name, base64.b64decode(fields["passkey"])),
            sealed_name=base64.b64decode(fields["name"]),
            used_at_ms=fields["used_ms"],
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class HolderPasskey:
    """As its holder sees it in a list."""

    passkey: str
    display_name: str = field(repr=False)
    created_at_s: float
    used_at_s: float
    """0 where it was never used."""
