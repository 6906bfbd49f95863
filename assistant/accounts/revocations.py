"""Ends what an unpaired device has open: at once in this process, soon in the others."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

from training_loop.errors import StoreUnavailable

Device = tuple[str, str]
"""An account and one of its devices."""


class Revocations:
    """Who waits for the end of which device.

    `still_paired` asks the store and may raise StoreUnavailable: then the wait goes on, since a
    store that is away says nothing about the device.
    """

    def __init__(
        self, still_paired: Callable[[str, str], Awaitable[bool]], *, recheck_s: float
    ) -> None:
        self._still_paired = still_paired
        self._recheck_s = recheck_s
        self._waiting: dict[Device, set[asyncio.Event]] = {}

    async def wait(self, account: str, device: str) -> None:
        """Returns once the device is no longer paired."""
        told = asyncio.Event()
        waiting = self._waiting.setdefault((account, device), set())
        waiting.add(told)
        try:
            while not await self._gone(account, device):
                try:
                    async with asyncio.timeout(self._recheck_s):
                        await told.wait()
                except TimeoutError:
                    continue
                return
        finally:
            waiting.discard(told)
            if not waiting:
                self._waiting.pop((account, device), None)

    async def _gone(self, account: str, device: str) -> bool:
        try:
            return not await self._still_paired(account, device)
        except StoreUnavailable:
            return False

    def tell(self, account: str, device: str) -> None:
        """The device was unpaired."""
        for told in self._waiting.get((account, device), ()):
            told.set()

    def tell_account(self, account: str) -> None:
        """All devices of the account were unpaired."""
        for owner, device in self._waiting:
            if owner == account:
                self.tell(owner, device)
