"""Deleting utterances of an account that goes on."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from dataclasses import replace
from typing import Any

from redis.asyncio import Redis

from training_loop.consent.account_record import read_account
from training_loop.consent.policy import Purpose
from training_loop.erasure.erasures import Erasures
from training_loop.erasure.lineage import Lineage
from training_loop.erasure.plan import Plan
from training_loop.erasure.registered import PersonalStores
from training_loop.erasure.report import report_of
from training_loop.errors import AccountGone
from training_loop.receipts.evidence import ErasureKind
from training_loop.rights import DeletionReport
from training_loop.store import keys
from training_loop.store.client import store_errors
from training_loop.store.script_runner import Scripts, text


class Forgetting:
    """Deletes everywhere: `utterance`, `between` and `listed` return an erasure's id once it can no
    longer be lost, `finish` when reads in flight have ended and a search found nothing.

    Every method raises AccountGone and StoreUnavailable; `finish` ErasurePending too: then what was
    found is out of reach or untouched, and an erasure that had begun goes on later. The same
    request id gives the same erasure for a day. Conversations in this process forget with it.
    """

    def __init__(
        self,
        store: Redis,
        erasures: Erasures,
        lineage: Lineage,
        personal_stores: PersonalStores,
    ) -> None:
        self._store = store
        self._personal_stores = personal_stores
        self._erasures = erasures
        self._lineage = lineage
        self._scripts = Scripts(store)

    async def finish(self, erasure: str) -> DeletionReport:
        return report_of(await self._erasures.finish(erasure))

    async def utterance(self, account: str, utterance_id: str, request_id: str = "") -> str:
        """One utterance, wherever it is; one that is still on its way is refused on arrival."""
        if repeated := await self._repeated(account, request_id):
            return repeated
        held = await self._held(account, utterance_id)
        plan = await self._plan(ErasureKind.UTTERANCE, account, {utterance_id} if held else set())
        if not held:
            plan = replace(plan, barred=(utterance_id,))
        return await self._start(plan, request_id)

    async def between(
        self, account: str, since_s: float, until_s: float | None = None, request_id: str = ""
    ) -> str:
        """What was captured at or after a Unix time and, unless None, before another one; and
        whatever is still on its way."""
        since_ms = int(since_s * 1000)
        until_ms = None if until_s is None else int(until_s * 1000)
        everything = since_ms <= 0 and until_ms is None
        if repeated := await self._repeated(account, request_id):
            return repeated
        await self._bar(account)
        plan = await self._plan(
            ErasureKind.HISTORY if everything else ErasureKind.RANGE,
            account,
            await self._captured(account, since_ms, until_ms),
            span=(since_ms, until_ms),
        )
        return await self._start(plan, request_id)

    async def listed(
        self, account: str, found: AsyncIterator[Sequence[str]], request_id: str = ""
    ) -> str:
        """What one device captured, as looked up after the call began; and whatever is still on its
        way."""
        if repeated := await self._repeated(account, request_id):
            return repeated
        await self._bar(account)
        utterances = {one async for some in found for one in some}
        plan = await self._plan(ErasureKind.DEVICE, account, utterances)
        return await self._start(plan, request_id)

    async def _repeated(self, account: str, request_id: str) -> str:
        """What the same request began before; nothing that was said since is touched."""
        return await self._erasures.requested(account, request_id) if request_id else ""

    async def _start(self, plan: Plan, request_id: str) -> str:
        self._personal_stores.forget_said(plan.account)
        return await self._erasures.start(plan, request_id)

    async def _bar(self, account: str) -> None:
        if not await self._scripts.run("bar_arrivals", [keys.account(account)]):
            raise AccountGone("there is no such account")

    async def _plan(
        self,
        kind: ErasureKind,
        account: str,
        utterances: set[str],
        span: tuple[int | None, int | None] = (None, None),
    ) -> Plan:
        return Plan(
            kind=kind,
            account=account,
            utterances=tuple(sorted(utterances)),
            models=await self._lineage.models_with(utterances),
            since_ms=span[0],
            until_ms=span[1],
        )

    async def _held(self, account: str, utterance_id: str) -> bool:
        containers = (await read_account(self._store, account)).containers
        for purpose, items in _ITEMS.items():
            if purpose in containers:
                at = items(account, containers[purpose].epoch)
                with store_errors():
                    if await self._store.hexists(at, utterance_id):
                        return True
        return False

    async def _captured(self, account: str, since_ms: int, until_ms: int | None) -> set[str]:
        containers = (await read_account(self._store, account)).containers
        last = "+inf" if until_ms is None else f"({until_ms}"
        found: set[str] = set()
        for purpose, index in _INDEXES.items():
            if purpose in containers:
                at = index(account, containers[purpose].epoch)
                with store_errors():
                    members: Any = await self._store.zrangebyscore(at, since_ms, last)
                found.update(text(member) for member in members)
        return found


_ITEMS = {Purpose.HISTORY: keys.history_items, Purpose.LEARNING: keys.learning_items}
_INDEXES = {Purpose.HISTORY: keys.history_index, Purpose.LEARNING: keys.learning_index}
