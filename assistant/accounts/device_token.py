"""A device's credential: whose it is, and a secret of 256 bits."""

from __future__ import annotations

import hashlib
import re
import secrets
from dataclasses import dataclass, field

from training_loop.errors import Unauthenticated

TOKEN_PREFIX = "earmark-device"  # noqa: S105 - says what kind of token it is

_FORM = re.compile(
    rf"{TOKEN_PREFIX}\.([A-Za-z0-9_-]{{1,64}})\.(dev_[0-9a-f]{{16}})\.([A-Za-z0-9_-]{{43}})",
    re.ASCII,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class DeviceToken:
    """`account` and `device` are no secret; they say where to look the digest up."""

    account: str
    device: str
    secret: str = field(repr=False)

    @staticmethod
    def make(account: str) -> DeviceToken:
        """For a new device of the account."""
        return DeviceToken(
            account=account, device=f"dev_{secrets.token_hex(8)}", secret=secrets.token_urlsafe(32)
        )

    @staticmethod
    def parse(token: str) -> DeviceToken:
        """Raises Unauthenticated."""
        form = _FORM.fullmatch(token)
        if form is None:
            raise Unauthenticated("the device credential is malformed")
        account, device, secret = form.groups()
        return DeviceToken(account=account, device=device, secret=secret)

    @property
    def text(self) -> str:
        """To be shown once."""
        return f"{TOKEN_PREFIX}.{self.account}.{self.device}.{self.secret}"

    @property
    def digest(self) -> bytes:
        """What is stored of it: SHA-256 in hexadecimal. The secret is random, so no salt."""
        return hashlib.sha256(self.text.encode()).hexdigest().encode()
