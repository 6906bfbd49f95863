"""Rotates the master key while everything goes on.

The order is what makes it safe: every process can open the new version before any uses it; every
process uses it before the store refuses keys under older ones; so one walk over the accounts finds
every old key; and a version ends only after a walk that found nothing wrapped by it. Each step can
be repeated, so an interrupted rotation goes on, and two at once do the same work.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass

from redis.asyncio import Redis

from training_loop.store import keys
from training_loop.store.client import store_errors
from training_loop.store.script_runner import Scripts
from training_loop.vault.cipher import new_key
from training_loop.vault.errors import KeyRotationHeld
from training_loop.vault.key_provider import Destruction, KeyProvider
from training_loop.vault.keyring import Secrets, VersionRecord
from training_loop.vault.keyring_store import Holder, KeyringStore, StoredKeyring
from training_loop.vault.rewrapping import Rewrapping, Walk
from training_loop.vault.vault import Vault

_HOLDERS_WITHIN_S = 60.0
_PAUSE_S = 0.1
_WALKS = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """How far a rotation has come. `accounts` is how many there were when the walk began."""

    accounts_seen: int
    accounts: int
    rewrapped: int


@dataclass(frozen=True, slots=True, kw_only=True)
class RotationReport:
    version: int
    """The one that everything is wrapped by now."""
    resumed: bool
    rewrapped: int
    """Keys, by this run."""
    destroyed: dict[str, Destruction]
    """Master key ids that ended. Empty when the old version was kept."""
    took_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyStatus:
    stored: StoredKeyring
    wrapped_by: dict[int, int]
    """Version to the number of keys wrapped by it."""
    accounts: int
    holders: tuple[Holder, ...]


class KeyRotation:
    """Every method raises StoreUnavailable."""

    def __init__(self, store: Redis, provider: KeyProvider, vault: Vault) -> None:
        self._store = store
        self._provider = provider
        self._vault = vault
        self._keyring = KeyringStore(store, provider)
        self._rewrapping = Rewrapping(store, vault)
        self._scripts = Scripts(store)

    async def run(
        self,
        tell: Callable[[Progress], None] = lambda _: None,
        *,
        keep_old: bool = False,
    ) -> RotationReport:
        """Returns once every key is wrapped by a new version, or by the one that an interrupted
        rotation began; then the old master key is destroyed unless `keep_old`.

        Raises KeyRotationHeld when a running process does not take the new version up within a
        minute, MasterKeyRefused and KeyProviderUnavailable.
        """
        began_s = time.monotonic()
        stored = await self._stored()
        resumed = stored.rotating_to is not None
        target = stored.rotating_to or await self._begin(stored)
        await self._hold(target)
        await self._everybody(lambda holder: holder.newest >= target)
        await self._advance(target, "current")
        await self._hold(target)
        await self._everybody(lambda holder: holder.current >= target)
        await self._refuse_older(target)
        rewrapped = await self._rewrap_all(target, tell)
        destroyed = {} if keep_old else await self._retire(target)
        await self._advance(target, "end")
        return RotationReport(
            version=target,
            resumed=resumed,
            rewrapped=rewrapped,
            destroyed=destroyed,
            took_s=time.monotonic() - began_s,
        )

    async def status(self) -> KeyStatus:
        """Walks over all accounts."""
        stored, holders = await self._stored(), await self._keyring.holders()
        walk = Walk()
        async for found in self._rewrapping.count():
            walk = found
        return KeyStatus(
            stored=stored, wrapped_by=dict(walk.versions), accounts=walk.accounts, holders=holders
        )

    async def _stored(self) -> StoredKeyring:
        stored = await self._keyring.read()
        assert stored is not None, "a vault is open on it"
        return stored

    async def _begin(self, stored: StoredKeyring) -> int:
        """Adds a version, under a master key version that wraps nothing yet."""
        in_use = {record.key_id for record in stored.records.values()}
        newest = (await self._provider.versions() or ("",))[-1]
        unused = newest and newest not in in_use
        key_id = newest if unused else await self._provider.add_version()
        target = max(stored.records) + 1
        secrets = Secrets(wrapping=new_key(), lasting=self._vault.keyring.lasting)
        record = await VersionRecord.make(target, secrets, self._provider, key_id, time.time())
        begun = await self._scripts.run(
            "begin_rotation",
            [keys.VAULT_KEYRING],
            [str(stored.current), str(target), record.dump()],
        )
        if not begun:  # another process was faster
            return (await self._stored()).rotating_to or target
        return target

    async def _hold(self, target: int) -> None:
        """This process's own vault takes up what is new."""
        stored = await self._stored()
        self._vault.keyring = await self._keyring.opened(stored, self._vault.keyring)
        if target not in self._vault.keyring.secrets:
            raise KeyRotationHeld("another process has ended this rotation meanwhile")

    async def _everybody(self, ready: Callable[[Holder], bool]) -> None:
        deadline_s = time.monotonic() + _HOLDERS_WITHIN_S
        while not all(map(ready, await self._keyring.holders())):
            if time.monotonic() > deadline_s:
                raise KeyRotationHeld("a running process has not taken up the new version")
            await asyncio.sleep(_PAUSE_S)

    async def _advance(self, target: int, step: str, number: int = 0) -> None:
        await self._scripts.run(
            "advance_rotation", [keys.VAULT_KEYRING], [str(target), step, str(number)]
        )

    async def _refuse_older(self, target: int) -> None:
        shards = [(keys.oldest_key_version(shard),) for shard in keys.all_shards()]
        await self._scripts.run_each("refuse_older_keys", shards, [str(target)])

    async def _rewrap_all(self, target: int, tell: Callable[[Progress], None]) -> int:
        """Walks until a walk finds no older key."""
        accounts = await self._rewrapping.accounts()
        await self._advance(target, "accounts", accounts)
        rewrapped = 0
        for _ in range(_WALKS):
            walk = Walk()
            async for found in self._rewrapping.rewrap():
                await self._advance(target, "rewrapped", found.rewrapped - walk.rewrapped)
                walk = found
                tell(
                    Progress(
                        accounts_seen=min(walk.accounts, accounts),
                        accounts=accounts,
                        rewrapped=rewrapped + walk.rewrapped,
                    )
                )
            rewrapped += walk.rewrapped
            if not any(version < target for version in walk.versions):
                return rewrapped
        raise KeyRotationHeld("keys under an older version keep appearing")

    async def _retire(self, target: int) -> dict[str, Destruction]:
        """Ends all older versions, and the master keys that wrapped nothing else."""
        for version in (await self._stored()).records:
            if version < target:
                await self._advance(target, "retire", version)
        stored = await self._stored()
        in_use = {record.key_id for record in stored.records.values()}
        ended = {record.key_id for record in stored.retired.values()} - in_use
        with store_errors():  # the append-only file still holds the old wrapped keys
            await self._store.incr(keys.log_rewrite_due(keys.all_shards()[0]))
        return {key_id: await self._provider.destroy(key_id) for key_id in sorted(ended)}
