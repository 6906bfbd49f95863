"""Sessions: opened by signing in, short, ended everywhere at once."""

from __future__ import annotations

import asyncio
import contextlib
from collections import defaultdict
from dataclasses import dataclass, field
from typing import Any

from redis.asyncio import Redis

from training_loop.access import Principal
from training_loop.errors import Unauthenticated
from training_loop.staff.errors import NoSuchSession
from training_loop.staff.member import role_named
from training_loop.staff.secret_tokens import SecretToken, Use
from training_loop.store import keys
from training_loop.store.client import store_errors
from training_loop.store.script_runner import Argument, Scripts, text

IDLE_S = 30 * 60
LIFE_S = 8 * 3600
MOST_SESSIONS = 8
"""Of one member; a further one ends the oldest."""
_NOTED_S = 30
"""How often the use of a session is written down."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenSession:
    """A session as its member sees it in a list."""

    session: str
    opened_at_s: float
    seen_at_s: float
    expires_at_s: float
    """At the latest; earlier when it is not used for half an hour."""
    signed_in_with: str


@dataclass(frozen=True, slots=True, kw_only=True)
class NewSession:
    """The token is shown once; the store keeps a digest of it alone."""

    token: SecretToken

    @property
    def arguments(self) -> list[Argument]:
        """What every script that opens a session is told of it."""
        limits = (IDLE_S * 1000, LIFE_S * 1000, MOST_SESSIONS)
        return [self.token.id, self.token.digest, *limits]

    @staticmethod
    def make() -> NewSession:
        return NewSession(token=SecretToken.make(Use.SESSION))


class Sessions:
    """Each call asks the store, so an ended session is ended for every process at once.

    Everything here raises StoreUnavailable.
    """

    def __init__(self, store: Redis, *, recheck_s: float = 2.0) -> None:
        """`recheck_s`: how soon `ended` learns what another process has ended."""
        self._store = store
        self._scripts = Scripts(store)
        self._recheck_s = recheck_s
        self._waiting: defaultdict[str, set[asyncio.Event]] = defaultdict(set)

    async def verify(self, token: str) -> Principal:
        """Raises Unauthenticated for a token that is wrong, or whose session has ended."""
        claimed = SecretToken.parse(Use.SESSION, token)
        if claimed is None:
            raise Unauthenticated("the staff credential is malformed")
        found = await self._ask(claimed.id, claimed.digest)
        if not found:
            raise Unauthenticated("the session has ended; sign in again")
        member, role = text(found[0]), text(found[1])
        return Principal(kind=role_named(role), staff=member, session=claimed.id)

    async def of(self, member: str) -> tuple[OpenSession, ...]:
        """The member's own, the newest first."""
        with store_errors():
            named: Any = await self._store.zrevrange(keys.staff_sessions(member), 0, -1)
        found = []
        for name in map(text, named):
            if await self._ask(name, ""):
                with store_errors():
                    fields: Any = await self._store.hgetall(keys.staff_session(name))
                found += [_session(name, fields)] if fields else []
        return tuple(found)

    async def end(self, member: str, session: str) -> None:
        """Raises NoSuchSession for one that is not the member's."""
        ended = await self._scripts.run(
            "staff_end_session",
            [keys.staff_session(session), keys.staff_sessions(member)],
            [session, member],
        )
        self.tell(session)
        if not ended:
            raise NoSuchSession("you have no such session")

    async def ended(self, caller: Principal) -> None:
        """Returns once the caller's session has ended: at once when this process ended it, within
        the re-check time otherwise. For streams, which are verified only when they begin."""
        told = asyncio.Event()
        self._waiting[caller.session].add(told)
        try:
            while await self._ask(caller.session, ""):
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(self._recheck_s):
                        await told.wait()
                told.clear()
        finally:
            self._waiting[caller.session].discard(told)
            if not self._waiting[caller.session]:
                del self._waiting[caller.session]

    def tell(self, session: str = "") -> None:
        """Wakes who waits for the end of a session, or of any."""
        chosen = [session] if session else list(self._waiting)
        for one in chosen:
            for told in self._waiting.get(one, ()):
                told.set()

    async def _ask(self, session: str, digest: str) -> list[bytes]:
        found: list[bytes] = await self._scripts.run(
            "staff_session",
            [keys.staff_session(session)],
            [digest, IDLE_S * 1000, _NOTED_S * 1000],
        )
        return found


def _session(name: str, fields: dict[bytes, bytes]) -> OpenSession:
    def seconds(field_name: bytes) -> float:
        return int(fields[field_name]) / 1000

    return OpenSession(
        session=name,
        opened_at_s=seconds(b"opened_ms"),
        seen_at_s=seconds(b"seen_ms"),
        expires_at_s=seconds(b"until_ms"),
        signed_in_with=fields[b"how"].decode(),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class SignedIn:
    """What a page gets to keep in a cookie of its own, with the times after which it is void."""

    token: str = field(repr=False)
    principal: Principal
    lasts_s: int = LIFE_S
    idle_s: int = IDLE_S

    @staticmethod
    def of(session: NewSession, member: str, role: str) -> SignedIn:
        return SignedIn(
            token=session.token.text,
            principal=Principal(kind=role_named(role), staff=member, session=session.token.id),
        )
