"""The devices of each account: pairing, credentials, unpairing."""

from __future__ import annotations

import hmac
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib import resources
from typing import Any

from redis.asyncio import Redis

from assistant.accounts.device_token import DeviceToken
from assistant.accounts.errors import (
    DisplayNameRefused,
    NoSuchDevice,
    PairingRefused,
    TooManyAttempts,
    TooManyCodes,
    TooManyDevices,
)
from assistant.accounts.pairing_code import PairingCode
from assistant.accounts.revocations import Revocations
from training_loop.access import Kind, Principal
from training_loop.errors import AccountGone, Unauthenticated
from training_loop.store import keys
from training_loop.store.client import store_errors
from training_loop.store.script_runner import with_prelude
from training_loop.vault.sealer import Sealer

CODE_VALID_S = 600
MOST_DEVICES = 64
"""Of one account."""
MOST_CODES = 5
"""Of one account, unused and valid."""
_MOST_CODES_OF_A_SHARD = 2000
_MOST_WRONG_CODES = 200
"""Of one shard in ten minutes: so a guess hits one of 100 codes once in 860,000 windows."""
_NAME_CHARACTERS = 64


@dataclass(frozen=True, slots=True, kw_only=True)
class PairedDevice:
    """A new device and its credential, which is shown this once."""

    account: str
    device: str
    token: str = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Device:
    device: str
    display_name: str = field(repr=False)
    created_at_s: float


