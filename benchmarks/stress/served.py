"""The product under stress as its account holders reach it: over gRPC, from several services.

Each call goes to a service chosen at random, or to the loop in this process. What got no answer is
repeated, with the same request id, wherever chance sends it then.
"""

from __future__ import annotations

import random
from collections.abc import AsyncIterator, Iterable, Iterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager, suppress
from pathlib import Path

import grpc

from benchmarks.stress.client import Service
from benchmarks.stress.earmark import Earmark, open_parts
from benchmarks.stress.subject import (
    Capture,
    Erased,
    Found,
    Holder,
    Kept,
    Left,
    Lent,
    Withdrawn,
)
from training_loop.errors import AccountGone, StoreUnavailable

_BY_SERVICES = 0.5
"""The services' share of the calls."""
_NOT_NOW = frozenset(
    {
        grpc.StatusCode.UNAVAILABLE,
        grpc.StatusCode.DEADLINE_EXCEEDED,
        grpc.StatusCode.CANCELLED,
        grpc.StatusCode.RESOURCE_EXHAUSTED,
    }
)
_GONE = frozenset({grpc.StatusCode.UNAUTHENTICATED, grpc.StatusCode.NOT_FOUND})
"""Of an account whose erasure has begun: its credentials are refused from then on."""


@asynccontextmanager
async def open_earmark(url: str, state: Path, services: tuple[str, ...]) -> AsyncIterator[Served]:
    async with AsyncExitStack() as stack:
        parts = await stack.enter_async_context(open_parts(url, state))
        operator = parts.loop.operator.token()
        reached = [
            Service(await stack.enter_async_context(_channel(address)), operator)
            for address in services
        ]
        yield Served(Earmark(parts.loop), reached)


class Served:
    def __init__(self, here: Earmark, services: list[Service]) -> None:
        self._here = here
        self._services = services
        self._credentials: dict[str, str] = {}
        self._devices: dict[str, str] = {}
        self._erasures: dict[str, str] = {}

    async def create(self) -> Holder:
        service = self._any_service()
        with _answers():
            holder = await (service.create() if service else self._here.create())
        self.adopt(holder)
        return holder

    def adopt(self, holder: Holder) -> None:
        self._credentials[holder.account] = holder.credential
        self._erasures[holder.account] = holder.erasure

    async def opt_in(self, account: str, request: str) -> None:
        service = self._any_service()
        if service is None:
            await self._here.opt_in(account, request)
            return
        with _answers():
            await service.switch(self._credentials[account], request, on=True)

    async def opt_out(self, account: str, request: str) -> Withdrawn:
        service = self._any_service()
        if service is None:
            return await self._here.opt_out(account, request)
        with _answers():
            epoch = await service.switch(self._credentials[account], request, on=False)
        return Withdrawn(epoch=epoch, served=True)

    async def erase(self, account: str) -> Erased:
        """Deletes at once, or starts and then watches. Where the credential is refused, the erasure
        has begun and that answer was lost: it is followed by the id that was known before."""
        service = self._any_service()
        if service is None:
            return await self._here.erase(account)
        credential = self._credentials[account]
        with suppress(AccountGone), _answers():
            if self._chance(0.5):
                await service.delete(credential, account)
                return Erased(served=True)
            await service.start_erasure(credential, account)
        await self._follow(service, self._erasures[account])
        return Erased(served=True)

    async def _follow(self, service: Service, erasure: str) -> None:
        """Returns when it is done. One that is unknown was lost with the store that knew it: then
        the credential is good again, and the next try begins it anew."""
        try:
            with _answers():
                done = await service.erasure(erasure)
        except AccountGone as unknown:
            raise StoreUnavailable("the erasure is not known") from unknown
        if not done:
            raise StoreUnavailable("the erasure goes on later")

    async def capture(self, account: str) -> Capture | None:
        return await self._here.capture(account)

    async def keep(self, capture: Capture) -> Kept | None:
        """A service is told as a typed request. Its interpreter is away: that is said to the
        speaker, and kept all the same."""
        service = self._any_service()
        if service is None:
            return await self._here.keep(capture)
        self._here.drop(capture)
        account = capture.account
        with _answers():
            if account not in self._devices:
                self._devices[account] = await service.pair(self._credentials[account])
            item = await service.say(self._devices[account], capture.said)
        return Kept(item=item, served=True) if item else None

    async def lease(self) -> Lent | None:
        return await self._here.lease()

    async def read(self, lent: Lent) -> Found | None:
        return await self._here.read(lent)

    async def ack(self, lent: Lent) -> bool:
        return await self._here.ack(lent)

    async def learn(self) -> AsyncIterator[Found]:
        async for found in self._here.learn():
            yield found

    async def browse(self, account: str) -> list[Found]:
        service = self._any_service()
        if service is None:
            return await self._here.browse(account)
        with _answers():
            return await service.history(account, self._credentials[account])

    async def oversee(self) -> None:
        service = self._any_service()
        if service is None:
            await self._here.oversee()
            return
        with _answers():
            await service.oversee()

    async def left(self, accounts: Iterable[str]) -> Mapping[str, Left]:
        return await self._here.left(accounts)

    def _any_service(self) -> Service | None:
        """None for "in this process"."""
        if self._services and self._chance(_BY_SERVICES):
            return random.choice(self._services)
        return None

    def _chance(self, share: float) -> bool:
        return random.random() < share


@contextmanager
def _answers() -> Iterator[None]:
    """What no service answers is unknown; what is refused is gone; the rest is a fault."""
    try:
        yield
    except grpc.aio.AioRpcError as error:
        if error.code() in _NOT_NOW:
            raise StoreUnavailable("a service did not answer") from error
        if error.code() in _GONE:
            raise AccountGone("a service knows no such account") from error
        raise


def _channel(address: str) -> grpc.aio.Channel:
    """Knows soon that a service is back."""
    return grpc.aio.insecure_channel(
        address,
        options=(
            ("grpc.initial_reconnect_backoff_ms", 50),
            ("grpc.min_reconnect_backoff_ms", 50),
            ("grpc.max_reconnect_backoff_ms", 200),
            ("grpc.use_local_subchannel_pool", 1),
        ),
    )
