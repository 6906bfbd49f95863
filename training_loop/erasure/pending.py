"""What an erasure cannot reach at once: who knows of it, and until when."""

from __future__ import annotations

from typing import Protocol

from training_loop.erasure.plan import Plan
from training_loop.receipts.evidence import Pending, PendingKind


class PendingSource(Protocol):
    """Knows one kind of what may be left when everything else is erased."""

    @property
    def kind(self) -> PendingKind: ...

    async def pending(self, plan: Plan) -> tuple[Pending, ...]:
        """What is left of it now. Raises StoreUnavailable and OSError."""
        ...

    async def still(self, pending: Pending) -> bool:
        """Whether that is so yet."""
        ...
