"""The port for encrypting an account's data under the account's own key."""

from __future__ import annotations

from typing import Protocol


class Sealer(Protocol):
    """AES-256-GCM under the account's data key. Destroying that key destroys everything sealed."""

    async def seal(self, account: str, plaintext: bytes, *, context: str) -> bytes:
        """`context` names the place, for example "lists/shopping"; opening needs the same one.

        Raises AccountGone when the account has no key.
        """
        ...

    async def unseal(self, account: str, sealed: bytes, *, context: str) -> bytes:
        """Raises AccountGone without a key, and Corrupted when the data or its place is wrong."""
        ...
