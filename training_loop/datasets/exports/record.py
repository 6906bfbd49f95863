"""What is kept about an export, and what a recipient still has to delete."""

from __future__ import annotations

import json
import re
from dataclasses import asdict, dataclass
from enum import Enum
from typing import Any

from training_loop.errors import InvalidArgument

ACKNOWLEDGE_WITHIN_S = 7 * 24 * 3600
"""How long a recipient has to delete what was withdrawn, and to say so."""

_RECIPIENT = re.compile(r"[a-z0-9][a-z0-9._-]{0,63}")
_LONGEST_PURPOSE = 200


class Format(Enum):
    RASA = "rasa"
    AUDIO_FOLDER = "audiofolder"
    NEMO = "nemo"
    KALDI = "kaldi"
    PARQUET = "parquet"

    @property
    def needs_audio(self) -> bool:
        """Items without audio have no place in it."""
        return self in (Format.AUDIO_FOLDER, Format.NEMO, Format.KALDI)

    @property
    def holds_audio(self) -> bool:
        return self is not Format.RASA


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportRecord:
    """To whom what was given, what for and until when. Times are Unix times in seconds."""

    export: str
    data_set: str
    format: Format
    recipient: str
    """An organisation or a system: 1 to 64 of a-z, 0-9, ".", "_" and "-"."""
    purpose: str
    created_at_s: float
    expires_at_s: float
    """From then on the recipient has to delete all of it."""
    items: int
    encrypted: bool
    left_out: int = 0
    """Items without the audio that the format is about."""
    delivered: bool = False

    def expired(self, now_s: float) -> bool:
        return now_s >= self.expires_at_s

    def to_bytes(self) -> bytes:
        return json.dumps(asdict(self) | {"format": self.format.value}).encode()

    @staticmethod
    def from_bytes(written: bytes) -> ExportRecord:
        fields: dict[str, Any] = json.loads(written)
        return ExportRecord(**(fields | {"format": Format(fields["format"])}))


@dataclass(frozen=True, slots=True, kw_only=True)
class Confirming:
    """Who says that a recipient has deleted something."""

    actor: str
    """As the audit log names them."""
    role: str
    """A stable word; RECIPIENT for the recipient itself."""


RECIPIENT = "recipient"
BY_RECIPIENT = Confirming(actor=RECIPIENT, role=RECIPIENT)
BY_OPERATOR = Confirming(actor="operator", role="operator")


@dataclass(frozen=True, slots=True, kw_only=True)
class Tombstone:
    """One item that a recipient has to delete, under the name that the export gave it."""

    export: str
    item: str
    since_s: float
    due_at_s: float

    def overdue(self, now_s: float) -> bool:
        return now_s > self.due_at_s


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """An export and what its recipient owes."""

    record: ExportRecord
    tombstones: int
    """Not confirmed yet."""
    overdue: int
    confirmed: int
    confirmed_by_staff: int
    """Of those: somebody here said so for the recipient."""
    next_due_at_s: float | None
    closed: bool
    """It has expired and all of it is confirmed: nothing more is expected of its recipient."""

    def overdue_since_s(self) -> float | None:
        """When the first of what is overdue should have been confirmed."""
        return self.next_due_at_s if self.overdue else None


def check_terms(recipient: str, purpose: str, expires_at_s: float, now_s: float) -> None:
    """Raises InvalidArgument for terms under which nothing is given away."""
    if not _RECIPIENT.fullmatch(recipient):
        raise InvalidArgument("A recipient is 1 to 64 of a-z, 0-9, '.', '_' and '-'.")
    if not purpose.strip() or len(purpose) > _LONGEST_PURPOSE or not purpose.isprintable():
        raise InvalidArgument(f"A purpose is one line of 1 to {_LONGEST_PURPOSE} characters.")
    if expires_at_s <= now_s:
        raise InvalidArgument("The export would have expired already.")
