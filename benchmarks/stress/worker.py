"""One process of the harness: people who switch and erase, who speak, and who listen to them.

`python -m benchmarks.stress.worker URL STATE RECORDS SUBJECT SERVICES SEED
[PREDECESSOR'S RECORDS]`; it works until its standard input ends.
"""

from __future__ import annotations

import asyncio
import contextlib
import random
import sys
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TypeVar

from benchmarks.stress.naive import open_naive
from benchmarks.stress.records import Kind, Records, events
from benchmarks.stress.served import open_earmark
from benchmarks.stress.subject import Found, Holder, Lent, OpenSubject, Subject
from training_loop.errors import AccountGone, StoreUnavailable

SUBJECTS: dict[str, OpenSubject] = {"earmark": open_earmark, "naive": open_naive}
HOLDERS = 12
LISTENERS = 4
_ERASED_OF = 12
"""One withdrawal in so many is an erasure."""
_SENTENCES = 3
_IDLE_S = 0.02
"""Asking for work costs a look at every shard."""
Result = TypeVar("Result")


class Worker:
    def __init__(
        self, subject: Subject, records: Records, chance: random.Random, erasing: set[str]
    ) -> None:
        """`erasing`: accounts for whose erasure a predecessor may have asked."""
        self._subject = subject
        self._erasing = erasing
        self._records = records
        self._chance = chance
        self._accounts: set[str] = set()

    async def work(self, adopted: list[Holder]) -> None:
        tasks = [self._hold(adopted[number::HOLDERS]) for number in range(HOLDERS)]
        tasks += [self._listen() for _ in range(LISTENERS)]
        tasks += [self._learn(), self._browse()]
        async with asyncio.TaskGroup() as group:
            for task in tasks:
                group.create_task(task)

    async def _hold(self, adopted: list[Holder]) -> None:
        """A person who goes on with the accounts of one who was killed, then with new ones."""
        for holder in adopted:
            self._subject.adopt(holder)
            await self._live(holder.account)
        while True:
            holder = await self._insist(self._subject.create)
            note_created(self._records, holder)
            await self._live(holder.account)

    async def _live(self, account: str) -> None:
        """Opts in and out until it erases the account."""
        self._accounts.add(account)
        erased = False
        while not erased:
            try:
                await self._insist(self._subject.opt_in, account, self._request())
                erased = await self._consent_for_a_while(account)
            except AccountGone:
                if account not in self._erasing:
                    raise
                # A holder who was killed had asked for it; the request may have come late.
                await self._withdraw(account, erased=True)
                erased = True
        self._accounts.discard(account)

    async def _consent_for_a_while(self, account: str) -> bool:
        """True when it ended in an erasure."""
        async with asyncio.TaskGroup() as group:
            for _ in range(_SENTENCES):
                group.create_task(self._speak(account))
            group.create_task(asyncio.sleep(self._chance.expovariate(25)))
        # What is still being said races with the withdrawal.
        speaking = asyncio.create_task(self._speak(account))
        erased = self._chance.randrange(_ERASED_OF) == 0
        try:
            await self._withdraw(account, erased=erased)
        finally:
            await speaking
        return erased

    async def _withdraw(self, account: str, *, erased: bool) -> None:
        if erased:
            served = False
            self._records.note(Kind.ERASING, account)
            with contextlib.suppress(AccountGone):  # the first try had done it
                served = (await self._insist(self._subject.erase, account)).served
            self._records.note(Kind.ERASED, account)
            self._note_served(account, "erase", served=served)
            return
        done = await self._insist(self._subject.opt_out, account, self._request())
        self._records.note(Kind.WITHDRAWN, account, detail=str(done.epoch))
        self._note_served(account, "opt_out", served=done.served)

    async def _speak(self, account: str) -> None:
        with contextlib.suppress(AccountGone, StoreUnavailable):
            capture = await self._subject.capture(account)
            if capture is None:
                return
            self._records.note(Kind.SAYING, account, item=capture.said, detail=str(capture.epoch))
            if kept := await self._subject.keep(capture):
                self._records.note(Kind.QUEUED, account, item=kept.item, detail=capture.said)
                self._note_served(account, "keep", served=kept.served)

    async def _listen(self) -> None:
        while True:
            try:
                lent = await self._subject.lease()
                if lent is None:
                    await asyncio.sleep(_IDLE_S)
                else:
                    await self._review(lent)
            except StoreUnavailable:
                await asyncio.sleep(0.02)

    async def _review(self, lent: Lent) -> None:
        began_ns = time.monotonic_ns()
        found = await self._subject.read(lent)
        if not found:
            return
        self._note_found(found, began_ns)
        if self._chance.random() < 0.8 and await self._insist(self._subject.ack, lent):
            self._records.note(Kind.ACKED, lent.account, item=lent.item, detail=lent.token)

    async def _learn(self) -> None:
        while True:
            began_ns = time.monotonic_ns()
            with contextlib.suppress(StoreUnavailable):
                async for found in self._subject.learn():
                    self._note_found(found, began_ns)
                    began_ns = time.monotonic_ns()
                await self._subject.oversee()
            await asyncio.sleep(0.1)

    async def _browse(self) -> None:
        while True:
            for account in tuple(self._accounts):
                began_ns = time.monotonic_ns()
                with contextlib.suppress(AccountGone, StoreUnavailable):
                    for found in await self._subject.browse(account):
                        self._note_found(found, began_ns)
            await asyncio.sleep(0.01)

    def _note_found(self, found: Found, began_ns: int) -> None:
        kind = Kind.SHOWN if found.served else Kind.READ
        self._records.note(
            kind, found.account, item=found.item, detail=found.said, began_ns=began_ns
        )

    def _note_served(self, account: str, what: str, *, served: bool) -> None:
        if served:
            self._records.note(Kind.SERVED, account, detail=what)

    async def _insist(self, call: Callable[..., Awaitable[Result]], *args: object) -> Result:
        """Repeats the same call until its outcome is known."""
        while True:
            try:
                return await call(*args)
            except StoreUnavailable:
                await asyncio.sleep(0.02)

    def _request(self) -> str:
        return f"r{self._chance.getrandbits(64):x}"


