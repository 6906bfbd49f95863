"""No other site can send a form in somebody's name.

Three checks, each of which alone would do: a token in the form that belongs to the session, the
Origin that browsers send with every POST, and what they say of where it came from.
"""

from __future__ import annotations

import hashlib
import hmac
import os
import re
import secrets

from starlette.requests import Request

FIELD = "form_token"
HEADER = "x-form-token"
_STAMP = re.compile(r"[A-Za-z0-9_-]{22}", re.ASCII)


class ForgeryGuard:
    """Tokens are made from a key of this process; nothing is remembered of them."""

    def __init__(self, origins: frozenset[str]) -> None:
        self._origins = origins
        self._key = os.urandom(32)

    def token(self, bound_to: str) -> str:
        """Of a session's id, or of the stamp of a browser that nobody has signed in with."""
        return hmac.new(self._key, bound_to.encode(), hashlib.sha256).hexdigest()

    def allows(self, request: Request, bound_to: str, token: str) -> bool:
        """Whether a request that changes something comes from a page of ours."""
        same_site = request.headers.get("sec-fetch-site", "same-origin") == "same-origin"
        from_here = request.headers.get("origin", "") in self._origins
        known = hmac.compare_digest(self.token(bound_to).encode(), token.encode())
        return bool(bound_to) and same_site and from_here and known


def new_stamp() -> str:
    """For the cookie of a browser in which nobody has signed in."""
    return secrets.token_urlsafe(16)


def stamp_of(cookie: str) -> str:
    """Empty unless it looks like one of ours."""
    return cookie if _STAMP.fullmatch(cookie) else ""
