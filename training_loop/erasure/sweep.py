"""What has to happen without anybody asking: retention, unfinished erasures, leftover blobs."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Iterator

from redis.asyncio import Redis

from training_loop.audit.sealer import AuditSealer
from training_loop.erasure.assembly import Erasing
from training_loop.errors import EarmarkError
from training_loop.queue.listing import consenting_accounts
from training_loop.rights import LEARNING_DAYS
from training_loop.store import keys
from training_loop.store.log_rewrite import LogRewrite
from training_loop.store.script_runner import Scripts, text
from training_loop.training.workspace import Workspaces
from training_loop.vault.sweeper import BlobSweeper

_log = logging.getLogger(__name__)
INTERVAL_S = 60.0
STRAY_AFTER_S = 3600.0
_AT_ONCE = 500


class Sweep:
    """Any number of processes may sweep at once."""

    def __init__(
        self,
        audit: AuditSealer,
        store: Redis,
        blobs: BlobSweeper,
        erasing: Erasing,
        log: LogRewrite,
        workspaces: Workspaces,
    ) -> None:
        self._store = store
        self._blobs = blobs
        self._erasing = erasing
        self._log = log
        self._audit = audit
        self._workspaces = workspaces
        self._scripts = Scripts(store)

    async def once(self) -> None:
        """Deletes what is past its retention time, ends interrupted erasures, removes leftover
        blobs and workspaces, rewrites the append-only file when anything was deleted since,
        expires backups, notes what recipients of exports have to delete and counts what is overdue
        there, deletes models that were replaced, issues further receipts and seals the audit log.

        A step that fails does not keep the others from running; then the first failure is raised.
        """
        failures = [failure for step in self._steps() if (failure := await _failure_of(step))]
        if failures:
            raise failures[0]

    def _steps(self) -> Iterator[Awaitable[object]]:
        yield self._erasing.deletion.adopt()
        yield self._erasing.erasures.resume()
        yield self._expire_all()
        yield self._blobs.sweep()
        yield self.strays()
        yield self._workspaces.sweep()
        yield self._log.run_if_due()
        yield self._audit.seal()
        yield self._erasing.backups.expire()
        yield self._erasing.exported.bury()
        yield self._erasing.overdue_exports.look()
        yield self._erasing.lineage.replacements.settle()
        yield self._erasing.erasures.settle()

    async def strays(self, *, unchanged_for_s: float = STRAY_AFTER_S) -> int:
        """Removes audio that belongs to no account; returns how many containers."""
        return await self._blobs.sweep_strays(unchanged_for_s=unchanged_for_s)

    async def forever(self) -> None:
        """Sweeps every minute until cancelled; a failure waits for the next time."""
        while True:
            try:
                await self.once()
            except (EarmarkError, OSError) as error:
                code = getattr(error, "code", type(error).__name__)
                _log.warning("a sweep did not end (%s); it is tried again", code)
            await asyncio.sleep(INTERVAL_S)

    async def _expire_all(self) -> None:
        for account in await consenting_accounts(self._store):
            await self._expire(account)

    async def _expire(self, account: str) -> None:
        await self._expire_by("expire_history", account)
        await self._expire_by("expire_learning", account, LEARNING_DAYS)

    async def _expire_by(self, script: str, account: str, *limits: int) -> None:
        while True:
            found = await self._scripts.run(
                script, [keys.account(account)], [account, _AT_ONCE, *limits]
            )
            paths = [text(path) for path in found if path]
            await self._blobs.remove(keys.shard_of(account), paths)
            if len(found) < _AT_ONCE:
                return


async def _failure_of(step: Awaitable[object]) -> EarmarkError | OSError | None:
    try:
        await step
    except (EarmarkError, OSError) as error:
        return error
    return None
