"""Keeps a process's vault at the newest keyring, and says what it holds."""

from __future__ import annotations

import asyncio
import logging
import secrets
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from types import MappingProxyType

from training_loop.background import ended
from training_loop.errors import EarmarkError, StoreUnavailable
from training_loop.vault.keyring import Keyring, Secrets
from training_loop.vault.keyring_store import KeyringStore
from training_loop.vault.vault import Vault

_log = logging.getLogger(__name__)
_EVERY_S = 1.0
_FORGET_AFTER_S = 60.0
"""A key that was read before its version was retired may be unwrapped a moment later."""


class KeyringFollower:
    """Asks every second, so that a rotation needs no restart. What fails is tried again."""

    def __init__(self, store: KeyringStore, vault: Vault) -> None:
        self._store = store
        self._vault = vault
        self._process = f"proc_{secrets.token_hex(6)}"
        self._forget_at_s: dict[int, float] = {}

    async def catch_up(self) -> None:
        """Takes up what is new. Raises StoreUnavailable and MasterKeyRefused."""
        stored = await self._store.read()
        if stored is not None:
            held = self._vault.keyring
            opened = await self._store.opened(stored, held)
            self._vault.keyring = self._with_lately_retired(opened, held)
        await self._store.announce(self._process, self._vault.keyring)

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        # Announced before it is read again, so that a rotation cannot begin in between unseen.
        await self._store.announce(self._process, self._vault.keyring)
        await self.catch_up()
        task = asyncio.create_task(self._forever())
        try:
            yield
        finally:
            await ended(task)
            with suppress(StoreUnavailable):
                await self._store.leave(self._process)

    async def _forever(self) -> None:
        while True:
            await asyncio.sleep(_EVERY_S)
            try:
                await self.catch_up()
            except EarmarkError as error:
                _log.warning("the vault's keys were not checked (%s); tried again", error.code)

    def _with_lately_retired(self, opened: Keyring, held: Keyring) -> Keyring:
        now_s = time.monotonic()
        kept: dict[int, Secrets] = dict(opened.secrets)
        for version, found in held.secrets.items():
            forget_at_s = now_s + _FORGET_AFTER_S
            if version not in kept and now_s < self._forget_at_s.setdefault(version, forget_at_s):
                kept[version] = found
        return Keyring(current=opened.current, secrets=MappingProxyType(kept))
