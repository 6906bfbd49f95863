"""What is due on a device, and what the device said it got: the port behind WatchDirectives."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from assistant.answers.skill import Ring


class DueEntry(Protocol):
    """A timer, alarm or reminder that is due."""

    @property
    def entry_id(self) -> str:
        """Unique per device; the same until it is acknowledged."""
        ...

    @property
    def ring(self) -> Ring: ...


class Directives(Protocol):
    """Every method raises StoreUnavailable when the store is away."""

    async def due(self, account: str, device: str, now_s: float) -> Sequence[DueEntry]:
        """What is due at a Unix time and not acknowledged, the longest due first."""
        ...

    async def next_due_s(self, account: str, device: str, after_s: float) -> float | None:
        """Unix time of the first entry that becomes due after that time; None for none."""
        ...

    async def acknowledge(self, account: str, device: str, entry_id: str) -> None:
        """The entry is not due any more. Acknowledging twice is harmless."""
        ...

    async def changed(self, account: str, device: str, timeout_s: float) -> None:
        """Returns when the device's entries changed, or after the timeout."""
        ...

    async def forget_device(self, account: str, device: str) -> int:
        """Removes all entries of a device that is no longer there; returns how many."""
        ...
