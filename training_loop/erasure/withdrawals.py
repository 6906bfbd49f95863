"""What has to outlive the store when a consent is withdrawn."""

from __future__ import annotations

from training_loop.backup.registered import Backups
from training_loop.erasure.lineage import Lineage
from training_loop.erasure.tombstones import (
    Forgotten,
    Tombstone,
    TombstoneLog,
    account_digest,
    now_s,
)
from training_loop.errors import StoreUnavailable
from training_loop.rights import SettingsChange

SWITCHES = ("keep_history", "improve_models", "human_review")


class Withdrawals:
    def __init__(self, tombstones: TombstoneLog, backups: Backups, lineage: Lineage) -> None:
        self._tombstones = tombstones
        self._backups = backups
        self._lineage = lineage

    async def note(self, account: str, change: SettingsChange) -> None:
        """Returns once no restore can bring back what the change switches off, and no backup opens
        it any more. Before the change itself: one that fails afterwards is forgotten too much.

        Raises StoreUnavailable when that cannot be written down.
        """
        off = tuple(switch for switch in SWITCHES if getattr(change, switch) is False)
        if not off:
            return
        digest = account_digest(account)
        event = Tombstone(event=Forgotten.CONSENT, account=digest, at_s=now_s(), switches=off)
        try:
            await self._tombstones.bury(event)
            await self._backups.shred(digest, event.shredded_fields())
        except OSError as error:
            raise StoreUnavailable("the withdrawal could not be written down") from error

    async def replace_models(self, account: str) -> None:
        """After a consent to learn was withdrawn: the models that learned are due for replacement,
        and those that nobody uses are gone. A sweep does it where this was cut short. Raises
        StoreUnavailable and OSError."""
        await self._lineage.withdrawn(account)
