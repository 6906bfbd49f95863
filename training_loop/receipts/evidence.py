"""What an erasure can say about itself. No name, account, utterance or device may be in it."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass, replace
from enum import Enum

_WORD = re.compile(r"[a-z][a-z0-9_]{0,47}")
_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:-]{0,95}")
_PERSONAL = re.compile(r"(?:acc|utt|dev)_")
_MOST = 100_000


class ErasureKind(Enum):
    UTTERANCE = "utterance"
    RANGE = "range"
    """What was captured in a span of time."""
    DAY = "day"
    DEVICE = "device"
    HISTORY = "history"
    """Every utterance; the account goes on."""
    CONSENT_WITHDRAWN = "consent_withdrawn"
    """What a switch that was turned off had collected."""
    ACCOUNT = "account"


class PendingKind(Enum):
    MODEL_REPLACEMENT = "model_replacement"
    """A model that learned from the data is not replaced yet."""
    EXPORT_ACKNOWLEDGEMENT = "export_acknowledgement"
    """A recipient of an export has not confirmed yet that it deleted the data."""
    BACKUP_EXPIRY = "backup_expiry"
    """A backup still holds the data, sealed; restoring it erases them again before serving."""
    BLOB_REMOVAL = "blob_removal"
    """Audio whose key is destroyed could not be removed yet."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StoreEvidence:
    """What one registered store did. Raises ValueError for a value that a receipt can't hold."""

    store: str
    """The `PersonalStore.name`."""
    records_removed: int
    keys_destroyed: tuple[str, ...] = ()
    """Ids of keys; never keys, wrapped or not."""
    began_at_s: float
    completed_at_s: float

    def __post_init__(self) -> None:
        _word("store", self.store)
        _count("records_removed", self.records_removed)
        _ids("keys_destroyed", self.keys_destroyed)
        _time("began_at_s", self.began_at_s)
        _time("completed_at_s", self.completed_at_s)


@dataclass(frozen=True, slots=True, kw_only=True)
class Pending:
    """What is not done yet, and why."""

    kind: PendingKind
    reference: str
    """Which model, export or backup."""
    due_at_s: float | None = None
    overdue_since_s: float | None = None
    """Set once it should have been done and was not."""

    def __post_init__(self) -> None:
        _id("reference", self.reference)
        if self.due_at_s is not None:
            _time("due_at_s", self.due_at_s)
        if self.overdue_since_s is not None:
            _time("overdue_since_s", self.overdue_since_s)

    def at(self, now_s: float) -> Pending:
        """The same as it stands then: overdue since it was due, if that is over."""
        late = self.due_at_s is not None and self.due_at_s < now_s
        return replace(self, overdue_since_s=self.due_at_s) if late else self


@dataclass(frozen=True, slots=True, kw_only=True)
class ScanResult:
    """A search for what should be gone, after the last removal."""

    places: tuple[str, ...]
    """Stable words, for example "store", "append_only_file", "blobs"."""
    traces_found: int
    completed_at_s: float

    def __post_init__(self) -> None:
        for place in self.places:
            _word("place", place)
        _count("traces_found", self.traces_found)
        _time("completed_at_s", self.completed_at_s)


@dataclass(frozen=True, slots=True, kw_only=True)
class ErasureEvidence:
    """All that a receipt says of one erasure. Raises ValueError for a value that it can't hold.

    An erasure with pending parts gets a further receipt when one of them is overdue, and another
    when all of them are done: the same evidence with less pending, and `earlier_receipt` set to the
    id of the one before.
    """

    erasure: str
    """A random id that says nothing of the account."""
    kind: ErasureKind
    requested_at_s: float
    completed_at_s: float
    stores: tuple[StoreEvidence, ...]
    log_rewritten_at_s: float | None
    """When the store's append-only file was rewritten after the last removal; None where the
    store keeps its files elsewhere and cannot say."""
    scan: ScanResult
    pending: tuple[Pending, ...] = ()
    earlier_receipt: str = ""

    def __post_init__(self) -> None:
        _id("erasure", self.erasure)
        _time("requested_at_s", self.requested_at_s)
        _time("completed_at_s", self.completed_at_s)
        if self.log_rewritten_at_s is not None:
            _time("log_rewritten_at_s", self.log_rewritten_at_s)
        names = [one.store for one in self.stores]
        if not names or len(set(names)) != len(names):
            raise ValueError("an erasure names each of its stores once")
        if self.earlier_receipt:
            _id("earlier_receipt", self.earlier_receipt)


def _word(name: str, value: str) -> None:
    if not _WORD.fullmatch(value):
        raise ValueError(f"{name} is a stable word of a-z, 0-9 and _")


def _id(name: str, value: str) -> None:
    if not _ID.fullmatch(value) or _PERSONAL.match(value):
        raise ValueError(f"{name} is an id that stands for no person, utterance or device")


def _ids(name: str, values: tuple[str, ...]) -> None:
    if len(values) > _MOST:
        raise ValueError(f"{name} holds at most {_MOST} ids")
    for value in values:
        _id(name, value)


def _count(name: str, value: int) -> None:
    if value < 0:
        raise ValueError(f"{name} is not negative")


def _time(name: str, value: float) -> None:
    if not math.isfinite(value) or value < 0:
        raise ValueError(f"{name} is a Unix time in seconds")
