"""Who is signed in: half of a session lies in the browser, half in this process.

The cookie holds the credential, sealed (AES-256-GCM) under a key that exists in the memory of this
process alone, one for each session. Signing out destroys the key: a copy of the cookie is worth
nothing from then on, and so is every cookie after a restart. What lies in memory holds no
credential that anybody could use without the cookie.
"""

from __future__ import annotations

import base64
import binascii
import json
import os
import secrets
import time
from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from enum import Enum

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

LONGEST_COOKIE = 3072
_ID_BYTES = 16
_NONCE_BYTES = 12
_MOST_SESSIONS = 10_000


class Visitor(Enum):
    """Who a session is of; each kind has a cookie of its own."""

    ACCOUNT_HOLDER = "account"
    STAFF = "staff"


@dataclass(frozen=True, slots=True, kw_only=True)
class Lifetime:
    """After so many seconds without a request, or in all, a session is over."""

    idle_s: float
    total_s: float


LIFETIMES: Mapping[Visitor, Lifetime] = {
    Visitor.ACCOUNT_HOLDER: Lifetime(idle_s=30 * 60, total_s=12 * 3600),
    Visitor.STAFF: Lifetime(idle_s=15 * 60, total_s=8 * 3600),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """Somebody signed in, for the time of a request."""

    visitor: Visitor
    credential: str = field(repr=False)
    """What the gRPC services ask for."""
    name: str = ""
    """Of an account holder the account's id, of staff the pseudonym."""
    role: str = ""
    """Of staff; shows or hides pages. What is allowed, the services decide."""
    time_zone: str = "UTC"
    """IANA name; times on the pages are in it."""
    session_id: str = ""
    """Set when it begins."""


@dataclass(slots=True, kw_only=True)
class _Kept:
    key: bytes = field(repr=False)
    began_s: float
    seen_s: float


class Sessions:
    """At most 10,000; then the one that was silent longest ends."""

    def __init__(
        self, clock: Callable[[], float] = time.monotonic, most: int = _MOST_SESSIONS
    ) -> None:
        self._clock = clock
        self._most = most
        self._kept: OrderedDict[str, _Kept] = OrderedDict()

    def begin(self, session: Session) -> tuple[Session, str]:
        """The session with its id, and the value of its cookie."""
        now = self._clock()
        session = replace(session, session_id=secrets.token_hex(_ID_BYTES))
        kept = _Kept(key=AESGCM.generate_key(bit_length=256), began_s=now, seen_s=now)
        self._kept[session.session_id] = kept
        while len(self._kept) > self._most:
            self._kept.popitem(last=False)
        nonce = os.urandom(_NONCE_BYTES)
        sealed = AESGCM(kept.key).encrypt(nonce, _written(session), _bound_to(session))
        cookie = bytes.fromhex(session.session_id) + nonce + sealed
        return session, base64.urlsafe_b64encode(cookie).decode("ascii")

    def find(self, visitor: Visitor, cookie: str) -> Session | None:
        """None for a cookie that is not one of ours, is of another kind, or whose time is over."""
        try:
            if len(cookie) > LONGEST_COOKIE:
                return None
            content = base64.b64decode(cookie, altchars=b"-_", validate=True)
        except (binascii.Error, ValueError):
            return None
        session_id = content[:_ID_BYTES].hex()
        kept = self._alive(session_id, LIFETIMES[visitor])
        if kept is None:
            return None
        bound = Session(visitor=visitor, credential="", session_id=session_id)
        rest = content[_ID_BYTES:]
        try:
            plain = AESGCM(kept.key).decrypt(
                rest[:_NONCE_BYTES], rest[_NONCE_BYTES:], _bound_to(bound)
            )
        except (InvalidTag, ValueError):
            return None
        kept.seen_s = self._clock()
        self._kept.move_to_end(session_id)
        return replace(bound, **json.loads(plain))

    def end(self, session_id: str) -> None:
        """From here on its cookie opens nothing."""
        self._kept.pop(session_id, None)

    def _alive(self, session_id: str, lifetime: Lifetime) -> _Kept | None:
        kept = self._kept.get(session_id)
        if kept is None:
            return None
        now = self._clock()
        if now - kept.seen_s > lifetime.idle_s or now - kept.began_s > lifetime.total_s:
            self.end(session_id)
            return None
        return kept


def _written(session: Session) -> bytes:
    names = ("credential", "name", "role", "time_zone")
    return json.dumps({name: getattr(session, name) for name in names}).encode()


def _bound_to(session: Session) -> bytes:
    """A cookie of one kind or session is not accepted as another's."""
    return f"earmark-web/1 {session.visitor.value} {session.session_id}".encode()
