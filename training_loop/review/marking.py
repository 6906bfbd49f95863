"""The mark of each listen, under a key that only this installation's vault has."""

from __future__ import annotations

from training_loop.deidentify.mark import ListenMark
from training_loop.vault.vault import Vault


class ListenMarker:
    """Is a Marker."""

    def __init__(self, vault: Vault) -> None:
        self._vault = vault

    def mark(self, pcm: bytes, listen: str) -> bytes:
        return ListenMark(mark_key(self._vault), listen).marked(pcm, 0)


def mark_key(vault: Vault) -> bytes:
    """Finds marks, and takes them away: nobody who hears clips may have it."""
    return bytes.fromhex(vault.digest("listen marks", "key"))
