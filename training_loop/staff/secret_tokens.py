"""Texts that admit whoever has them: sessions, tickets, invitations. Stored as digests alone."""

from __future__ import annotations

import hashlib
import re
import secrets
from dataclasses import dataclass, field
from enum import Enum

TOKEN_PREFIX = "earmark-staff"  # noqa: S105 - says what kind of token it is


class Use(Enum):
    """What a token is for: how it begins, and how the id in it does."""

    SESSION = (TOKEN_PREFIX, "ses")
    TICKET = ("earmark-ticket", "tic")
    INVITATION = ("earmark-invitation", "stf")
    OIDC_FLOW = ("earmark-oidc", "odc")


@dataclass(frozen=True, slots=True, kw_only=True)
class SecretToken:
    """`id` is no secret: it says where to look the digest up."""

    use: Use
    id: str
    secret: str = field(repr=False)

    @staticmethod
    def make(use: Use, id: str = "") -> SecretToken:  # noqa: A002 - the field's name
        """256 bits of secret; `id` is new unless it is given."""
        return SecretToken(use=use, id=id or new_id(use), secret=secrets.token_urlsafe(32))

    @staticmethod
    def parse(use: Use, text: str) -> SecretToken | None:
        """None for anything that is no token of this use."""
        beginning, short = use.value
        form = rf"{beginning}\.({short}_[0-9a-f]{{16}})\.([A-Za-z0-9_-]{{43}})"
        found = re.fullmatch(form, text, re.ASCII)
        return SecretToken(use=use, id=found[1], secret=found[2]) if found else None

    @property
    def text(self) -> str:
        """To be shown once."""
        return f"{self.use.value[0]}.{self.id}.{self.secret}"

    @property
    def digest(self) -> str:
        """SHA-256 in hexadecimal; the secret is random, so it needs no salt."""
        return hashlib.sha256(self.text.encode()).hexdigest()


def new_id(use: Use) -> str:
    return f"{use.value[1]}_{secrets.token_hex(8)}"
