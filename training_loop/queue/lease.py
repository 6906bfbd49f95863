"""An item lent to one worker for a time."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum

import grpc

from training_loop.errors import TrainingLoopError


class LeaseLost(TrainingLoopError):
    """The lease has expired, or its account took its consent back. Drop the item."""

    code = "LEASE_LOST"
    status = grpc.StatusCode.FAILED_PRECONDITION
    hint = "Lease another item."


@dataclass(frozen=True, slots=True, kw_only=True)
class LeasedItem:
    """The right to read and review one item until it expires. `repr` shows no account."""

    item: str
    account: str = field(repr=False)
    epoch: int
    """The consent to learning under which the item was captured."""
    review_epoch: int
    """The consent to human review under which it may be heard."""
    token: str = field(repr=False)
    worker: str
    expires_at_s: float
    """Unix time by the store's clock."""


class ItemState(Enum):
    READY = "ready"
    LEASED = "leased"
    """Lent to a machine, or a clip of it is in review."""
    REVIEWED = "reviewed"
    HELD = "held"
    """Machines may learn from it; no person may hear it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class QueuedItem:
    """What an operator sees of an item: no content, no account."""

    item: str
    state: ItemState
    enqueued_at_s: float
    epoch: int


@dataclass(frozen=True, slots=True, kw_only=True)
class QueuePage:
    items: tuple[QueuedItem, ...]
    next_page_token: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class QueueStatistics:
    ready: int = 0
    leased: int = 0
    reviewed: int = 0
    held: int = 0
    accounts: int = 0
    """With at least one item."""
