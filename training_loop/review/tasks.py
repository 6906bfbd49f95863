"""Clips that people review: offered by a machine, lent to members of staff, settled into gold."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable

from redis.asyncio import Redis

from training_loop.consent.reads import Reads
from training_loop.erasure.tombstones import TombstoneLog
from training_loop.review.false_wakes import FalseWakeScores
from training_loop.review.lending import LEASE_MS, UNDO_MS, Lending
from training_loop.review.listening import Listening, Marker
from training_loop.review.offering import Offering
from training_loop.review.officers_key import OfficersKey
from training_loop.review.play import AHEAD_MS
from training_loop.review.reporting import Reporting
from training_loop.review.settlement import ReviewObserver
from training_loop.review.settling import Settle, Settling
from training_loop.review.task import (
    ClipReport,
    DeidentifiedClip,
    Opinion,
    ReviewCounts,
    ReviewTask,
    SampleReason,
    SourceItem,
    Stage,
    TaskState,
    WaitingItem,
)
from training_loop.store import keys
from training_loop.store.script_runner import Scripts, text
from training_loop.utterance import Utterance
from training_loop.vault.blobs import BlobStore
from training_loop.vault.vault import Vault

CHECK_SHARE = 0.05
"""Of the clips that become gold, how many are lent again as hidden checks."""
_COUNTED = frozenset(
    {
        *("offered", "agreed", "adjudicated", "disagreed", "unusable"),
        *("deleted", "escalated", "listens"),
    }
)

NameSource = Callable[[str], Awaitable[frozenset[str]]]
"""Names that an account has given to something."""


class ReviewTasks:
    """Every method raises StoreUnavailable. Those with a task raise TaskUnknown for a name that is
    not this member's, TaskWithdrawn once the account took its consent back or the clip was
    deleted, and TaskExpired once it is not open any more; each is a LeaseLost.
    """

    def __init__(
        self,
        store: Redis,
        vault: Vault,
        blobs: BlobStore,
        reads: Reads,
        *,
        settle: Settle,
        observer: ReviewObserver,
        marker: Marker,
        officers: OfficersKey,
        tombstones: TombstoneLog,
        lease_ms: int = LEASE_MS,
        undo_ms: int = UNDO_MS,
        ahead_ms: int = AHEAD_MS,
        chance: random.Random | None = None,
    ) -> None:
        self._chance = chance or random.SystemRandom()
        self._names: list[NameSource] = []
        self._offering = Offering(store, vault, blobs, reads)
        self._lending = Lending(
            store, vault, reads, lease_ms=lease_ms, undo_ms=undo_ms, chance=self._chance
        )
        self._listening = Listening(
            store, vault, blobs, reads, self._lending, marker, ahead_ms=ahead_ms
        )
        false_wakes = FalseWakeScores(store)
        self._reporting = Reporting(
            store, vault, blobs, reads, self._lending, false_wakes, officers, tombstones
        )
        self.settling = Settling(
            store, vault, blobs, reads, false_wakes, tombstones, settle, observer
        )
        self._scripts = Scripts(store)

    def knows_names(self, source: NameSource) -> None:
        """Names that this source tells are hidden in the transcripts of their account."""
        self._names.append(source)

    def waiting(self) -> AsyncIterator[WaitingItem]:
        """What may be offered, of accounts that let people listen at the moment an item is handed
        on; each under a read grant. In no order."""
        return self._offering.waiting()

    def said(self) -> AsyncIterator[tuple[str, str, str]]:
        """Account, item and what was heard, of all that machines may learn from now; each under a
        read grant."""
        return self._offering.said()

    async def with_audio(self, source: SourceItem) -> Utterance:
        """Raises LeaseLost where the item does not wait any more, and Corrupted."""
        return await self._offering.with_audio(source)

    async def names(self, account: str) -> frozenset[str]:
        """What the account has called its devices and the like."""
        return frozenset().union(*[await source(account) for source in self._names])

    async def offer(
        self,
        source: SourceItem,
        clip: DeidentifiedClip,
        reason: SampleReason,
        *,
        check: bool | None = None,
    ) -> bool:
        """Takes the item out of those that wait and opens two tickets for its clip.

        False when it does not wait any more, or its account has not the consents of then. `check`:
        once it is gold it is lent on as a hidden check; None leaves that to chance. Raises OSError
        when the sound cannot be stored.
        """
        chosen = self._chance.random() < CHECK_SHARE if check is None else check
        return await self._offering.offer(source, clip, reason, check=chosen)

    async def withhold(self, source: SourceItem) -> None:
        """Takes an item that can never be offered out of those that wait."""
        await self._offering.withhold(source)

    async def lease(self, staff: str, stage: Stage, *, request_id: str = "") -> ReviewTask | None:
        """A clip of a random account that the member has not seen, or the one it has open: any
        repetition returns that. None when there is none."""
        return await self._lending.lease(staff, stage.value)

    async def check_task(self, staff: str) -> ReviewTask | None:
        """Like `lease`, but a gold clip whose truth is known; nothing shows the difference."""
        return await self._lending.lease(staff, "check")

    async def task(self, staff: str, name: str) -> ReviewTask:
        """The open task of that name."""
        return await self._lending.task(staff, name)

    async def get(self, staff: str, name: str) -> tuple[TaskState, float]:
        """With the seconds left of the lease, or to undo. Raises TaskUnknown alone."""
        return await self._lending.get(staff, name)

    async def renew(self, staff: str, name: str) -> float:
        """Seconds left of the lease, which begins anew."""
        return await self._lending.renew(staff, name)

    def sound(self, staff: str, name: str, from_ms: int = 0) -> AsyncIterator[bytes]:
        """The clip in chunks of 100 ms, marked for this listen, at most `ahead_ms` ahead of its own
        pace; nothing for a clip without sound. Renews the lease.

        The consent is looked at before each half second; chunks are handed on under a read grant.
        The listen is noted for the account holder before the first chunk, with its length from
        then on. Close the iterator to end the listen.
        """
        return self._listening.sound(staff, name, from_ms)

    async def submit(self, staff: str, name: str, opinion: Opinion, *, request_id: str) -> float:
        """Seconds left to undo it. The same request again changes nothing."""
        return await self._lending.submit(staff, name, opinion, request_id)

    async def skip(self, staff: str, name: str) -> float:
        """Somebody else gets the clip; seconds left to undo it."""
        return await self._lending.skip(staff, name)

    async def undo(self, staff: str, name: str) -> ReviewTask:
        """The clip of a submission or a skip is open again. Another one that the member has open
        by now goes back."""
        return await self._lending.undo(staff, name)

    async def report(
        self, staff: str, name: str, report: ClipReport, *, request_id: str = ""
    ) -> str:
        """The clip leaves review at once. A child's voice and a false wake are deleted, with what
        they were made from: "". Else a case for the safety officers: its reference. A member
        reports a task once: repeating it gives the same answer, whatever the request id.

        Raises OSError when the sound cannot be stored.
        """
        return await self._reporting.report(staff, name, report)

    async def settle_due(self) -> int:
        """Settles clips whose opinions can no longer be taken back; returns how many. What fails is
        left to the next time; then the first failure is raised."""
        return await self.settling.due()

    async def statistics(self) -> ReviewCounts:
        """Looks at every account with a clip in review."""
        totals: Counter[str] = Counter()
        for found in await self._scripts.run_each(
            "count_tasks",
            [
                (
                    keys.review_counts(shard),
                    *(keys.accounts_with_tasks(shard, stage) for stage in "rac"),
                    keys.accounts_with_due_tasks(shard),
                    keys.accounts_with_tasks(shard, "w"),
                )
                for shard in keys.all_shards()
            ],
        ):
            held, waiting, checks = map(int, found[:3])
            totals.update(waiting=waiting, checks=checks, in_work=held - checks - waiting)
            for name, count in zip(found[3::2], found[4::2], strict=True):
                if text(name) in _COUNTED:
                    totals[text(name)] += int(count)
        return ReviewCounts(**totals)
