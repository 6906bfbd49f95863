"""Texts that admit whoever has them. The store keeps digests alone."""

from __future__ import annotations

import hashlib
import re
import secrets
from dataclasses import dataclass, field

TOKEN_PREFIX = "earmark-holder"  # noqa: S105 - says what kind of token it is
_SESSION = re.compile(
    rf"{TOKEN_PREFIX}\.(acc_[a-z2-7]{{24}})\.(ses_[0-9a-f]{{16}})\.[A-Za-z0-9_-]{{43}}", re.ASCII
)
_MAIL = re.compile(r"earmark-(mail|link)\.([0-9a-f]{16})\.[A-Za-z0-9_-]{43}", re.ASCII)
_CODE = re.compile(r"\d{8}", re.ASCII)


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionToken:
    """Names its account, so that one shard knows all about it."""

    account: str
    session: str
    text: str = field(repr=False)

    @staticmethod
    def make(account: str) -> SessionToken:
        session = f"ses_{secrets.token_hex(8)}"
        text = f"{TOKEN_PREFIX}.{account}.{session}.{secrets.token_urlsafe(32)}"
        return SessionToken(account=account, session=session, text=text)

    @staticmethod
    def parse(text: str) -> SessionToken | None:
        found = _SESSION.fullmatch(text)
        return SessionToken(account=found[1], session=found[2], text=text) if found else None

    @property
    def digest(self) -> str:
        return digest_of(self.text)


@dataclass(frozen=True, slots=True, kw_only=True)
class MailToken:
    """Stands for one letter: `link` is in its link, otherwise the ticket of who asked for it."""

    id: str
    link: bool
    text: str = field(repr=False)

    @staticmethod
    def make(id: str, *, link: bool) -> MailToken:  # noqa: A002 - the field's name
        kind = "link" if link else "mail"
        text = f"earmark-{kind}.{id}.{secrets.token_urlsafe(32)}"
        return MailToken(id=id, link=link, text=text)

    @staticmethod
    def parse(text: str) -> MailToken | None:
        found = _MAIL.fullmatch(text)
        return MailToken(id=found[2], link=found[1] == "link", text=text) if found else None

    @property
    def digest(self) -> str:
        return digest_of(self.text)


def new_code() -> str:
    """Eight digits."""
    return f"{secrets.randbelow(10**8):08d}"


def typed_code(typed: str) -> str:
    """The code without the gaps that people type; empty for anything else."""
    code = "".join(typed.split()).replace("-", "")
    return code if _CODE.fullmatch(code) else ""


def digest_of(text: str) -> str:
    """SHA-256 in hexadecimal; for random texts, which need no salt."""
    return hashlib.sha256(text.encode()).hexdigest()
