"""One timer, alarm or reminder."""

from __future__ import annotations

import json
import secrets
from dataclasses import dataclass, field

from assistant.answers.skill import Ring, RingKind


@dataclass(frozen=True, slots=True, kw_only=True)
class AgendaEntry:
    """Rings on the device that set it. A paused timer has `paused_left_s` and is never due."""

    entry_id: str
    kind: RingKind
    label: str = field(default="", repr=False)
    due_at_s: float
    """Unix time."""
    length_s: float = 0.0
    """How long a timer was set for; 0 for alarms and reminders."""
    paused_left_s: float | None = None

    @staticmethod
    def new_id(device: str) -> str:
        return f"{device}/{secrets.token_hex(8)}"

    @property
    def device(self) -> str:
        return device_of(self.entry_id)

    @property
    def ring(self) -> Ring:
        return Ring(kind=self.kind, label=self.label, due_at_s=self.due_at_s)

    def to_json(self) -> bytes:
        return json.dumps(
            {
                "id": self.entry_id,
                "kind": self.kind.value,
                "label": self.label,
                "due_at_s": self.due_at_s,
                "length_s": self.length_s,
                "paused_left_s": self.paused_left_s,
            }
        ).encode()

    @staticmethod
    def from_json(encoded: bytes) -> AgendaEntry:
        stored = json.loads(encoded)
        return AgendaEntry(
            entry_id=stored["id"],
            kind=RingKind(stored["kind"]),
            label=stored["label"],
            due_at_s=stored["due_at_s"],
            length_s=stored["length_s"],
            paused_left_s=stored["paused_left_s"],
        )


def device_of(entry_id: str) -> str:
    """An entry's id begins with its device, so that erasure finds the device's keys."""
    return entry_id.rpartition("/")[0]
