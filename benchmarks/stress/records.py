"""What the harness itself writes down: one line an event, safe from `kill -9` of its writer."""

from __future__ import annotations

import os
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from enum import Enum
from pathlib import Path


class Kind(Enum):
    CREATED = "created"
    """`detail` is the holder's credential, `item` the id that its erasure will have."""
    SAYING = "saying"
    """An utterance is about to be handed over, under the epoch in `detail`."""
    QUEUED = "queued"
    """It was acknowledged as this item; `detail` is what was said."""
    READ = "read"
    """An item's content has arrived somewhere: `detail`; `began_ns` is when it was asked for."""
    SHOWN = "shown"
    """Like READ, by a service to the account's own holder: it was on the wire for a while."""
    ACKED = "acked"
    """Its review was accepted; `detail` is the lease's token."""
    WITHDRAWN = "withdrawn"
    """An opt-out returned OK; `detail` is the epoch from which on things may be read again."""
    ERASING = "erasing"
    """An erasure is about to be asked for."""
    ERASED = "erased"
    """An erasure returned OK."""
    SERVED = "served"
    """A gRPC service gave the answer to what `detail` names: another line tells the answer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """`at_ns` is this machine's monotonic clock, the same for all its processes."""

    kind: Kind
    account: str
    at_ns: int
    item: str = ""
    detail: str = ""
    began_ns: int = 0


@dataclass(slots=True, kw_only=True)
class Records:
    """Events appended to a file that one process writes."""

    path: Path
    _file: int = field(init=False, repr=False)

    def __post_init__(self) -> None:
        self._file = os.open(self.path, os.O_WRONLY | os.O_CREAT | os.O_APPEND)

    def note(
        self, kind: Kind, account: str, *, item: str = "", detail: str = "", began_ns: int = 0
    ) -> None:
        at_ns = time.monotonic_ns()  # before anything else: this is when it was known
        line = f"{kind.value} {at_ns} {began_ns} {account} {item or '-'} {detail or '-'}\n"
        os.write(self._file, line.encode())


def events(paths: Iterable[Path]) -> Iterator[Event]:
    """All events of some files; a last line that its writer did not finish is left out."""
    for path in paths:
        for line in path.read_text().splitlines(keepends=True):
            if line.endswith("\n"):
                kind, at_ns, began_ns, account, item, detail = line.split()
                yield Event(
                    kind=Kind(kind),
                    account=account,
                    at_ns=int(at_ns),
                    item="" if item == "-" else item,
                    detail="" if detail == "-" else detail,
                    began_ns=int(began_ns),
                )