class DeviceRegister:
    """Pairs devices with accounts by one-time codes, and knows their credentials.

    Of codes and credentials only digests are stored; names are sealed with the account's key.
    Every method raises StoreUnavailable when the store is away. Is a PersonalStore and, for
    device credentials, a Verifier.
    """

    name = "devices"
    key_kinds = frozenset({"d", "p", "pw"})

    def __init__(self, store: Redis, sealer: Sealer, *, recheck_s: float = 3.0) -> None:
        self._store = store
        self._sealer = sealer
        self._create = store.register_script(_script("create_code"))
        self._look_up = store.register_script(_script("look_up_code"))
        self._pair = store.register_script(_script("pair_device"))
        self._unpair = store.register_script(_script("unpair_device"))
        self._forget = store.register_script(_script("forget_account"))
        self._revocations = Revocations(self._is_paired, recheck_s=recheck_s)

    async def create_code(self, account: str) -> PairingCode:
        """A code for the account holder to type into a device, valid for `CODE_VALID_S`.

        Raises AccountGone and TooManyCodes.
        """
        shard = keys.shard_of(account)
        code = PairingCode.make(keys.all_shards().index(shard))
        with store_errors():
            outcome = await self._create(
                keys=[keys.pairing_codes(shard), keys.account(account)],
                args=[
                    code.digest,
                    account,
                    CODE_VALID_S * 1000,
                    MOST_CODES,
                    _MOST_CODES_OF_A_SHARD,
                ],
            )
        if outcome == b"account_gone":
            raise AccountGone("the account does not exist")
        if outcome != b"created":
            raise TooManyCodes("too many codes wait to be used")
        return code

    async def pair(self, typed: str, display_name: str) -> PairedDevice:
        """Uses up a code.

        Raises DisplayNameRefused, PairingRefused for a code that is wrong, used or expired,
        TooManyAttempts, TooManyDevices, and AccountGone when the account went in between.
        """
        shown_name = _checked_name(display_name)
        code = PairingCode.parse(typed)
        if code is None:
            raise PairingRefused("this is not a pairing code")
        account = await self._account_of(code)
        token = DeviceToken.make(account)
        sealed = await self._sealer.seal(
            account, shown_name.encode(), context=_context(token.device)
        )
        with store_errors():
            outcome = await self._pair(
                keys=[keys.pairing_codes(code.shard), keys.account(account), keys.devices(account)],
                args=[code.digest, account, token.device, token.digest, sealed, MOST_DEVICES],
            )
        if outcome == b"account_gone":
            raise AccountGone("the account does not exist any more")
        if outcome == b"full":
            raise TooManyDevices("the account has too many devices")
        if outcome != b"paired":
            raise PairingRefused("the code was used or has expired")
        return PairedDevice(account=account, device=token.device, token=token.text)

    async def _account_of(self, code: PairingCode) -> str:
        with store_errors():
            outcome, *rest = await self._look_up(
                keys=[keys.pairing_codes(code.shard), keys.pairing_failures(code.shard)],
                args=[code.digest, _MOST_WRONG_CODES, CODE_VALID_S * 1000],
            )
        if outcome == b"exhausted":
            raise TooManyAttempts(wait_s=rest[0] / 1000)
        if outcome != b"found":
            raise PairingRefused("the code is wrong or has expired")
        account: bytes = rest[0]
        return account.decode()

    async def list(self, account: str) -> tuple[Device, ...]:
        """Oldest first. Raises AccountGone."""
        with store_errors():
            records = await self._records(account)
        devices = [await self._opened(account, device, record) for device, record in records]
        return tuple(sorted(devices, key=lambda device: (device.created_at_s, device.device)))

    async def unpair(self, account: str, device: str) -> None:
        """From the return on the device's credential is refused, and what it has open here ends;
        in other processes within the re-check time. Raises NoSuchDevice."""
        with store_errors():
            removed = await self._unpair(
                keys=[keys.devices(account), keys.account(account)], args=[device]
            )
        self._revocations.tell(account, device)
        if not removed:
            raise NoSuchDevice("the account has no such device")

    async def verify(self, token: str) -> Principal:
        """Raises Unauthenticated for a credential that is wrong, malformed or revoked."""
        claimed = DeviceToken.parse(token)
        record = await self._live_record(claimed.account, claimed.device)
        if record is None or not hmac.compare_digest(record.digest, claimed.digest):
            raise Unauthenticated("the device credential is wrong or was revoked")
        return Principal(kind=Kind.DEVICE, account=claimed.account, device=claimed.device)

    async def revoked(self, caller: Principal) -> None:
        """Returns once the device is unpaired or its account deleted; waits for ever otherwise."""
        await self._revocations.wait(caller.account, caller.device)

    async def export(self, account: str) -> Mapping[str, object]:
        """The devices with their names; no credential."""
        return {
            device.device: {"name": device.display_name, "created_at_s": device.created_at_s}
            for device in await self.list(account)
        }

    async def erase(self, account: str) -> int:
        """All devices and unused codes. What the devices have open here ends."""
        with store_errors():
            removed = await self._forget(
                keys=[keys.pairing_codes(keys.shard_of(account)), keys.devices(account)],
                args=[account],
            )
        self._revocations.tell_account(account)
        return int(removed)

    async def _is_paired(self, account: str, device: str) -> bool:
        return await self._live_record(account, device) is not None

    async def _live_record(self, account: str, device: str) -> _Record | None:
        """None also from the moment that the account's deletion has begun."""
        with store_errors():
            async with self._store.pipeline(transaction=False) as pipeline:
                pipeline.hget(keys.account(account), "state")
                pipeline.hget(keys.devices(account), device)
                state, record = await pipeline.execute()
        return _Record.read(record) if state == b"live" and record is not None else None

    async def _records(self, account: str) -> tuple[tuple[str, _Record], ...]:
        raw: Any = await self._store.hgetall(keys.devices(account))
        return tuple((device.decode(), _Record.read(value)) for device, value in raw.items())

    async def _opened(self, account: str, device: str, record: _Record) -> Device:
        name = await self._sealer.unseal(account, record.sealed_name, context=_context(device))
        return Device(
            device=device, display_name=name.decode(), created_at_s=record.created_at_ms / 1000
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Record:
    """As the scripts write it: credential digest|created in ms|sealed name."""

    digest: bytes = field(repr=False)
    created_at_ms: int
    sealed_name: bytes = field(repr=False)

    @staticmethod
    def read(value: bytes) -> _Record:
        digest, created, sealed = value.split(b"|", 2)
        return _Record(digest=digest, created_at_ms=int(created), sealed_name=sealed)


def _script(name: str) -> str:
    script = resources.files(__package__) / "scripts" / f"{name}.lua"
    return with_prelude(script.read_text(encoding="utf-8"))


def _context(device: str) -> str:
    return f"devices/{device}"


def _checked_name(display_name: str) -> str:
    name = unicodedata.normalize("NFC", display_name).strip()
    if not 1 <= len(name) <= _NAME_CHARACTERS or not name.isprintable():
        raise DisplayNameRefused
    return name
