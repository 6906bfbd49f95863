"""Runs erasures: step by step, again from where they stopped, until a receipt says what is gone."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace

from redis.asyncio import Redis

from training_loop.audit.notary import Notary
from training_loop.erasure.closing import Closing
from training_loop.erasure.errors import ErasurePending, ErasureUnknown
from training_loop.erasure.ledger import ErasureLedger, pending_to
from training_loop.erasure.pending import PendingSource
from training_loop.erasure.plan import Plan
from training_loop.erasure.progress import BLOBS_WAIT, TRACES_LEFT, Progress, Step, after_scan
from training_loop.erasure.registered import PersonalStores
from training_loop.erasure.scan import TraceScan
from training_loop.erasure.tombstones import TombstoneLog
from training_loop.receipts.evidence import ErasureEvidence, Pending, ScanResult
from training_loop.receipts.receipt import Receipt, build_receipt
from training_loop.store import keys
from training_loop.store.log_rewrite import LogRewrite
from training_loop.vault.sweeper import BlobSweeper

_log = logging.getLogger(__name__)
_BLOBS_AT_ONCE = 500
_AT_ONCE = 16
_SEARCHES = 3
_LOOK_EVERY_S = 0.1
_WATCH_AT_MOST_S = 600.0
Notes = Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class ErasurePorts:
    """What erasing works on."""

    store: Redis
    ledger: ErasureLedger
    sweeper: BlobSweeper
    log: LogRewrite
    personal_stores: PersonalStores
    tombstones: TombstoneLog
    scan: TraceScan
    notary: Notary
    """Signs the receipts."""
    pending: Sequence[PendingSource] = ()


async def _go_on(step: Step, noted: bool) -> None:
    """Between two steps of an erasure nothing else happens."""


class Erasures:
    """Any number of processes may run the same erasure; each step is noted once.

    `reached` is called when the work of a step is done (False) and when that is noted (True).
    """

    def __init__(self, ports: ErasurePorts) -> None:
        self._ports = ports
        self._ledger = ports.ledger
        self._closing = Closing(ports.store, ports.ledger, ports.tombstones, ports.personal_stores)
        self.reached: Callable[[Step, bool], Awaitable[None]] = _go_on
        self._running: dict[str, asyncio.Task[Progress]] = {}

    async def run(self, plan: Plan, request_id: str = "") -> Progress:
        """Returns when it is done. Raises AccountGone; and ErasurePending or StoreUnavailable, and
        then it goes on without the caller."""
        return await self.finish(await self._ledger.request(plan, request_id))

    async def start(self, plan: Plan, request_id: str = "") -> str:
        """Returns its id once it can no longer be lost; it goes on by itself. Raises AccountGone
        and StoreUnavailable."""
        erasure = await self._ledger.request(plan, request_id)
        self._task(erasure)
        return erasure

    async def requested(self, account: str, request_id: str) -> str:
        """The erasure that a request of the last day asked for, or empty. Raises
        StoreUnavailable."""
        return await self._ledger.requested(account, request_id)

    async def finish(self, erasure: str) -> Progress:
        """Like `run`, for one that was requested; callers of one process share the work."""
        return await asyncio.shield(self._task(erasure))

    async def progress(self, erasure: str) -> Progress:
        """Also when the account is gone. Raises ErasureUnknown and StoreUnavailable."""
        return await self._ledger.progress(erasure)

    async def watch(self, erasure: str) -> AsyncIterator[Progress]:
        """Each change until it is done, or ten minutes are over. Raises like `progress`."""
        before: Progress | None = None
        async with asyncio.timeout(_WATCH_AT_MOST_S):
            while before is None or not before.done:
                now = await self._ledger.progress(erasure)
                if now != before:
                    yield now
                    before = now
                if not now.done:
                    await asyncio.sleep(_LOOK_EVERY_S)

    async def resume(self) -> int:
        """Goes on with every erasure that has not ended; returns how many ended.

        One that fails does not hold up the others; then the first failure is raised.
        """
        begun = await self._ledger.open()
        ended, failures = 0, []
        for first in range(0, len(begun), _AT_ONCE):
            batch = begun[first : first + _AT_ONCE]
            outcomes = await asyncio.gather(*map(self.finish, batch), return_exceptions=True)
            failures += [one for one in outcomes if isinstance(one, BaseException)]
            ended += sum(isinstance(one, Progress) for one in outcomes)
        failures = [one for one in failures if not isinstance(one, ErasureUnknown)]
        if failures:
            raise failures[0]
        return ended

    async def settle(self) -> int:
        """Issues the last receipt of each erasure whose pending parts are done, and says how many;
        and one for each of the others in which something has become overdue."""
        settled = 0
        for erasure in await self._ledger.with_pending():
            try:
                settled += await self._settle(erasure)
            except ErasureUnknown:
                await self._ledger.drop_pending(erasure)
        return settled

    async def idle(self) -> None:
        """Returns when no erasure runs in this process."""
        while self._running:
            await asyncio.wait(list(self._running.values()))

    def _task(self, erasure: str) -> asyncio.Task[Progress]:
        task = self._running.get(erasure)
        if task is None:
            task = asyncio.create_task(self._run(erasure))
            self._running[erasure] = task
            task.add_done_callback(lambda ended: self._ended(erasure, ended))
        return task

    def _ended(self, erasure: str, task: asyncio.Task[Progress]) -> None:
        self._running.pop(erasure, None)
        if not task.cancelled() and (fault := task.exception()) is not None:
            code = getattr(fault, "code", type(fault).__name__)
            _log.warning("an erasure does not go on now (%s); the sweep resumes it", code)

    async def _run(self, erasure: str) -> Progress:
        searches = 0
        while not (progress := await self._ledger.progress(erasure)).done:
            if progress.step is Step.RECEIPT_ISSUED:
                await self._end(erasure)
                continue
            plan = await self._ledger.plan(erasure)
            after, notes = await self._work(progress, plan)
            searches += progress.step is Step.LOG_REWRITTEN
            if after is not Step.SCANNED and searches >= _SEARCHES:
                await self._wait(erasure, TRACES_LEFT)
            await self.reached(after, False)
            await self._ledger.advance(erasure, progress.step, after, notes)
            await self.reached(after, True)
        return progress

    async def _work(self, progress: Progress, plan: Plan) -> tuple[Step, Notes]:
        match progress.step:
            case Step.REQUESTED:
                await self._closing.put_out_of_reach(progress.erasure, plan)
                return Step.KEYS_DESTROYED, {}
            case Step.KEYS_DESTROYED:
                await self._closing.erase_stores(progress, plan)
                return Step.STORES_ERASED, {}
            case Step.STORES_ERASED:
                await self._remove_blobs(progress.erasure)
                return Step.BLOBS_REMOVED, {}
            case Step.BLOBS_REMOVED:
                await self._ports.log.run()
                return Step.LOG_REWRITTEN, {"log_rewritten_at_s": repr(await self._now_s())}
            case Step.LOG_REWRITTEN:
                return await self._search(plan)
            case Step.SCANNED:
                return await self._issue(progress, plan)
        raise AssertionError("nothing is left to do")

    async def _remove_blobs(self, erasure: str) -> None:
        shard = keys.shard_of_erasure(erasure)
        while paths := await self._ledger.blobs(erasure, _BLOBS_AT_ONCE):
            outcome = await self._ports.sweeper.remove(shard, paths)
            if outcome.pending:
                await self._wait(erasure, BLOBS_WAIT)
            await self._ledger.note_blobs(erasure, outcome.blobs, paths)

    async def _search(self, plan: Plan) -> tuple[Step, Notes]:
        found = await self._ports.scan.traces(plan)
        after = after_scan(frozenset(found))
        if after is not Step.SCANNED:
            _log.warning("an erasure left traces in: %s; it is repeated", ", ".join(sorted(found)))
            return after, {}
        result = ScanResult(
            places=self._ports.scan.places, traces_found=0, completed_at_s=await self._now_s()
        )
        return after, {"scan": json.dumps(asdict(result))}

    async def _issue(self, progress: Progress, plan: Plan) -> tuple[Step, Notes]:
        now_s = await self._now_s()
        sources = [await source.pending(plan) for source in self._ports.pending]
        pending = tuple(one.at(now_s) for found in sources for one in found)
        issued = await self._receipt(evidence(progress, pending))
        return Step.RECEIPT_ISSUED, {
            "receipt": issued.content.decode(),
            "receipt_id": issued.receipt,
            "pending": pending_to(pending),
        }

    async def _end(self, erasure: str) -> None:
        await self.reached(Step.DONE, False)
        progress = await self._ledger.progress(erasure)
        await self._ledger.end(erasure, pending=bool(progress.pending))
        await self.reached(Step.DONE, True)

    async def _settle(self, erasure: str) -> int:
        progress = await self._ledger.progress(erasure)
        left = [one for one in progress.pending if await self._still(one)]
        if left:
            await self._tell_overdue(progress, tuple(left))
            return 0
        settled = replace(
            evidence(progress, ()),
            completed_at_s=max(progress.updated_at_s, await self._now_s()),
            earlier_receipt=progress.open_receipt_id,
        )
        issued = await self._receipt(settled)
        return int(await self._ledger.settle(erasure, issued.content.decode()))

    async def _tell_overdue(self, progress: Progress, left: tuple[Pending, ...]) -> None:
        """Each part becomes overdue once, so there are as many such receipts at most."""
        now_s = await self._now_s()
        stands = tuple(one.at(now_s) for one in left)
        if set(stands) <= set(progress.pending):
            return
        stated = replace(evidence(progress, stands), earlier_receipt=progress.open_receipt_id)
        issued = await self._receipt(stated)
        await self._ledger.note_overdue(progress, issued.content.decode(), issued.receipt, stands)

    async def _receipt(self, stated: ErasureEvidence) -> Receipt:
        return await asyncio.to_thread(build_receipt, stated, self._ports.notary)

    async def _still(self, pending: Pending) -> bool:
        """Fails closed: what nobody knows of stays pending."""
        sources = [source for source in self._ports.pending if source.kind is pending.kind]
        return not sources or any([await source.still(pending) for source in sources])

    async def _wait(self, erasure: str, reason: str) -> None:
        await self._ledger.wait_for(erasure, reason)
        raise ErasurePending(erasure, reason)

    async def _now_s(self) -> float:
        return await self._closing.now_s()


def evidence(progress: Progress, pending: tuple[Pending, ...]) -> ErasureEvidence:
    """What the receipt of a searched erasure says: the same whenever it is asked.

    A clock that was set back in between never makes an end precede its beginning.
    """
    assert progress.scan is not None, "no receipt before a search found nothing"
    ends = (one.completed_at_s for one in progress.stores)
    return ErasureEvidence(
        erasure=progress.erasure,
        kind=progress.kind,
        requested_at_s=progress.requested_at_s,
        completed_at_s=max(progress.requested_at_s, progress.scan.completed_at_s, *ends),
        stores=progress.stores,
        log_rewritten_at_s=progress.log_rewritten_at_s,
        scan=progress.scan,
        pending=pending,
    )
