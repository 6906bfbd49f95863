"""An OpenID Connect provider: where to send a browser, and what its answer proves.

OpenID Connect Core 1.0, the code flow with PKCE (RFC 7636).
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

import httpx
from authlib.oauth2.rfc6749.parameters import prepare_grant_uri
from authlib.oauth2.rfc7636 import create_s256_code_challenge
from authlib.oidc.core.claims import CodeIDToken
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from training_loop.staff.errors import OidcRefused, OidcUnavailable
from training_loop.staff.settings import OidcSettings

_WITHIN_S = 10.0
_KNOWN_FOR_S = 3600.0
_LEEWAY_S = 60
_ALGORITHMS = ["RS256", "PS256", "ES256", "EdDSA"]
_ENDPOINTS = ("authorization_endpoint", "token_endpoint", "jwks_uri")
_MALFORMED = (JoseError, ValueError, KeyError, TypeError)


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """Who signed in there, and how."""

    issuer: str
    subject: str = field(repr=False)
    acr: str
    amr: frozenset[str]


class OidcProvider:
    """What the provider says of itself is kept for an hour; its keys are asked for again when a
    token was signed by an unknown one. Everything asynchronous here raises OidcUnavailable."""

    def __init__(self, settings: OidcSettings) -> None:
        self._settings = settings
        self._metadata: Mapping[str, str] = {}
        self._known_until_s = 0.0
        self._keys: KeySet | None = None

    async def authorization_url(self, *, state: str, nonce: str, verifier: str) -> str:
        metadata = await self._discovered()
        more = {"acr_values": " ".join(sorted(self._settings.accepted_acr))}
        url: str = prepare_grant_uri(
            metadata["authorization_endpoint"],
            client_id=self._settings.client_id,
            response_type="code",
            redirect_uri=self._settings.redirect_uri,
            scope="openid",
            state=state,
            nonce=nonce,
            code_challenge=create_s256_code_challenge(verifier),
            code_challenge_method="S256",
            **{name: value for name, value in more.items() if value},
        )
        return url

    async def identity(self, code: str, *, nonce: str, verifier: str) -> Identity:
        """Trades the code for an ID token and checks it. Raises OidcRefused."""
        metadata = await self._discovered()
        answer = await self._exchange(metadata["token_endpoint"], code, verifier)
        token = answer.get("id_token")
        if not isinstance(token, str):
            raise OidcRefused("the provider gave no ID token")
        try:
            claims = await self._claims(token, nonce, answer.get("access_token"))
            return Identity(
                issuer=str(claims["iss"]),
                subject=str(claims["sub"]),
                acr=str(claims.get("acr") or ""),
                amr=frozenset(map(str, claims.get("amr") or ())),
            )
        except _MALFORMED as error:
            raise OidcRefused("the provider's ID token does not hold") from error

    async def _claims(self, token: str, nonce: str, access_token: object) -> dict[str, Any]:
        try:
            decoded = jwt.decode(token, await self._key_set(), algorithms=_ALGORITHMS)
        except (JoseError, ValueError):  # perhaps by a key that is newer than ours
            decoded = jwt.decode(token, await self._key_set(fresh=True), algorithms=_ALGORITHMS)
        settings = self._settings
        claims = CodeIDToken(
            decoded.claims,
            decoded.header,
            options={
                "iss": {"essential": True, "value": settings.issuer},
                "aud": {"essential": True, "value": settings.client_id},
            },
            params={
                "nonce": nonce,
                "client_id": settings.client_id,
                "access_token": access_token,
            },
        )
        claims.validate(now=int(time.time()), leeway=_LEEWAY_S)
        return dict(claims)

    async def _discovered(self) -> Mapping[str, str]:
        if not self._metadata or time.monotonic() > self._known_until_s:
            issuer = self._settings.issuer.rstrip("/")
            found = await self._get(f"{issuer}/.well-known/openid-configuration")
            if found.get("issuer") != self._settings.issuer:
                raise OidcUnavailable("the provider calls itself by another name")
            self._metadata = {name: _secure(found.get(name)) for name in _ENDPOINTS}
            self._known_until_s = time.monotonic() + _KNOWN_FOR_S
        return self._metadata

    async def _key_set(self, *, fresh: bool = False) -> KeySet:
        if self._keys is None or fresh:
            found: Any = await self._get((await self._discovered())["jwks_uri"])
            self._keys = KeySet.import_key_set(found)
        return self._keys

    async def _exchange(self, url: str, code: str, verifier: str) -> dict[str, Any]:
        settings = self._settings
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": settings.redirect_uri,
            "code_verifier": verifier,
        }
        secret = settings.client_secret
        credentials = httpx.BasicAuth(settings.client_id, secret) if secret else None
        if not secret:
            form["client_id"] = settings.client_id
        response = await self._send("POST", url, data=form, auth=credentials)
        if response.is_client_error:
            raise OidcRefused("the provider did not take the code")
        return _json(response)

    async def _get(self, url: str) -> dict[str, Any]:
        return _json(await self._send("GET", url))

    async def _send(self, method: str, url: str, **more: Any) -> httpx.Response:
        try:
            async with httpx.AsyncClient(timeout=_WITHIN_S) as client:
                return await client.request(method, url, **more)
        except httpx.HTTPError:
            raise OidcUnavailable("the OpenID Connect provider does not answer") from None


def _json(response: httpx.Response) -> dict[str, Any]:
    try:
        found = response.raise_for_status().json()
    except (httpx.HTTPError, ValueError):
        found = None
    if not isinstance(found, dict):
        raise OidcUnavailable("the OpenID Connect provider gave no usable answer")
    return found


def _secure(url: object) -> str:
    """Endpoints are as safe as the issuer was checked to be."""
    parts = urlsplit(url) if isinstance(url, str) else None
    if parts is None or (
        parts.scheme != "https" and parts.hostname not in {"localhost", "127.0.0.1", "::1"}
    ):
        raise OidcUnavailable("the provider names an address without TLS")
    return parts.geturl()
