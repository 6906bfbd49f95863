"""The port to whatever holds the master key: a file, the environment, a key service."""

from __future__ import annotations

from enum import Enum
from typing import Protocol


class Destruction(Enum):
    """What became of a master key version that nothing is wrapped by any more."""

    DESTROYED = "destroyed"
    SCHEDULED = "scheduled for destruction by the key service"
    LEFT = "to be destroyed by whoever runs this instance"


class KeyProvider(Protocol):
    """Wraps and unwraps the vault's secrets under versions of one master key.

    A version is named by an id that says nothing about the key. `context` is bound to what is
    wrapped, and unwrapping needs the same one. All of it raises MasterKeyRefused when a key is
    missing, unsafe or not the one that wrapped, and KeyProviderUnavailable when it cannot be
    asked now.
    """

    async def versions(self) -> tuple[str, ...]:
        """Ids, the newest last; empty where there is no master key yet."""
        ...

    async def add_version(self) -> str:
        """Makes a new version; `versions` ends with it from now on."""
        ...

    async def wrap(self, secret: bytes, *, key_id: str, context: str) -> bytes: ...

    async def unwrap(self, wrapped: bytes, *, key_id: str, context: str) -> bytes: ...

    async def destroy(self, key_id: str) -> Destruction:
        """Ends a version for good. Twice is harmless."""
        ...
