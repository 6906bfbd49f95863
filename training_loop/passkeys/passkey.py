"""A credential of an authenticator, as the store has it."""

from __future__ import annotations

import base64
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True, kw_only=True)
class Passkey:
    """`id` and `public_key` as WebAuthn has them, https://www.w3.org/TR/webauthn-3/."""

    id: bytes = field(repr=False)
    public_key: bytes = field(repr=False)
    """COSE key."""
    sign_count: int
    """As the authenticator last told it; 0 for those that do not count."""
    created_at_ms: int

    @property
    def name(self) -> str:
        """The id in base64url without padding, as browsers write it."""
        return base64.urlsafe_b64encode(self.id).rstrip(b"=").decode()

    def dump(self) -> bytes:
        return b"%d|%d|%s" % (self.sign_count, self.created_at_ms, self.public_key)

    @staticmethod
    def load(name: str, stored: bytes) -> Passkey:
        count, created, public_key = stored.split(b"|", 2)
        padded = name + "=" * (-len(name) % 4)
        return Passkey(
            id=base64.urlsafe_b64decode(padded),
            public_key=public_key,
            sign_count=int(count),
            created_at_ms=int(created),
        )
