"""E-mail addresses: as they are written to, and as they are told apart."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

import grpc

from training_loop.errors import TrainingLoopError
from training_loop.vault.vault import Vault

_LONGEST = 254
_LOCAL = re.compile(
    r"(?=.{1,64}$)[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*", re.ASCII
)
_DOMAIN = re.compile(
    r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?(\.[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?)*", re.ASCII
)


class AddressRefused(TrainingLoopError):
    """Nothing that a letter can be sent to."""

    code = "EMAIL_REFUSED"
    status = grpc.StatusCode.INVALID_ARGUMENT
    hint = "Write one address, for example name@example.org."


@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    """`written` is where letters go: as typed, but for the host, which is in ASCII and small."""

    written: str = field(repr=False)

    def digest(self, vault: Vault) -> str:
        """The same however its letters are capitalised. Nobody can guess the address from it
        without the vault's key."""
        return vault.digest("e-mail addresses", self.written.lower())


def parse_address(typed: str) -> Address:
    """Raises AddressRefused."""
    local, at, host = typed.strip().rpartition("@")
    try:
        domain = host.encode("idna").decode("ascii").lower()
    except UnicodeError:
        domain = ""
    written = f"{local}@{domain}"
    if not at or len(written) > _LONGEST:
        raise AddressRefused("this is no e-mail address")
    if not _LOCAL.fullmatch(local) or not _DOMAIN.fullmatch(domain):
        raise AddressRefused("this is no e-mail address")
    return Address(written=written)