def note_created(records: Records, holder: Holder) -> None:
    records.note(Kind.CREATED, holder.account, item=holder.erasure, detail=holder.credential)


async def _run(
    url: str, state: str, records: str, subject: str, services: str, seed: str, *earlier: str
) -> None:
    written = list(events(map(Path, earlier)))
    erased = {event.account for event in written if event.kind is Kind.ERASED}
    adopted = {  # a start that was repeated noted an account more than once
        event.account: Holder(
            account=event.account, credential=event.detail, erasure=event.item or "-"
        )
        for event in written
        if event.kind is Kind.CREATED and event.account not in erased
    }
    noted = Records(path=Path(records))
    erasing = {event.account for event in written if event.kind is Kind.ERASING}
    for holder in adopted.values():  # for the next one who is killed
        note_created(noted, holder)
        if holder.account in erasing:
            noted.note(Kind.ERASING, holder.account)
    addresses = () if services == "-" else tuple(services.split(","))
    async with SUBJECTS[subject](url, Path(state), addresses) as opened:
        worker = Worker(opened, noted, random.Random(seed), erasing)
        work = asyncio.create_task(worker.work(list(adopted.values())))
        told = asyncio.StreamReader()
        await asyncio.get_running_loop().connect_read_pipe(
            lambda: asyncio.StreamReaderProtocol(told), sys.stdin
        )
        stopped = asyncio.create_task(told.read())
        await asyncio.wait({work, stopped}, return_when=asyncio.FIRST_COMPLETED)
        stopped.cancel()
        if not work.done():
            work.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await work


async def _patiently(*arguments: str) -> None:
    """The store may be away just when this process starts."""
    while True:
        try:
            await _run(*arguments)
        except StoreUnavailable:
            await asyncio.sleep(0.1)
        else:
            return


if __name__ == "__main__":
    asyncio.run(_patiently(*sys.argv[1:]))
