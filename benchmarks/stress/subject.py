"""What is put under stress: anything that takes, lends and forgets what people said."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable, Mapping
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol


@dataclass(frozen=True, slots=True, kw_only=True)
class Holder:
    """An account and what its holder proves to be that with; empty where nobody asks.
    `erasure` is the id under which its erasure can be followed without the credential."""

    account: str
    credential: str = field(default="-", repr=False)
    erasure: str = "-"


@dataclass(frozen=True, slots=True, kw_only=True)
class Capture:
    """What is about to be said, in a word that says so nowhere else, and the consent's epoch."""

    account: str
    said: str
    epoch: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """As which item the queue has acknowledged what was said. `served`: by a gRPC service."""

    item: str
    served: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """Content that has arrived. `served`: from a gRPC service, for its holder."""

    account: str
    item: str
    said: str
    served: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Withdrawn:
    """`epoch`: from which on things may be read again."""

    epoch: int
    served: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Erased:
    served: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Lent:
    account: str
    item: str
    token: str
    handle: object


@dataclass(frozen=True, slots=True, kw_only=True)
class Left:
    """What is still there of one account when all is over."""

    epoch: int
    """Of its consent of now; 0 without."""
    items: frozenset[str] = frozenset()
    reviewed: frozenset[str] = frozenset()


class Subject(Protocol):
    """Raises StoreUnavailable where the outcome is unknown; then the caller repeats the call.

    Raises AccountGone for an account whose erasure has begun.
    """

    async def create(self) -> Holder: ...

    def adopt(self, holder: Holder) -> None:
        """An account that another process created."""
        ...

    async def opt_in(self, account: str, request: str) -> None: ...

    async def opt_out(self, account: str, request: str) -> Withdrawn: ...

    async def erase(self, account: str) -> Erased: ...

    async def capture(self, account: str) -> Capture | None:
        """None without consent."""
        ...

    async def keep(self, capture: Capture) -> Kept | None:
        """None where the queue did not acknowledge it."""
        ...

    async def lease(self) -> Lent | None: ...

    async def read(self, lent: Lent) -> Found | None: ...

    async def ack(self, lent: Lent) -> bool: ...

    def learn(self) -> AsyncIterator[Found]:
        """Each reviewed item whose content arrives."""
        ...

    async def browse(self, account: str) -> list[Found]:
        """A page of the account's history whose content arrived."""
        ...

    async def oversee(self) -> None:
        """An operator's look at the queue."""
        ...

    async def left(self, accounts: Iterable[str]) -> Mapping[str, Left]: ...


class OpenSubject(Protocol):
    def __call__(
        self, url: str, state: Path, services: tuple[str, ...]
    ) -> AbstractAsyncContextManager[Subject]:
        """`services`: addresses of gRPC services that take part."""
        ...
