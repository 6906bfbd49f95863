"""A member of staff, and how the store has them."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum

from training_loop.access import STAFF, Kind
from training_loop.errors import InvalidArgument
from training_loop.vault.vault import Vault

_NAME_CHARACTERS = 64
_ROLES = {kind.name.lower(): kind for kind in STAFF}


class MemberState(Enum):
    INVITED = "invited"
    """Has no password and no second factor yet."""
    ACTIVE = "active"
    DISABLED = "disabled"


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """One person, one role."""

    member: str
    pseudonym: str
    """What account holders and the audit log are shown."""
    display_name: str = field(repr=False)
    """Also what they type to sign in."""
    role: Kind
    state: MemberState
    created_at_s: float
    totp: bool
    linked: bool
    """An identity at the OpenID Connect provider may sign in."""


def read_member(vault: Vault, member: str, fields: Mapping[str, bytes]) -> Member:
    """From the member's hash. Raises Corrupted."""
    return Member(
        member=member,
        pseudonym=fields["pseudonym"].decode(),
        display_name=vault.unseal(fields["name"], place=name_place(member)).decode(),
        role=role_named(fields["role"].decode()),
        state=MemberState(fields["state"].decode()),
        created_at_s=int(fields["created_ms"]) / 1000,
        totp="totp" in fields,
        linked="identity" in fields,
    )


def name_place(member: str) -> str:
    return f"staff/{member}/name"


def role_named(word: str) -> Kind:
    """The role of a word such as "ml_engineer" or "ml-engineer". Raises InvalidArgument."""
    role = _ROLES.get(word.strip().lower().replace("-", "_").replace(" ", "_"))
    if role is None:
        raise InvalidArgument(f"A role is one of: {', '.join(sorted(_ROLES))}.")
    return role


def role_word(role: Kind) -> str:
    """How the store and the audit log write a role."""
    return role.name.lower()


def checked_name(written: str) -> str:
    """A name that lists can show. Raises InvalidArgument."""
    name = unicodedata.normalize("NFC", written).strip()
    if not 1 <= len(name) <= _NAME_CHARACTERS or not name.isprintable():
        raise InvalidArgument("A name is 1 to 64 printable characters.")
    return name


def name_digest(vault: Vault, written: str) -> str:
    """The same for names that look alike when typed: of any case and form."""
    folded = unicodedata.normalize("NFKC", written).strip().casefold()
    return vault.digest("staff names", folded)
