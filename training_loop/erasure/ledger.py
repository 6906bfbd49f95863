"""Erasures in the store: what each has reached survives every crash."""

from __future__ import annotations

import hashlib
import hmac
import json
import re
import secrets
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from redis.asyncio import Redis

from training_loop.consent.account_record import read_account
from training_loop.erasure.errors import ErasureUnknown
from training_loop.erasure.plan import Plan
from training_loop.erasure.progress import Progress, Step, check_advance
from training_loop.errors import AccountGone
from training_loop.receipts.evidence import (
    ErasureKind,
    Pending,
    PendingKind,
    ScanResult,
    StoreEvidence,
)
from training_loop.store import keys
from training_loop.store.client import store_errors
from training_loop.store.script_runner import Scripts, text
from training_loop.vault.cipher import decrypt, encrypt
from training_loop.vault.local_keys import derive
from training_loop.vault.vault import Vault

RECEIPT_KEPT_S = 400 * 24 * 3600
_REMEMBER_RESULT_S = 24 * 3600
_DIGITS = 32
_ERASURE = re.compile(r"era_(?:[0-5][0-9]|6[0-3])[0-9a-f]{32}")


def new_erasure(account: str) -> str:
    """An id that nobody can guess; it says in which of the 64 shards its account was."""
    return _in_shard_of(account, secrets.token_hex(_DIGITS // 2))


def _in_shard_of(account: str, digits: str) -> str:
    return f"era_{keys.shard_of(account)[2:4]}{digits}"


class ErasureLedger:
    """Every method raises StoreUnavailable."""

    def __init__(self, store: Redis, vault: Vault) -> None:
        self._store = store
        self._vault = vault
        self._scripts = Scripts(store)

    async def request(self, plan: Plan, request_id: str = "") -> str:
        """Notes the erasure, or finds the one that does the same already; returns its id.

        Raises AccountGone for an account that is unknown, or that something else deletes.
        """
        erasure = await self._id_for(plan)
        sealed = encrypt(self._key(), plan.to_bytes(), erasure)
        running = await self._scripts.run(
            "request_erasure",
            [
                keys.account(plan.account),
                keys.request(plan.account, f"e:{request_id or erasure}"),
                keys.erasure(erasure),
                keys.open_erasures(keys.shard_of(plan.account)),
            ],
            [erasure, plan.kind.value, sealed, _REMEMBER_RESULT_S],
        )
        if not running:
            raise AccountGone("there is no such account")
        return text(running)

    async def id_of_account(self, account: str) -> str:
        """The id that the deletion of an account has or will have: always the same, so that its
        holder can know it before. Only who has both a key of the vault and the account's hash could
        compute it, and the hash goes with the account. Raises AccountGone, also for one that is
        being deleted.
        """
        record = await read_account(self._store, account)
        key = derive(self._vault.keyring.lasting, "ids of account erasures")
        bound = f"{account} {record.token_digest}".encode()
        digest = hmac.new(key, bound, hashlib.sha256).hexdigest()
        return _in_shard_of(account, digest[:_DIGITS])

    async def adopt(self, plan: Plan) -> bool:
        """Notes an erasure for a deletion that Earmark 0.1 had begun; False when that has ended."""
        erasure = new_erasure(plan.account)
        sealed = encrypt(self._key(), plan.to_bytes(), erasure)
        adopted = await self._scripts.run(
            "adopt_deletion",
            [
                keys.account(plan.account),
                keys.erasure(erasure),
                keys.open_erasures(keys.shard_of(plan.account)),
                keys.erasure_blobs(erasure),
            ],
            [plan.account, erasure, sealed],
        )
        return bool(adopted)

    async def begun_by_first_release(self) -> list[str]:
        """Accounts whose deletion Earmark 0.1 had begun and not ended."""
        return await self._members(keys.begun_deletions)

    async def requested(self, account: str, request_id: str) -> str:
        """The erasure that a request of the last day asked for, or empty."""
        with store_errors():
            found = await self._store.get(keys.request(account, f"e:{request_id}"))
        return text(found) if found else ""

    async def running_of(self, account: str) -> str:
        """The erasure that deletes this account now, or empty."""
        with store_errors():
            found = await self._store.hget(keys.account(account), "erasure")
        return text(found) if found else ""

    async def progress(self, erasure: str) -> Progress:
        """Raises ErasureUnknown for an id that is none, or whose receipt is no longer kept."""
        return _progress(erasure, await self._fields(erasure))

    async def plan(self, erasure: str) -> Plan:
        """Raises ErasureUnknown when the erasure has ended."""
        fields = await self._fields(erasure)
        if b"plan" not in fields:
            raise ErasureUnknown("the erasure has ended")
        return Plan.from_bytes(decrypt(self._key(), fields[b"plan"], erasure))

    async def advance(
        self, erasure: str, before: Step, after: Step, notes: Mapping[str, str] | None = None
    ) -> bool:
        """False when another process was faster."""
        check_advance(before, after)
        pairs = [part for pair in (notes or {}).items() for part in pair]
        return bool(
            await self._scripts.run(
                "advance_erasure", [keys.erasure(erasure)], [before.value, after.value, *pairs]
            )
        )

    async def end(self, erasure: str, *, pending: bool) -> None:
        shard = keys.shard_of_erasure(erasure)
        await self._scripts.run(
            "end_erasure",
            [
                keys.erasure(erasure),
                keys.open_erasures(shard),
                keys.erasures_with_pending(shard),
                keys.erasure_blobs(erasure),
            ],
            [erasure, str(int(pending)), RECEIPT_KEPT_S],
        )

    async def wait_for(self, erasure: str, reason: str) -> None:
        """Notes why it does not go on."""
        with store_errors():
            await self._store.hset(keys.erasure(erasure), "waiting", reason)

    async def note_store(self, erasure: str, evidence: StoreEvidence) -> None:
        """The first evidence of a store stands: a repeated step finds nothing more."""
        with store_errors():
            await self._store.hsetnx(
                keys.erasure(erasure), f"store:{evidence.store}", json.dumps(asdict(evidence))
            )

    async def note_blobs(self, erasure: str, removed: int, paths: list[str]) -> None:
        with store_errors():
            async with self._store.pipeline(transaction=True) as pipeline:
                pipeline.hincrby(keys.erasure(erasure), "audio_blobs", removed)
                pipeline.srem(keys.erasure_blobs(erasure), *paths)
                await pipeline.execute()

    async def blobs(self, erasure: str, most: int) -> list[str]:
        """What it still has to remove."""
        with store_errors():
            found: Any = await self._store.srandmember(keys.erasure_blobs(erasure), most)
        return sorted(text(path) for path in found or ())

    async def open(self) -> list[str]:
        """Erasures that have not ended, of all shards."""
        return await self._members(keys.open_erasures)

    async def with_pending(self) -> list[str]:
        return await self._members(keys.erasures_with_pending)

    async def settle(self, erasure: str, receipt: str) -> bool:
        """Notes the last receipt, and that nothing is pending any more; False when that was noted
        already."""
        shard = keys.shard_of_erasure(erasure)
        return bool(
            await self._scripts.run(
                "settle_erasure",
                [keys.erasure(erasure), keys.erasures_with_pending(shard)],
                [erasure, receipt],
            )
        )

    async def note_overdue(
        self, progress: Progress, receipt: str, receipt_id: str, pending: tuple[Pending, ...]
    ) -> bool:
        """Notes a receipt that says what of `pending` is overdue; False when another process was
        faster."""
        erasure = progress.erasure
        shard = keys.shard_of_erasure(erasure)
        return bool(
            await self._scripts.run(
                "note_overdue",
                [keys.erasure(erasure), keys.erasures_with_pending(shard)],
                [erasure, progress.open_receipt_id, receipt, receipt_id, pending_to(pending)],
            )
        )

    async def drop_pending(self, erasure: str) -> None:
        """Of an erasure whose receipt is no longer kept."""
        with store_errors():
            shard = keys.shard_of_erasure(erasure)
            await self._store.srem(keys.erasures_with_pending(shard), erasure)

    async def _id_for(self, plan: Plan) -> str:
        if not plan.whole_account:
            return new_erasure(plan.account)
        try:
            return await self.id_of_account(plan.account)
        except AccountGone:  # the script finds the one that deletes it
            return new_erasure(plan.account)

    def _key(self) -> bytes:
        return derive(self._vault.keyring.lasting, "erasure plans")

    async def _members(self, key: object) -> list[str]:
        assert callable(key)
        pipeline = self._store.pipeline(transaction=False)
        for shard in keys.all_shards():
            pipeline.smembers(key(shard))
        with store_errors():
            async with pipeline:
                shards = await pipeline.execute()
        return [text(name) for members in shards for name in sorted(members)]

    async def _fields(self, erasure: str) -> Mapping[bytes, bytes]:
        if not _ERASURE.fullmatch(erasure):
            raise ErasureUnknown("there is no such erasure")
        with store_errors():
            found = await self._store.hgetall(keys.erasure(erasure))
        if not found:
            raise ErasureUnknown("there is no such erasure")
        return {_bytes(name): _bytes(value) for name, value in found.items()}


def pending_to(pending: tuple[Pending, ...]) -> str:
    return json.dumps([asdict(one) | {"kind": one.kind.value} for one in pending])


def pending_from(written: bytes | str) -> tuple[Pending, ...]:
    return tuple(
        Pending(**(one | {"kind": PendingKind(one["kind"])})) for one in json.loads(written)
    )


def _progress(erasure: str, fields: Mapping[bytes, bytes]) -> Progress:
    def word(name: str) -> str:
        return fields.get(name.encode(), b"").decode()

    stores = sorted(
        (_store(value) for name, value in fields.items() if name.startswith(b"store:")),
        key=lambda one: (one.began_at_s, one.store),
    )
    scan = json.loads(word("scan") or "null")
    return Progress(
        erasure=erasure,
        kind=ErasureKind(word("kind")),
        step=Step(word("step")),
        requested_at_s=int(word("requested_ms")) / 1000,
        updated_at_s=int(word("updated_ms")) / 1000,
        waiting=word("waiting"),
        history_records=int(word("history_records") or 0),
        queue_items=int(word("queue_items") or 0),
        audio_blobs=int(word("audio_blobs") or 0),
        stores=tuple(stores),
        log_rewritten_at_s=float(word("log_rewritten_at_s"))
        if word("log_rewritten_at_s")
        else None,
        scan=ScanResult(**(scan | {"places": tuple(scan["places"])})) if scan else None,
        receipt=word("receipt"),
        receipt_id=word("receipt_id"),
        pending=pending_from(word("pending") or "[]"),
        overdue_receipt=word("overdue_receipt"),
        overdue_receipt_id=word("overdue_receipt_id"),
        final_receipt=word("final_receipt"),
    )


def _store(written: bytes) -> StoreEvidence:
    fields = json.loads(written)
    return StoreEvidence(**(fields | {"keys_destroyed": tuple(fields["keys_destroyed"])}))


def _bytes(value: bytes | str) -> bytes:
    return value.encode() if isinstance(value, str) else value
