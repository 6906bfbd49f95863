"""Clips lent to members of staff, one at a time."""

from __future__ import annotations

import hashlib
import json
import random
import secrets
from collections.abc import Sequence
from typing import Any

from redis.asyncio import Redis

from training_loop.consent.account_record import read_account
from training_loop.consent.policy import Purpose
from training_loop.consent.reads import ReadGrant, Reads
from training_loop.errors import AccountGone
from training_loop.queue.intake import key_purpose
from training_loop.queue.lease import LeaseLost
from training_loop.queue.record import Place, StoredValue
from training_loop.review.clip_record import open_clip, open_opinion, seal_opinion
from training_loop.review.open_tasks import OpenTasks
from training_loop.review.task import (
    Opinion,
    ReviewTask,
    SampleReason,
    Stage,
    TaskState,
)
from training_loop.review.task_errors import TaskWithdrawn, lost
from training_loop.review.task_name import Seat, TaskNames
from training_loop.review.waiting_accounts import WaitingAccounts
from training_loop.store import keys
from training_loop.store.script_runner import Scripts, text
from training_loop.vault.vault import Vault

LEASE_MS = 5 * 60 * 1000
UNDO_MS = 10_000
_TRIES = 8
_REMEMBER_RESULT_S = 600


class Lending:
    """Every method raises StoreUnavailable; those that name a task raise TaskUnknown,
    TaskWithdrawn and TaskExpired."""

    def __init__(
        self,
        store: Redis,
        vault: Vault,
        reads: Reads,
        *,
        lease_ms: int = LEASE_MS,
        undo_ms: int = UNDO_MS,
        chance: random.Random | None = None,
    ) -> None:
        self._store = store
        self._vault = vault
        self._reads = reads
        self.lease_ms = lease_ms
        self._undo_ms = undo_ms
        self._chance = chance or random.SystemRandom()
        self._names = TaskNames(vault)
        self._open_tasks = OpenTasks(store)
        self._scripts = Scripts(store)
        self._waiting = WaitingAccounts(store, self._chance)

    def seat(self, staff: str, name: str) -> Seat:
        """Raises TaskUnknown."""
        return self._names.open(staff, name)

    def arguments(self, seat: Seat) -> list[str | int]:
        """What every script about a seat begins with."""
        who = self._vault.pseudonym(seat.staff)
        return [seat.account, seat.item, seat.epoch, seat.review_epoch, who, seat.token]

    async def lease(self, staff: str, kind: str) -> ReviewTask | None:
        """`kind` is "review", "adjudication" or "check". None when nothing waits that the member
        has not seen."""
        for _ in range(_TRIES):
            claim, name = await self._open_tasks.claim(staff)
            if claim:
                task = await self._lend(staff, kind)
                if task is None:
                    await self._open_tasks.drop(staff, claim=claim)
                elif not await self._open_tasks.keep(staff, claim, task.name):
                    await self._return(self.seat(staff, task.name))
                    continue
                return task
            try:
                return await self.task(staff, name)
            except LeaseLost:
                await self._open_tasks.drop(staff, name=name)
        return None

    async def task(self, staff: str, name: str) -> ReviewTask:
        """The task with its clip, while it is open."""
        seat = self.seat(staff, name)
        grant = self._reads.open(seat.account)
        try:
            found = await self._scripts.run(
                "open_task",
                [keys.account(seat.account), keys.read_grants(seat.account)],
                [*self.arguments(seat), grant.id, self._reads.grant_ms],
            )
            return self._shown(seat, name, found, grant)
        finally:
            grant.end_soon()

    async def get(self, staff: str, name: str) -> tuple[TaskState, float]:
        seat = self.seat(staff, name)
        found = await self._scripts.run(
            "open_task",
            [keys.account(seat.account), keys.read_grants(seat.account)],
            [*self.arguments(seat), "", 0],
        )
        return TaskState(text(found[0])), int(found[1]) / 1000

    async def renew(self, staff: str, name: str) -> float:
        seat = self.seat(staff, name)
        found = await self._scripts.run(
            "renew_task",
            [keys.account(seat.account)],
            [*self.arguments(seat), self.lease_ms],
        )
        return _left_s(found, TaskState.OPEN)

    async def submit(self, staff: str, name: str, opinion: Opinion, request_id: str) -> float:
        seat = self.seat(staff, name)
        sealed = seal_opinion(await self._key(seat), place_of(seat), seat.token, opinion)
        return await self._finish(seat, name, "submitted", request_id, sealed)

    async def skip(self, staff: str, name: str) -> float:
        return await self._finish(self.seat(staff, name), name, "skipping", "skip", "")

    async def undo(self, staff: str, name: str) -> ReviewTask:
        """The task is open again; another one that the member had open goes back."""
        seat = self.seat(staff, name)
        grant = self._reads.open(seat.account)
        try:
            found = await self._scripts.run(
                "undo_task",
                [keys.account(seat.account), keys.read_grants(seat.account)],
                [*self.arguments(seat), self.lease_ms, grant.id, self._reads.grant_ms],
            )
            task = self._shown(seat, name, found, grant)
        finally:
            grant.end_soon()
        before = await self._open_tasks.replace(staff, name)
        if before and self.seat(staff, before).token != seat.token:
            await self._return(self.seat(staff, before))
        return task

    async def close(self, staff: str, name: str) -> None:
        """The member has this task open no longer."""
        await self._open_tasks.drop(staff, name=name)

    async def _finish(self, seat: Seat, name: str, how: str, request_id: str, sealed: str) -> float:
        digest = hashlib.sha256(f"{how} {request_id}".encode()).hexdigest()[:16]
        found = await self._scripts.run(
            "finish_task",
            [keys.account(seat.account)],
            [*self.arguments(seat), how, self._undo_ms, digest, sealed],
        )
        if text(found[0]) != "done":
            raise lost(TaskState(text(found[0])))
        await self.close(seat.staff, name)
        return int(found[1]) / 1000

    async def _lend(self, staff: str, kind: str) -> ReviewTask | None:
        """From a random account; else, when everything there was seen, from any other. What has
        ended meanwhile is looked for when nothing else is left: `Settling` does it all the time."""
        for _ in range(_TRIES):
            account = await self._waiting.random_account(kind)
            if not account:
                break
            task = await self._lend_of(account, staff, kind)
            if task is not None:
                return task
        for ended in (False, True):
            if ended:
                await self._waiting.let_time_pass(kind)
            for account in await self._waiting.unseen(kind, staff):
                task = await self._lend_of(account, staff, kind)
                if task is not None:
                    return task
        return None

    async def _lend_of(self, account: str, staff: str, kind: str) -> ReviewTask | None:
        who, token = self._vault.pseudonym(staff), secrets.token_hex(16)
        grant = self._reads.open(account)
        try:
            found = await self._scripts.run(
                "lend_task",
                [
                    *(keys.account(account), keys.read_grants(account)),
                    keys.request(account, token),
                ],
                [
                    *(account, kind, who, staff, token, self.lease_ms),
                    *(grant.id, self._reads.grant_ms),
                    *(self._chance.randrange(1 << 30), _REMEMBER_RESULT_S),
                ],
            )
            if not found:
                return None
            seat = Seat(
                staff=staff,
                account=account,
                item=text(found[0]),
                epoch=int(found[1]),
                review_epoch=int(found[2]),
                token=token,
            )
            opened = [TaskState.OPEN.value, *found[3:]]
            return self._shown(seat, self._names.seal(seat), opened, grant)
        finally:
            grant.end_soon()

    async def _return(self, seat: Seat) -> None:
        await self._scripts.run("return_task", [keys.account(seat.account)], self.arguments(seat))

    def _shown(self, seat: Seat, name: str, found: Sequence[Any], grant: ReadGrant) -> ReviewTask:
        """From a state, the ms left, and for an open task clip, wrapped key and task. Raises
        TaskWithdrawn and TaskExpired."""
        left_s = _left_s(found, TaskState.OPEN)
        key = self._vault.unwrap(seat.account, key_purpose(Purpose.LEARNING, seat.epoch), found[3])
        place = place_of(seat)
        record = open_clip(key, place, StoredValue.read(found[2]).sealed)
        state = json.loads(found[4])
        seats = state["seats"].values()
        own = next(one for one in seats if one["token"] == seat.token)
        adjudicates = own["as"] == Stage.ADJUDICATION.value
        opinions = [
            open_opinion(key, place, one["token"], one["opinion"])
            for one in seats
            if adjudicates and one["as"] == Stage.REVIEW.value and "opinion" in one
        ]
        self._chance.shuffle(opinions)
        if not grant.usable:
            raise TaskWithdrawn("reading took longer than a consent may be relied on")
        return ReviewTask(
            name=name,
            stage=Stage.ADJUDICATION if adjudicates else Stage.REVIEW,
            clip=record.clip,
            clip_ms=record.clip_ms,
            reason=SampleReason(state["reason"]),
            lease_left_s=left_s,
            opinions=tuple(opinions),
            waveform=record.waveform,
        )

    async def _key(self, seat: Seat) -> bytes:
        try:
            record = await read_account(self._store, seat.account)
        except AccountGone as gone:
            raise TaskWithdrawn("the clip was withdrawn") from gone
        container = record.containers.get(Purpose.LEARNING)
        if container is None or container.epoch != seat.epoch:
            raise TaskWithdrawn("the clip was withdrawn")
        purpose = key_purpose(Purpose.LEARNING, seat.epoch)
        return self._vault.unwrap(seat.account, purpose, container.wrapped_key)


def place_of(seat: Seat) -> Place:
    return Place(
        account=seat.account,
        purpose=Purpose.LEARNING.value,
        epoch=seat.epoch,
        item=seat.item,
    )


def _left_s(found: Sequence[Any], wanted: TaskState) -> float:
    state = TaskState(text(found[0]))
    if state is not wanted:
        raise lost(state)
    return int(found[1]) / 1000
