"""One erasure as a state machine: which step follows, and when it is done. No I/O, no clock.

Each step is repeated until it succeeded and was noted; so every step must be harmless twice.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum

from training_loop.receipts.evidence import ErasureKind, Pending, ScanResult, StoreEvidence


class Step(Enum):
    """What an erasure has reached."""

    REQUESTED = "requested"
    KEYS_DESTROYED = "keys_destroyed"
    """Nothing of it can be reached or opened any more, and nothing late can arrive."""
    STORES_ERASED = "stores_erased"
    BLOBS_REMOVED = "blobs_removed"
    LOG_REWRITTEN = "log_rewritten"
    """Of an embedded store: the files with what was removed are gone."""
    SCANNED = "scanned"
    """A search found nothing."""
    RECEIPT_ISSUED = "receipt_issued"
    DONE = "done"


ORDER = tuple(Step)

BLOBS_WAIT = "blob_store_unavailable"
TRACES_LEFT = "traces_left"


class IllegalStep(ValueError):
    """A step that may not follow; an error in this program."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """How far one erasure is. `waiting` is why it does not go on now: a stable word, or empty."""

    erasure: str
    kind: ErasureKind
    step: Step
    requested_at_s: float
    updated_at_s: float
    waiting: str = ""
    history_records: int = 0
    queue_items: int = 0
    audio_blobs: int = 0
    stores: tuple[StoreEvidence, ...] = ()
    log_rewritten_at_s: float | None = None
    scan: ScanResult | None = None
    receipt: str = field(default="", repr=False)
    """JSON; empty until it was issued."""
    receipt_id: str = ""
    pending: tuple[Pending, ...] = ()
    """What the latest receipt said was not done yet, until the final one is issued."""
    overdue_receipt: str = field(default="", repr=False)
    """The latest that says that something pending is overdue; empty while nothing was."""
    overdue_receipt_id: str = ""
    final_receipt: str = field(default="", repr=False)
    """The last one, where the first had something pending that is done now."""

    @property
    def done(self) -> bool:
        return self.step is Step.DONE

    @property
    def latest_receipt(self) -> str:
        return self.final_receipt or self.overdue_receipt or self.receipt

    @property
    def open_receipt_id(self) -> str:
        """Of the latest receipt before the final one."""
        return self.overdue_receipt_id or self.receipt_id


def following(step: Step) -> Step:
    """The step after this one. Raises IllegalStep after the last."""
    if step is Step.DONE:
        raise IllegalStep("nothing follows after done")
    return ORDER[ORDER.index(step) + 1]


def after_scan(traces_in: frozenset[str]) -> Step:
    """Where a search leads: on, or back to the step that has to be repeated.

    `traces_in` has the places where something was found. Keys in the store mean that something was
    written late; traces in the append-only file alone mean that it is older than what it describes.
    """
    if not traces_in:
        return Step.SCANNED
    if traces_in <= {"append_only_file"}:
        return Step.BLOBS_REMOVED
    return Step.KEYS_DESTROYED


def check_advance(before: Step, after: Step) -> None:
    """Raises IllegalStep unless `after` follows `before`, or a failed search leads back to it."""
    back = before is Step.LOG_REWRITTEN and after in (Step.BLOBS_REMOVED, Step.KEYS_DESTROYED)
    if not back and (before is Step.DONE or following(before) is not after):
        raise IllegalStep(f"{after.value} does not follow {before.value}")
