"""Where staff sign in, and at which OpenID Connect provider."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from training_loop.errors import InvalidArgument

_LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})


@dataclass(frozen=True, slots=True, kw_only=True)
class OidcSettings:
    """Raises InvalidArgument for an issuer or redirect without TLS that is not on this machine."""

    issuer: str
    client_id: str
    redirect_uri: str
    client_secret: str = field(default="", repr=False)
    """Empty for a public client; PKCE protects the code either way."""
    accepted_acr: frozenset[str] = frozenset({"https://refeds.org/profile/mfa", "phr", "phrh"})
    accepted_amr: frozenset[str] = frozenset({"mfa"})
    """What the provider must state of a second factor: one of either; RFC 8176 has the words."""

    def __post_init__(self) -> None:
        for name, url in (("ISSUER", self.issuer), ("REDIRECT_URI", self.redirect_uri)):
            parts = urlsplit(url)
            if parts.scheme != "https" and parts.hostname not in _LOOPBACK:
                raise InvalidArgument(f"EARMARK_OIDC_{name} must be an https:// address.")
        if not self.client_id or not (self.accepted_acr or self.accepted_amr):
            raise InvalidArgument("EARMARK_OIDC_CLIENT_ID and an accepted acr or amr are needed.")


@dataclass(frozen=True, slots=True, kw_only=True)
class StaffSettings:
    """Raises InvalidArgument for an origin that no browser would let use passkeys."""

    web_origins: tuple[str, ...] = ("http://localhost:8080",)
    """Of the pages; passkeys are bound to the host of the first."""
    oidc: OidcSettings | None = None

    def __post_init__(self) -> None:
        for origin in self.web_origins:
            parts = urlsplit(origin)
            secure = parts.scheme == "https" or parts.hostname in _LOOPBACK
            if not parts.hostname or not secure or parts.path or parts.query:
                raise InvalidArgument("EARMARK_WEB_ORIGIN is https://host or https://host:port.")
        if not self.web_origins:
            raise InvalidArgument("EARMARK_WEB_ORIGIN names no origin.")

    @staticmethod
    def from_environment(environment: Mapping[str, str] = os.environ) -> StaffSettings:
        """Reads EARMARK_WEB_ORIGIN (several between commas), and EARMARK_OIDC_ISSUER, _CLIENT_ID,
        _CLIENT_SECRET, _REDIRECT_URI, _ACR and _AMR."""
        origins = _words(environment.get("EARMARK_WEB_ORIGIN", ""))
        return StaffSettings(
            web_origins=origins or StaffSettings().web_origins,
            oidc=_oidc(environment) if environment.get("EARMARK_OIDC_ISSUER") else None,
        )


def _oidc(environment: Mapping[str, str]) -> OidcSettings:
    stated = {
        name: frozenset(_words(environment[variable]))
        for name, variable in (
            ("accepted_acr", "EARMARK_OIDC_ACR"),
            ("accepted_amr", "EARMARK_OIDC_AMR"),
        )
        if variable in environment
    }
    return OidcSettings(
        issuer=environment["EARMARK_OIDC_ISSUER"],
        client_id=environment.get("EARMARK_OIDC_CLIENT_ID", ""),
        client_secret=environment.get("EARMARK_OIDC_CLIENT_SECRET", ""),
        redirect_uri=environment.get("EARMARK_OIDC_REDIRECT_URI", ""),
        **stated,
    )


def _words(written: str) -> tuple[str, ...]:
    return tuple(word.strip() for word in written.split(",") if word.strip())
