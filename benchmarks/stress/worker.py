"""One process of the harness: people who switch and erase, who speak, and who listen to them.

`python -m benchmarks.stress.worker URL STATE RECORDS SUBJECT SEED [RECORDS OF ITS PREDECESSOR]`;
it works until its standard input ends.
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

from benchmarks.stress.earmark import open_earmark
from benchmarks.stress.naive import open_naive
from benchmarks.stress.records import Kind, Records, events
from benchmarks.stress.subject import Lent, OpenSubject, Subject
from training_loop.errors import AccountGone, StoreUnavailable

SUBJECTS: dict[str, OpenSubject] = {"earmark": open_earmark, "naive": open_naive}
HOLDERS = 12
LISTENERS = 4
_ERASED_OF = 12
"""One withdrawal in so many is an erasure."""
_SENTENCES = 3
Result = TypeVar("Result")


class Worker:
    def __init__(self, subject: Subject, records: Records, chance: random.Random) -> None:
        self._subject = subject
        self._records = records
        self._chance = chance
        self._accounts: set[str] = set()

    async def work(self, adopted: list[str]) -> None:
        tasks = [self._hold(adopted[number::HOLDERS]) for number in range(HOLDERS)]
        tasks += [self._listen() for _ in range(LISTENERS)]
        tasks += [self._learn(), self._browse()]
        async with asyncio.TaskGroup() as group:
            for task in tasks:
                group.create_task(task)

    async def _hold(self, adopted: list[str]) -> None:
        """A person who goes on with the accounts of one who was killed, then with new ones."""
        for account in adopted:
            await self._live(account)
        while True:
            account = await self._insist(self._subject.create)
            self._records.note(Kind.CREATED, account)
            await self._live(account)

    async def _live(self, account: str) -> None:
        """Opts in and out until it erases the account."""
        self._accounts.add(account)
        erased = False
        while not erased:
            try:
                await self._insist(self._subject.opt_in, account, self._request())
            except AccountGone:  # its erasure had begun when its holder was killed
                await self._withdraw(account, erased=True)
                erased = True
            else:
                erased = await self._consent_for_a_while(account)
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
        await self._withdraw(account, erased=erased)
        await speaking
        return erased

    async def _withdraw(self, account: str, *, erased: bool) -> None:
        if erased:
            with contextlib.suppress(AccountGone):  # the first try had done it
                await self._insist(self._subject.erase, account)
            self._records.note(Kind.ERASED, account)
            return
        epoch = await self._insist(self._subject.opt_out, account, self._request())
        self._records.note(Kind.WITHDRAWN, account, detail=str(epoch))

    async def _speak(self, account: str) -> None:
        with contextlib.suppress(StoreUnavailable):
            capture = await self._subject.capture(account)
            if capture is None:
                return
            self._records.note(Kind.SAYING, account, item=capture.item, detail=str(capture.epoch))
            if await self._subject.keep(capture):
                self._records.note(Kind.QUEUED, account, item=capture.item)

    async def _listen(self) -> None:
        while True:
            try:
                lent = await self._subject.lease()
                if lent is None:
                    await asyncio.sleep(0.002)
                else:
                    await self._review(lent)
            except StoreUnavailable:
                await asyncio.sleep(0.02)

    async def _review(self, lent: Lent) -> None:
        began_ns = time.monotonic_ns()
        arrived = await self._subject.read(lent)
        if not arrived:
            return
        self._records.note(Kind.READ, lent.account, item=lent.item, began_ns=began_ns)
        if self._chance.random() < 0.8 and await self._insist(self._subject.ack, lent):
            self._records.note(Kind.ACKED, lent.account, item=lent.item, detail=lent.token)

    async def _learn(self) -> None:
        while True:
            began_ns = time.monotonic_ns()
            with contextlib.suppress(StoreUnavailable):
                async for account, item in self._subject.learn():
                    self._records.note(Kind.READ, account, item=item, began_ns=began_ns)
                    began_ns = time.monotonic_ns()
            await asyncio.sleep(0.1)

    async def _browse(self) -> None:
        while True:
            for account in tuple(self._accounts):
                began_ns = time.monotonic_ns()
                with contextlib.suppress(StoreUnavailable):
                    for item in await self._subject.browse(account):
                        self._records.note(Kind.READ, account, item=item, began_ns=began_ns)
            await asyncio.sleep(0.01)

    async def _insist(self, call: Callable[..., Awaitable[Result]], *args: object) -> Result:
        """Repeats the same call until its outcome is known."""
        while True:
            try:
                return await call(*args)
            except StoreUnavailable:
                await asyncio.sleep(0.02)

    def _request(self) -> str:
        return f"r{self._chance.getrandbits(64):x}"


async def _run(url: str, state: str, records: str, subject: str, seed: str, *earlier: str) -> None:
    written = list(events(map(Path, earlier)))
    erased = {event.account for event in written if event.kind is Kind.ERASED}
    adopted = [
        event.account
        for event in written
        if event.kind is Kind.CREATED and event.account not in erased
    ]
    noted = Records(path=Path(records))
    for account in adopted:  # for the next one who is killed
        noted.note(Kind.CREATED, account)
    async with SUBJECTS[subject](url, Path(state)) as opened:
        worker = Worker(opened, noted, random.Random(seed))
        work = asyncio.create_task(worker.work(adopted))
        stopped = asyncio.create_task(asyncio.to_thread(sys.stdin.read))
        await asyncio.wait({work, stopped}, return_when=asyncio.FIRST_COMPLETED)
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
