"""What is put under stress: anything that takes, lends and forgets what people said."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable, Mapping
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol


@dataclass(frozen=True, slots=True, kw_only=True)
class Capture:
    """An utterance that is about to be handed over, and the consent's epoch it is said under."""

    account: str
    item: str
    epoch: int


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
    """Raises StoreUnavailable where the outcome is unknown; then the caller repeats the call."""

    async def create(self) -> str: ...

    async def opt_in(self, account: str, request: str) -> None: ...

    async def opt_out(self, account: str, request: str) -> int:
        """The epoch from which on things may be read again."""
        ...

    async def erase(self, account: str) -> None: ...

    async def capture(self, account: str) -> Capture | None:
        """None without consent."""
        ...

    async def keep(self, capture: Capture) -> bool:
        """Whether the queue has acknowledged it."""
        ...

    async def lease(self) -> Lent | None: ...

    async def read(self, lent: Lent) -> bool:
        """Whether its content arrived."""
        ...

    async def ack(self, lent: Lent) -> bool: ...

    def learn(self) -> AsyncIterator[tuple[str, str]]:
        """Account and item of each reviewed item whose content arrives."""
        ...

    async def browse(self, account: str) -> list[str]:
        """Items of a page of the account's history whose content arrived."""
        ...

    async def left(self, accounts: Iterable[str]) -> Mapping[str, Left]: ...


class OpenSubject(Protocol):
    def __call__(self, url: str, state: Path) -> AbstractAsyncContextManager[Subject]: ...
