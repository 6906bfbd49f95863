"""The first steps of an erasure: out of reach, then out of every registered store."""

from __future__ import annotations

from redis.asyncio import Redis

from training_loop.consent.reads import wait_for_reads
from training_loop.erasure.errors import ErasurePending
from training_loop.erasure.ledger import ErasureLedger
from training_loop.erasure.plan import Plan
from training_loop.erasure.progress import TRACES_LEFT, Progress
from training_loop.erasure.registered import PersonalStores
from training_loop.erasure.scan import keys_naming
from training_loop.erasure.tombstones import (
    Forgotten,
    Tombstone,
    TombstoneLog,
    account_digest,
    now_s,
    utterance_digest,
)
from training_loop.receipts.evidence import ErasureKind, StoreEvidence
from training_loop.store import keys
from training_loop.store.client import store_errors
from training_loop.store.script_runner import Scripts, text

UTTERANCES = "utterances"
"""The store of history and queue, whose items go with their containers or one by one."""
ACCOUNT = "account"
"""The store of the account, whose keys are destroyed first."""
_AT_ONCE = 500
_TOMBSTONE_S = 24 * 3600
_ROUNDS = 5


class Closing:
    """Repeating any of it is harmless. Raises StoreUnavailable and OSError."""

    def __init__(
        self,
        store: Redis,
        ledger: ErasureLedger,
        tombstones: TombstoneLog,
        personal_stores: PersonalStores,
    ) -> None:
        self._store = store
        self._ledger = ledger
        self._tombstones = tombstones
        self._personal_stores = personal_stores
        self._scripts = Scripts(store)

    async def put_out_of_reach(self, erasure: str, plan: Plan) -> None:
        """First on the tombstone log, so that no restore brings it back; then in the store, so
        that nobody is given it any more; returns when those who were being given it are done."""
        await self._tombstones.bury(tombstone_of(plan))
        account = plan.account
        own = [
            *(keys.account(account), keys.read_grants(account)),
            *(keys.erasure(erasure), keys.erasure_blobs(erasure)),
        ]
        if plan.whole_account:
            arguments = [account, account_digest(account), erasure]
            grants = await self._scripts.run("close_account", own, arguments)
            await wait_for_reads(self._scripts, account, [text(grant) for grant in grants])
            return
        how = "ids" if plan.kind is ErasureKind.UTTERANCE else "listed"
        utterances = plan.utterances + plan.barred
        for start in range(0, len(utterances), _AT_ONCE):
            batch = utterances[start : start + _AT_ONCE]
            grants = await self._scripts.run("forget", own, [account, how, _TOMBSTONE_S, *batch])
            await wait_for_reads(self._scripts, account, [text(grant) for grant in grants])

    async def erase_stores(self, progress: Progress, plan: Plan) -> None:
        """Every registered store, each with its evidence; then whatever still names the account."""
        items = progress.history_records + progress.queue_items
        if not plan.whole_account:
            await self._note(progress, UTTERANCES, items, await self.now_s())
            return
        for personal in self._personal_stores:
            began = await self.now_s()
            removed = await personal.erase(plan.account)
            if personal.name == UTTERANCES:
                removed += items
            key_ids = plan.key_ids if personal.name == ACCOUNT else ()
            await self._note(progress, personal.name, removed, began, key_ids)
        await self._remove_keys(progress, plan.account)

    async def now_s(self) -> float:
        """The store's clock: the one that all servers share."""
        with store_errors():
            seconds, microseconds = await self._store.time()
        return float(seconds + microseconds / 1e6)

    async def _note(
        self,
        progress: Progress,
        store: str,
        removed: int,
        began_at_s: float,
        key_ids: tuple[str, ...] = (),
    ) -> None:
        await self._ledger.note_store(
            progress.erasure,
            StoreEvidence(
                store=store,
                records_removed=removed,
                keys_destroyed=key_ids,
                began_at_s=began_at_s,
                completed_at_s=max(began_at_s, await self.now_s()),
            ),
        )

    async def _remove_keys(self, progress: Progress, account: str) -> None:
        """Unlinks every key of the account until a search finds none but its hash, then that one:
        without it nothing can come under the account's name. The last search looks once more."""
        own = keys.account(account)
        for _ in range(_ROUNDS):
            found = [key async for key in keys_naming(self._store, account)]
            if not found:
                return
            others = [key for key in found if key != own]
            with store_errors():
                await self._store.incr(keys.log_rewrite_due(keys.shard_of(account)))
                await self._store.unlink(*(others or found))
            if not others:
                return
        raise ErasurePending(progress.erasure, TRACES_LEFT)


def tombstone_of(plan: Plan) -> Tombstone:
    digest = account_digest(plan.account)
    if plan.whole_account:
        return Tombstone(event=Forgotten.ACCOUNT, account=digest, at_s=now_s())
    if plan.since_ms is not None:
        return Tombstone(
            event=Forgotten.RANGE,
            account=digest,
            at_s=now_s(),
            since_ms=plan.since_ms,
            until_ms=plan.until_ms,
        )
    return Tombstone(
        event=Forgotten.UTTERANCES,
        account=digest,
        at_s=now_s(),
        utterances=tuple(
            utterance_digest(plan.account, one) for one in plan.utterances + plan.barred
        ),
    )
