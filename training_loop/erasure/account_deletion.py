"""Deleting an account: what it had is looked up first, then one erasure takes all of it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from redis.asyncio import Redis

from training_loop.consent.account_record import read_account
from training_loop.datasets.uses import exports_of
from training_loop.erasure.erasures import Erasures
from training_loop.erasure.ledger import ErasureLedger
from training_loop.erasure.lineage import Lineage
from training_loop.erasure.plan import Plan, key_id, key_tag
from training_loop.erasure.report import report_of
from training_loop.errors import AccountGone
from training_loop.receipts.evidence import ErasureKind
from training_loop.rights import DeletionReport
from training_loop.store import keys
from training_loop.store.client import store_errors
from training_loop.store.script_runner import text


class AccountDeletion:
    def __init__(
        self, store: Redis, erasures: Erasures, ledger: ErasureLedger, lineage: Lineage
    ) -> None:
        self._store = store
        self._erasures = erasures
        self._ledger = ledger
        self._lineage = lineage

    async def run(self, account: str) -> DeletionReport:
        """Returns once nothing of the account is in the store, its file or the blobs.

        Callers that come while the account is being deleted share that erasure. Raises AccountGone
        for an unknown account; ErasurePending and StoreUnavailable: then the account is unreachable
        or untouched, and an erasure that had begun goes on later.
        """
        running = await self._ledger.running_of(account)
        if running:
            return report_of(await self._erasures.finish(running))
        return report_of(await self._erasures.run(await self._plan(account)))

    async def start(self, account: str) -> str:
        """Returns the erasure's id once it can no longer be lost. Raises AccountGone and
        StoreUnavailable."""
        running = await self._ledger.running_of(account)
        return running or await self._erasures.start(await self._plan(account))

    async def id_of(self, account: str) -> str:
        """The erasure's id, before it has begun. Raises AccountGone and StoreUnavailable."""
        return await self._ledger.id_of_account(account)

    async def adopt(self) -> int:
        """Makes erasures of the deletions that Earmark 0.1 had begun when it was stopped; returns
        how many. Raises StoreUnavailable."""
        adopted = 0
        for account in await self._ledger.begun_by_first_release():
            plan = Plan(
                kind=ErasureKind.ACCOUNT,
                account=account,
                devices=await self._devices(account),
                models=await self._lineage.models_of(account),
            )
            adopted += await self._ledger.adopt(plan)
        return adopted

    async def _plan(self, account: str) -> Plan:
        fields = await self._fields(account)
        wrapped = sorted(value for name, value in fields.items() if name.endswith("_key"))
        epochs = {kind: text(fields.get(f"{kind}_epoch", b"")) for kind in ("history", "learning")}
        return Plan(
            kind=ErasureKind.ACCOUNT,
            account=account,
            utterances=await self._utterances(account, epochs),
            devices=await self._devices(account),
            key_tags=tuple(map(key_tag, wrapped)),
            key_ids=tuple(map(key_id, wrapped)),
            models=await self._lineage.models_of(account),
            exports=await exports_of(self._store, account),
        )

    async def _fields(self, account: str) -> Mapping[str, bytes]:
        await read_account(self._store, account)
        with store_errors():
            found = await self._store.hgetall(keys.account(account))
        if not found:
            raise AccountGone("there is no such account")
        return {text(name): bytes(value) for name, value in found.items()}  # type: ignore[arg-type]

    async def _utterances(self, account: str, epochs: Mapping[str, str]) -> tuple[str, ...]:
        indexes = {"history": keys.history_index, "learning": keys.learning_index}
        found: set[str] = set()
        for kind, index in indexes.items():
            if epochs[kind]:
                with store_errors():
                    members: Any = await self._store.zrange(
                        index(account, int(epochs[kind])), 0, -1
                    )
                found.update(text(member) for member in members)
        return tuple(sorted(found))

    async def _devices(self, account: str) -> tuple[str, ...]:
        with store_errors():
            found = await self._store.hkeys(keys.devices(account))
        return tuple(sorted(map(text, found)))
