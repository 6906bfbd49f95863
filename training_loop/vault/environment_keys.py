"""The master key in the environment variable EARMARK_MASTER_KEY."""

from __future__ import annotations

from training_loop.vault import local_keys
from training_loop.vault.errors import MasterKeyRefused
from training_loop.vault.key_provider import Destruction


class EnvironmentKeys:
    """Implements `KeyProvider`: keys of 64 hexadecimal digits between commas, the newest last.

    A process cannot change another one's environment. So whoever runs the instance appends the new
    version, restarts the processes one after another, rotates, and takes the old version away.
    """

    def __init__(self, written: str) -> None:
        self._masters = local_keys.read_keys(written) if written.strip() else ()

    async def versions(self) -> tuple[str, ...]:
        return tuple(map(local_keys.id_of, self._masters))

    async def add_version(self) -> str:
        raise MasterKeyRefused(
            "EARMARK_MASTER_KEY holds no unused key: append one after a comma (64 hexadecimal "
            "digits, `openssl rand -hex 32`) for every process, then try again"
        )

    async def wrap(self, secret: bytes, *, key_id: str, context: str) -> bytes:
        return local_keys.wrap(self._masters, secret, key_id=key_id, context=context)

    async def unwrap(self, wrapped: bytes, *, key_id: str, context: str) -> bytes:
        return local_keys.unwrap(self._masters, wrapped, key_id=key_id, context=context)

    async def destroy(self, key_id: str) -> Destruction:
        held = key_id in await self.versions()
        return Destruction.LEFT if held else Destruction.DESTROYED
