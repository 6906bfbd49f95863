"""Signs how far the audit log has come, so that nothing before can be changed unnoticed."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Mapping

from training_loop.audit.alarm import AuditAlarm
from training_loop.audit.chain import Chain, ChainBroken
from training_loop.audit.checkpoint import Checkpoint, CheckpointKind, Head, SealedHeads
from training_loop.audit.errors import AuditLogBroken
from training_loop.audit.log import AuditLog, all_shard_names
from training_loop.audit.notary import Notary

LOOK_BACK = 1_000
"""Signed entries of a shard, at least, that a process reads again before it signs anything."""


class AuditSealer:
    """Any number of processes on one state directory may seal at once.

    Its methods raise StoreUnavailable, SigningKeyRefused and TransparencyLogDamaged.
    """

    def __init__(
        self, log: AuditLog, notary: Notary, clock: Callable[[], float] = time.time
    ) -> None:
        self._log = log
        self._notary = notary
        self._clock = clock
        self._sealed = SealedHeads()
        self._leaves_seen = 0
        self._looked_back: set[str] = set()
        self.alarm = AuditAlarm()
        """Raised while what is found cannot be signed."""

    async def seal(self) -> int:
        """Follows what was added since the last checkpoint and signs it; returns how many entries.
        The first time, it looks at the youngest signed ones as well: somebody may have changed
        them while nobody served.

        Raises AuditLogBroken when entries are missing or do not follow. Then, and when the
        signatures or their key are not what they were, it signs nothing, whatever else is in
        order, and raises the alarm.
        """
        with self.alarm.watching():
            await asyncio.to_thread(self._catch_up)
            heads = await self._log.heads()
            followed = {shard: await self._follow(shard, heads) for shard in all_shard_names()}
            return await asyncio.to_thread(self._sign, followed)

    async def restored(self) -> None:
        """Signs that the store came back from a backup: later entries are lost, and verifying the
        log will say which. Call it when all is back, before anybody is served."""
        await asyncio.to_thread(self._catch_up)
        await self._log.settle_heads()
        heads = await self._log.heads()
        await asyncio.to_thread(self._sign_restore, heads)

    async def _follow(self, shard: str, heads: Mapping[str, Head]) -> Head:
        sealed, last = self._sealed.by_shard.get(shard, {}), self._sealed.last(shard)
        begin = last
        if shard not in self._looked_back:
            begin = max((one for one in sealed if one <= last - LOOK_BACK), default=0)
        after = (begin, sealed[begin].link) if begin else None
        head = heads.get(shard, (0, ""))
        chain = Chain(shard, sealed, head=head, after=after)
        try:
            if head[0] < last:
                raise chain.broken(head[0] + 1, f"is missing, like all up to {last}, all signed")
            if head[0] > begin:
                async for line in self._log.lines(shard, after=begin):
                    chain.follow(line)
                chain.end()
        except ChainBroken as broken:
            raise AuditLogBroken(broken.found.what) from broken
        self._looked_back.add(shard)
        return chain.number, chain.link

    def _sign(self, followed: Mapping[str, Head]) -> int:
        with self._notary.writing() as add:
            self._catch_up()  # with what others sealed meanwhile
            fresh = {
                shard: head
                for shard, head in followed.items()
                if head[0] > self._sealed.last(shard)
            }
            added = sum(head[0] - self._sealed.last(shard) for shard, head in fresh.items())
            if fresh:
                add(self._checkpoint(CheckpointKind.SEALED, fresh))
                self._catch_up()
        return added

    def _sign_restore(self, heads: Mapping[str, Head]) -> None:
        self._notary.add(self._checkpoint(CheckpointKind.RESTORED, heads))
        self._catch_up()

    def _checkpoint(self, kind: CheckpointKind, heads: Mapping[str, Head]) -> bytes:
        now_ms = int(self._clock() * 1000)
        return Checkpoint.sign(self._notary.key(), kind, heads, now_ms).leaf

    def _catch_up(self) -> None:
        leaves = self._notary.log.leaves()
        fresh = leaves[self._leaves_seen :]
        if fresh:
            self._sealed.add_leaves(fresh, self._notary.key().public)
            self._leaves_seen = len(leaves)
