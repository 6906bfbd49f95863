"""Signing in at an OpenID Connect provider that states a second factor."""

from __future__ import annotations

import base64
import binascii
import hmac
import json
import secrets
import time
from dataclasses import dataclass, field
from typing import Any

from redis.asyncio import Redis

from training_loop.staff.errors import (
    OidcFactorMissing,
    OidcNotConfigured,
    OidcRefused,
    SecondFactorRefused,
)
from training_loop.staff.members import Members
from training_loop.staff.oidc_provider import Identity, OidcProvider
from training_loop.staff.sessions import SignedIn
from training_loop.staff.settings import OidcSettings
from training_loop.staff.sign_in import Factor, Proof, SignIn
from training_loop.store import keys
from training_loop.store.client import store_errors
from training_loop.store.script_runner import text
from training_loop.vault.errors import Corrupted
from training_loop.vault.vault import Vault

FLOW_VALID_S = 600
_PLACE = "staff/oidc flow"


@dataclass(frozen=True, slots=True, kw_only=True)
class OidcFlow:
    """Send the browser to the URL, and keep the flow where only that browser gives it back: in a
    cookie of the pages, HttpOnly, Secure, SameSite=Lax."""

    authorization_url: str = field(repr=False)
    flow: str = field(repr=False)
    valid_s: int = FLOW_VALID_S


class OidcSignIn:
    """A flow that has begun is kept by the browser, sealed: strangers who begin many fill nothing
    here. Everything raises StoreUnavailable and OidcNotConfigured."""

    def __init__(
        self,
        store: Redis,
        vault: Vault,
        members: Members,
        sign_in: SignIn,
        settings: OidcSettings | None,
    ) -> None:
        self._store = store
        self._vault = vault
        self._members = members
        self._sign_in = sign_in
        self._settings = settings
        self._provider = OidcProvider(settings) if settings else None

    @property
    def configured(self) -> bool:
        return self._settings is not None

    def identity_of(self, subject: str) -> str:
        """What the store keeps of a subject of the configured provider."""
        settings, _ = self._parts()
        return self._digest(settings.issuer, subject)

    async def begin(self) -> OidcFlow:
        """Raises OidcUnavailable."""
        _, provider = self._parts()
        begun: dict[str, Any] = {
            "state": secrets.token_urlsafe(24),
            "nonce": secrets.token_urlsafe(24),
            "verifier": secrets.token_urlsafe(48),
            "until_s": time.time() + FLOW_VALID_S,
        }
        url = await provider.authorization_url(
            state=begun["state"], nonce=begun["nonce"], verifier=begun["verifier"]
        )
        sealed = self._vault.seal(json.dumps(begun).encode(), place=_PLACE)
        return OidcFlow(authorization_url=url, flow=base64.urlsafe_b64encode(sealed).decode())

    async def complete(self, flow: str, state: str, code: str) -> SignedIn:
        """Raises OidcRefused, OidcFactorMissing and OidcUnavailable."""
        settings, provider = self._parts()
        begun = self._opened(flow)
        if not hmac.compare_digest(begun["state"].encode(), state.encode()):
            raise OidcRefused("the answer belongs to another sign-in")
        await self._use_up(begun["state"])
        identity = await provider.identity(code, nonce=begun["nonce"], verifier=begun["verifier"])
        _check_factor(identity, settings)
        return await self._open(self._digest(identity.issuer, identity.subject))

    async def _open(self, identity: str) -> SignedIn:
        member = await self._members.linked_to(identity)
        fields = await self._members.fields(member) if member else {}
        if not fields:
            raise OidcRefused("nobody who works here is linked to this identity")
        name = text(fields["name_digest"])
        try:
            return await self._sign_in.open_session(member, name, Proof(Factor.OIDC, identity))
        except SecondFactorRefused:
            raise OidcRefused("you may not sign in") from None

    async def _use_up(self, state: str) -> None:
        key = keys.staff_oidc_flow(self._vault.digest("staff oidc", state)[:32])
        with store_errors():
            fresh = await self._store.set(key, "1", nx=True, ex=FLOW_VALID_S)
        if not fresh:
            raise OidcRefused("this sign-in was completed already")

    def _opened(self, flow: str) -> dict[str, Any]:
        try:
            sealed = base64.urlsafe_b64decode(flow.encode("ascii"))
            begun: dict[str, Any] = json.loads(self._vault.unseal(sealed, place=_PLACE))
        except (binascii.Error, UnicodeError, Corrupted):
            raise OidcRefused("this sign-in was not begun here") from None
        if begun["until_s"] < time.time():
            raise OidcRefused("this sign-in took too long")
        return begun

    def _digest(self, issuer: str, subject: str) -> str:
        return self._vault.digest("staff identities", f"{issuer}\n{subject}")

    def _parts(self) -> tuple[OidcSettings, OidcProvider]:
        if self._settings is None or self._provider is None:
            raise OidcNotConfigured("no OpenID Connect provider is set up here")
        return self._settings, self._provider


def _check_factor(identity: Identity, settings: OidcSettings) -> None:
    if identity.acr in settings.accepted_acr or identity.amr & settings.accepted_amr:
        return
    raise OidcFactorMissing("the provider states no second factor")
