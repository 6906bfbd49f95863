"""Accounts and the credentials of their holders."""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
import secrets
import zoneinfo
from dataclasses import dataclass, field

from redis.asyncio import Redis

from training_loop.consent.account_record import read_account
from training_loop.erasure.tombstones import account_digest
from training_loop.errors import AccountGone, InvalidArgument, Unauthenticated
from training_loop.rights import PrivacySettings
from training_loop.store import keys
from training_loop.store.script_runner import Scripts, text
from training_loop.vault.account_vault import DATA
from training_loop.vault.errors import KeyVersionMissing
from training_loop.vault.vault import Vault

TOKEN_PREFIX = "earmark-account"  # noqa: S105 - says what kind of token it is
_TRIES = 3
_ACCOUNT = re.compile(r"acc_[a-z2-7]{24}")
_TOKEN = re.compile(rf"{TOKEN_PREFIX}\.({_ACCOUNT.pattern})\.[A-Za-z0-9_-]{{43}}")


@dataclass(frozen=True, slots=True, kw_only=True)
class NewAccount:
    """The token is shown once; the store keeps a digest of it alone."""

    account: str
    token: str = field(repr=False)


class Accounts:
    """Opens accounts and recognises their holders. All of it raises StoreUnavailable."""

    def __init__(self, store: Redis, vault: Vault) -> None:
        self._store = store
        self._vault = vault
        self._scripts = Scripts(store)

    async def create(self, *, child: bool = False, time_zone: str = "UTC") -> NewAccount:
        """An account with every switch off. Raises InvalidArgument for an unknown time zone."""
        zone = _known_zone(time_zone or "UTC")
        account = "acc_" + base64.b32encode(secrets.token_bytes(15)).decode().lower()
        token = f"{TOKEN_PREFIX}.{account}.{secrets.token_urlsafe(32)}"
        retention = PrivacySettings().retention_days
        for _ in range(_TRIES):
            wrapped = self._vault.new_wrapped_key(account, DATA)
            done = await self._scripts.run(
                "create_account",
                [keys.account(account)],
                [
                    *(str(int(child)), zone, _digest(token), wrapped, retention),
                    account_digest(account),
                ],
            )
            if text(done) != "stale":
                assert text(done) == "ok", "random account ids do not repeat"
                return NewAccount(account=account, token=token)
        raise KeyVersionMissing("the master key was rotated, and this process has not caught up")

    async def verify(self, token: str) -> str:
        """The account of a token. Raises Unauthenticated for any other text."""
        found = _TOKEN.fullmatch(token) if len(token) < 256 else None
        if not found:
            raise Unauthenticated("this is not an account holder's credential")
        try:
            record = await read_account(self._store, found[1])
        except AccountGone as gone:
            raise Unauthenticated("this credential is not valid") from gone
        if not hmac.compare_digest(record.token_digest, _digest(token)):
            raise Unauthenticated("this credential is not valid")
        return found[1]

    async def exists(self, account: str) -> bool:
        """False as soon as a deletion has begun."""
        try:
            await read_account(self._store, account)
        except AccountGone:
            return False
        return True

    async def time_zone(self, account: str) -> zoneinfo.ZoneInfo:
        """Raises AccountGone."""
        return zoneinfo.ZoneInfo((await read_account(self._store, account)).time_zone)

    async def is_child(self, account: str) -> bool:
        """Raises AccountGone."""
        return (await read_account(self._store, account)).consent.child


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def _known_zone(name: str) -> str:
    try:
        return zoneinfo.ZoneInfo(name).key
    except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise InvalidArgument("Time zones are IANA names, for example Europe/Berlin.") from error
