"""Which mail server sends codes, and where the pages are."""

from __future__ import annotations

import ipaddress
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import SplitResult, parse_qs, unquote, urlsplit

from training_loop.errors import InvalidArgument
from training_loop.sign_in.addresses import AddressRefused, parse_address

_PORTS = {"smtp": 587, "smtps": 465}


@dataclass(frozen=True, slots=True, kw_only=True)
class MailServer:
    """Whom letters are handed to."""

    host: str
    port: int
    implicit_tls: bool
    """TLS from the first byte (smtps); otherwise STARTTLS, without which only this machine's own
    server is spoken to."""
    username: str = ""
    password: str = field(default="", repr=False)
    ca: Path | None = None
    """PEM file, where the server's certificate is not a public one."""

    @staticmethod
    def parse(url: str) -> MailServer:
        """Of smtp[s]://[user:password@]host[:port][?ca=FILE]. Raises InvalidArgument."""
        parts = urlsplit(url)
        if parts.scheme not in _PORTS or not parts.hostname or parts.path.strip("/"):
            raise InvalidArgument(
                "EARMARK_SMTP_URL is smtp://host or smtps://host, with user:password@ and :port "
                "where they are needed."
            )
        files = parse_qs(parts.query).get("ca", [])
        return MailServer(
            host=parts.hostname,
            port=_port(parts) or _PORTS[parts.scheme],
            implicit_tls=parts.scheme == "smtps",
            username=unquote(parts.username or ""),
            password=unquote(parts.password or ""),
            ca=Path(files[0]) if files else None,
        )

    @property
    def local(self) -> bool:
        """On this machine: nobody else can read along."""
        try:
            return ipaddress.ip_address(self.host).is_loopback
        except ValueError:
            return self.host == "localhost"


@dataclass(frozen=True, slots=True, kw_only=True)
class SignInSettings:
    """Raises InvalidArgument for a sender or an address of pages that cannot be."""

    mail: MailServer | None = None
    """None: this server sends no mail."""
    mail_from: str = "earmark@localhost"
    pages_url: str = ""
    """Where links lead, for example https://voice.example; empty: the first origin of the pages,
    as EARMARK_WEB_ORIGIN has it."""

    def __post_init__(self) -> None:
        try:
            parse_address(self.mail_from)
        except AddressRefused:
            raise InvalidArgument("EARMARK_MAIL_FROM is one address, name@host.") from None
        parts = urlsplit(self.pages_url)
        if self.pages_url and (parts.scheme not in ("http", "https") or not parts.hostname):
            raise InvalidArgument("EARMARK_PAGES_URL is https://host or https://host:port.")

    @staticmethod
    def from_environment(environment: Mapping[str, str] = os.environ) -> SignInSettings:
        """Reads EARMARK_SMTP_URL, EARMARK_MAIL_FROM and EARMARK_PAGES_URL."""
        url = environment.get("EARMARK_SMTP_URL", "")
        sender = environment.get("EARMARK_MAIL_FROM", "")
        if url and not sender:
            raise InvalidArgument("EARMARK_MAIL_FROM is needed: the sender of the codes.")
        return SignInSettings(
            mail=MailServer.parse(url) if url else None,
            mail_from=sender or SignInSettings().mail_from,
            pages_url=environment.get("EARMARK_PAGES_URL", "").rstrip("/"),
        )


def _port(parts: SplitResult) -> int | None:
    try:
        return parts.port
    except ValueError:
        raise InvalidArgument("EARMARK_SMTP_URL has a port that cannot be.") from None
