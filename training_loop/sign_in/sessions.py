"""Sessions of account holders: short, known by a digest, ended everywhere at once."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum

from redis.asyncio import Redis

from training_loop.access import Kind, Principal
from training_loop.errors import AccountGone, Unauthenticated
from training_loop.passkeys.errors import PasskeyRefused
from training_loop.sign_in.errors import NoSuchSession
from training_loop.sign_in.tokens import SessionToken
from training_loop.store import keys
from training_loop.store.script_runner import Scripts, text

IDLE_S = 30 * 60
LIFE_S = 12 * 3600
MOST_SESSIONS = 16
"""Of one account; a further one ends the oldest."""
_NOTED_S = 30
"""How often the use of a session is written down."""


class SignedInWith(Enum):
    EMAIL = "email"
    LINK = "link"
    PASSKEY = "passkey"


@dataclass(frozen=True, slots=True, kw_only=True)
class NewSession:
    """The token is shown once."""

    account: str
    token: str = field(repr=False)
    expires_at_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenSession:
    session: str
    signed_in_with: str
    opened_at_s: float
    seen_at_s: float
    expires_at_s: float
    """At the latest; earlier when it is not used for half an hour."""


@dataclass(frozen=True, slots=True)
class UsedPasskey:
    """Its record as it was verified, and with its counter moved on."""

    name: str
    before: bytes = field(repr=False)
    after: bytes = field(repr=False)


class Sessions:
    """Each call asks the store, so what was ended is ended for every process. Implements
    `Verifier`. All of it raises StoreUnavailable."""

    def __init__(self, store: Redis) -> None:
        self._store = store
        self._scripts = Scripts(store)

    async def open(
        self, account: str, how: SignedInWith, passkey: UsedPasskey | None = None
    ) -> NewSession:
        """Raises AccountGone; PasskeyRefused when the passkey was used or removed meanwhile."""
        token = SessionToken.make(account)
        proof = (passkey.name, passkey.before, passkey.after) if passkey else ("", "", "")
        outcome = text(
            await self._scripts.run(
                "holder_sign_in",
                [*_keys(account), keys.holder_passkeys(account)],
                [
                    *(token.session, token.digest, how.value),
                    *(IDLE_S * 1000, LIFE_S * 1000, MOST_SESSIONS),
                    *proof,
                ],
            )
        )
        if outcome == "gone":
            raise AccountGone("the account does not exist")
        if outcome != "ok":
            raise PasskeyRefused("the passkey was used or removed meanwhile")
        ends = [one.expires_at_s for one in await self.of(account) if one.session == token.session]
        return NewSession(  # ended again already, if it is not there
            account=account, token=token.text, expires_at_s=ends[0] if ends else 0.0
        )

    async def verify(self, token: str) -> Principal:
        """Raises Unauthenticated."""
        claimed = SessionToken.parse(token)
        if claimed is None:
            raise Unauthenticated("the credential is malformed")
        known = await self._scripts.run(
            "holder_session",
            _keys(claimed.account),
            [claimed.session, claimed.digest, IDLE_S * 1000, _NOTED_S * 1000],
        )
        if not known:
            raise Unauthenticated("the session has ended; sign in again")
        return Principal(kind=Kind.ACCOUNT, account=claimed.account, session=claimed.session)

    async def of(self, account: str) -> tuple[OpenSession, ...]:
        """The open ones, the newest first."""
        found: list[bytes] = await self._scripts.run(
            "holder_list_sessions", _keys(account), [IDLE_S * 1000]
        )
        sessions = [
            _session(*map(text, pair)) for pair in zip(found[::2], found[1::2], strict=True)
        ]
        return tuple(sorted(sessions, key=lambda one: one.opened_at_s, reverse=True))

    async def end(self, account: str, session: str) -> None:
        """Raises NoSuchSession."""
        if not await self._scripts.run("holder_end_session", _keys(account), [session]):
            raise NoSuchSession("the account has no such session")

    async def end_all(self, account: str) -> int:
        """Returns how many there were."""
        return int(await self._scripts.run("holder_end_session", _keys(account), [""]))


def _keys(account: str) -> list[str]:
    return [keys.account(account), keys.holder_sessions(account)]


def _session(name: str, record: str) -> OpenSession:
    _, how, opened, seen, until = record.split("|")
    return OpenSession(
        session=name,
        signed_in_with=how,
        opened_at_s=int(opened) / 1000,
        seen_at_s=int(seen) / 1000,
        expires_at_s=int(until) / 1000,
    )
