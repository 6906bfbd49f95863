"""The keyring in the store: founding it, reading it, and which process holds what of it."""

from __future__ import annotations

import re
import time
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from redis.asyncio import Redis

from training_loop.store import keys
from training_loop.store.client import store_errors
from training_loop.store.script_runner import Scripts, text
from training_loop.vault.cipher import new_key
from training_loop.vault.errors import MasterKeyRefused
from training_loop.vault.first_release import secrets_of_first_release
from training_loop.vault.key_provider import KeyProvider
from training_loop.vault.keyring import Keyring, Secrets, VersionRecord

HOLDER_GONE_AFTER_MS = 10_000


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredKeyring:
    """What the store says, before anything is unwrapped."""

    current: int
    records: Mapping[int, VersionRecord]
    retired: Mapping[int, VersionRecord]
    """Versions that nothing is wrapped by, whose master keys are being destroyed."""
    rotating_to: int | None
    rewrapped: int
    """Keys that the rotation has rewrapped so far."""
    accounts: int
    """Accounts there were when the rotation began to rewrap."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Holder:
    """A running process, and the newest version it can open and wraps new keys by."""

    process: str
    newest: int
    current: int


class KeyringStore:
    """All of it raises StoreUnavailable."""

    def __init__(self, store: Redis, provider: KeyProvider) -> None:
        self._store = store
        self._provider = provider
        self._scripts = Scripts(store)

    async def read(self) -> StoredKeyring | None:
        """None in a store that has no keyring yet."""
        with store_errors():
            found = await self._store.hgetall(keys.VAULT_KEYRING)
        fields = {text(name): bytes(value) for name, value in found.items()}  # type: ignore[arg-type]
        if not fields:
            return None
        rotating = fields.get("rotating_to")
        return StoredKeyring(
            current=int(fields["current"]),
            records=_records(fields, "v"),
            retired=_records(fields, "x"),
            rotating_to=int(rotating) if rotating else None,
            rewrapped=int(fields.get("rewrapped", 0)),
            accounts=int(fields.get("accounts", 0)),
        )

    async def open(self) -> Keyring:
        """The keyring of this store, founded now in a store that is empty.

        Raises MasterKeyRefused and KeyProviderUnavailable.
        """
        stored = await self.read()
        if stored is None:
            await self._found()
            stored = await self.read()
            assert stored is not None
        return await self.opened(stored, None)

    async def opened(self, stored: StoredKeyring, held: Keyring | None) -> Keyring:
        """Unwraps the versions that `held` lacks. Raises MasterKeyRefused and
        KeyProviderUnavailable."""
        before = held.secrets if held else {}
        secrets = {
            version: before.get(version) or await record.open(self._provider)
            for version, record in stored.records.items()
        }
        return Keyring(current=stored.current, secrets=MappingProxyType(secrets))

    async def announce(self, process: str, held: Keyring) -> None:
        """Says what a process holds. Unless it says so again it counts as gone after ten
        seconds."""
        await self._scripts.run(
            "announce_keyring",
            [keys.VAULT_HOLDERS],
            [process, max(held.secrets), held.current],
        )

    async def leave(self, process: str) -> None:
        with store_errors():
            await self._store.hdel(keys.VAULT_HOLDERS, process)

    async def holders(self) -> tuple[Holder, ...]:
        """Processes that announced what they hold within the last ten seconds."""
        found = await self._scripts.run(
            "keyring_holders", [keys.VAULT_HOLDERS], [HOLDER_GONE_AFTER_MS]
        )
        return tuple(
            Holder(process=text(process), newest=int(newest), current=int(current))
            for process, newest, current in found
        )

    async def _found(self) -> None:
        secrets = await self._secrets_of_first_release()
        if secrets is None:
            await self._refuse_if_used()
            secrets = Secrets(wrapping=new_key(), lasting=new_key())
        versions = await self._provider.versions()
        key_id = versions[-1] if versions else await self._provider.add_version()
        record = await VersionRecord.make(1, secrets, self._provider, key_id, time.time())
        await self._scripts.run("found_keyring", [keys.VAULT_KEYRING], [record.dump()])

    async def _secrets_of_first_release(self) -> Secrets | None:
        with store_errors():
            check = await self._store.get(keys.VAULT_CHECK)
        if check is None:
            return None
        return await secrets_of_first_release(self._provider, text(check))

    async def _refuse_if_used(self) -> None:
        with store_errors():
            async for _ in self._store.scan_iter(match="{s*}:a:*", count=1000):
                raise MasterKeyRefused("the keyring of this store is missing, and it has accounts")


def _records(fields: Mapping[str, bytes], kind: str) -> Mapping[int, VersionRecord]:
    named = re.compile(rf"{kind}(\d+)")
    found = [(match, value) for name, value in fields.items() if (match := named.fullmatch(name))]
    return {int(match[1]): VersionRecord.load(int(match[1]), value) for match, value in found}
