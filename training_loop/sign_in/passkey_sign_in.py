"""Passkeys of account holders: registered while signed in, and enough to sign in without a name.

The authenticator keeps the account's id as the user handle and gives it back, so nothing else has
to know whose a passkey is.
"""

from __future__ import annotations

import re
import secrets
import time
import unicodedata
from dataclasses import dataclass, field, replace
from typing import Any

from redis.asyncio import Redis

from training_loop.errors import AccountGone, InvalidArgument
from training_loop.passkeys.ceremonies import Ceremonies, answering_key, answering_user
from training_loop.passkeys.challenges import Challenges
from training_loop.passkeys.errors import PasskeyRefused
from training_loop.sign_in.errors import NoSuchPasskey, TooManyPasskeys
from training_loop.sign_in.holder_passkey import HolderPasskey, StoredPasskey
from training_loop.sign_in.limits import Attempts
from training_loop.sign_in.sessions import NewSession, Sessions, SignedInWith, UsedPasskey
from training_loop.store import keys
from training_loop.store.client import store_errors
from training_loop.store.script_runner import Scripts, text
from training_loop.vault.sealer import Sealer

MOST_PASSKEYS = 16
"""Of one account."""
_NAME_CHARACTERS = 64
_TICKET = re.compile(r"[0-9a-f]{32}")
_ACCOUNT = re.compile(rb"acc_[a-z2-7]{24}")


@dataclass(frozen=True, slots=True, kw_only=True)
class PasskeyChallenge:
    ticket: str = field(repr=False)
    options_json: str
    """For `navigator.credentials`."""


class PasskeySignIn:
    """All of it raises StoreUnavailable."""

    def __init__(
        self,
        store: Redis,
        sealer: Sealer,
        ceremonies: Ceremonies,
        sessions: Sessions,
        attempts: Attempts,
    ) -> None:
        self._store = store
        self._sealer = sealer
        self._ceremonies = ceremonies
        self._sessions = sessions
        self._attempts = attempts
        self._scripts = Scripts(store)

    async def start(self) -> PasskeyChallenge:
        """Raises TooManyAttempts."""
        await self._attempts.attempt()
        ticket = secrets.token_hex(16)
        challenge = await self._anonymous(ticket).issue(f"holder sign-in {ticket}")
        return PasskeyChallenge(
            ticket=ticket, options_json=self._ceremonies.authentication(challenge)
        )

    async def complete(self, ticket: str, answer: str) -> NewSession:
        """Raises PasskeyRefused and TooManyAttempts."""
        await self._attempts.attempt()
        _check(ticket)
        challenge = await self._anonymous(ticket).take(f"holder sign-in {ticket}")
        account, name = _account(answering_user(answer)), answering_key(answer)
        with store_errors():
            stored = await self._store.hget(keys.holder_passkeys(account), name)
        if stored is None:
            raise PasskeyRefused("this passkey is not known, or not any more")
        assert isinstance(stored, bytes)
        before = StoredPasskey.load(name, stored)
        used = replace(
            before,
            passkey=self._ceremonies.authenticated(challenge, answer, before.passkey),
            used_at_ms=int(time.time() * 1000),
        )
        try:
            return await self._sessions.open(
                account, SignedInWith.PASSKEY, UsedPasskey(name, stored, used.dump())
            )
        except AccountGone:
            raise PasskeyRefused("this passkey is not known, or not any more") from None

    async def start_registration(self, account: str) -> PasskeyChallenge:
        ticket = secrets.token_hex(16)
        challenge = await self._own(account).issue(_registration(account, ticket))
        known = [one.passkey for one in (await self._stored(account)).values()]
        options = self._ceremonies.registration(
            challenge, user=account.encode(), name="Earmark", known=known
        )
        return PasskeyChallenge(ticket=ticket, options_json=options)

    async def complete_registration(
        self, account: str, ticket: str, answer: str, display_name: str
    ) -> None:
        """Raises PasskeyRefused, also for the ticket of another account, InvalidArgument for a
        name that lists cannot show, TooManyPasskeys and AccountGone."""
        _check(ticket)
        shown = _checked_name(display_name)
        challenge = await self._own(account).take(_registration(account, ticket))
        passkey = self._ceremonies.registered(challenge, answer)
        sealed = await self._sealer.seal(account, shown.encode(), context=_context(passkey.name))
        record = StoredPasskey(passkey=passkey, sealed_name=sealed, used_at_ms=0)
        outcome = text(
            await self._scripts.run(
                "holder_add_passkey",
                [keys.account(account), keys.holder_passkeys(account)],
                [passkey.name, record.dump(), MOST_PASSKEYS],
            )
        )
        if outcome == "gone":
            raise AccountGone("the account does not exist")
        if outcome == "full":
            raise TooManyPasskeys("the account has too many passkeys")
        if outcome != "ok":
            raise PasskeyRefused("this passkey is registered already")

    async def remove(self, account: str, passkey: str) -> None:
        """Raises NoSuchPasskey."""
        if not await self._scripts.run(
            "holder_remove_passkey",
            [keys.account(account), keys.holder_passkeys(account)],
            [passkey],
        ):
            raise NoSuchPasskey("the account has no such passkey")

    async def of(self, account: str) -> tuple[HolderPasskey, ...]:
        """Oldest first. Raises AccountGone."""
        found = [
            HolderPasskey(
                passkey=name,
                display_name=(
                    await self._sealer.unseal(account, one.sealed_name, context=_context(name))
                ).decode(),
                created_at_s=one.passkey.created_at_ms / 1000,
                used_at_s=one.used_at_ms / 1000,
            )
            for name, one in (await self._stored(account)).items()
        ]
        return tuple(sorted(found, key=lambda one: (one.created_at_s, one.passkey)))

    async def _stored(self, account: str) -> dict[str, StoredPasskey]:
        with store_errors():
            found: Any = await self._store.hgetall(keys.holder_passkeys(account))
        return {text(name): StoredPasskey.load(text(name), value) for name, value in found.items()}

    def _own(self, account: str) -> Challenges:
        return Challenges(self._store, keys.shard_of(account))

    def _anonymous(self, ticket: str) -> Challenges:
        return Challenges(self._store, keys.shard_of_digest(ticket))


def _check(ticket: str) -> None:
    if not _TICKET.fullmatch(ticket):
        raise PasskeyRefused("this ceremony ran out or was answered already")


def _account(handle: bytes) -> str:
    if not _ACCOUNT.fullmatch(handle):
        raise PasskeyRefused("this passkey is not known, or not any more")
    return handle.decode("ascii")


def _registration(account: str, ticket: str) -> str:
    return f"holder registration {account} {ticket}"


def _context(passkey: str) -> str:
    return f"sign_in/passkey/{passkey}"


def _checked_name(written: str) -> str:
    name = unicodedata.normalize("NFC", written).strip() or "Passkey"
    if len(name) > _NAME_CHARACTERS or not name.isprintable():
        raise InvalidArgument("A name is 1 to 64 printable characters.")
    return name
