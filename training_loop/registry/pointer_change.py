"""Why another model serves: what the audit log says of each change of a pointer."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum

MACHINE = "machine"
OPERATOR = "operator"
"""Whoever may run commands on the machine."""
ACTION = "model_in_service"
_NOTHING = "none"


class Cause(Enum):
    """A stable word for the audit log."""

    INSTALLED = "installed"
    """It came with the installation."""
    RELEASED = "released"
    ROLLED_BACK = "rolled_back"
    """Somebody asked for the earlier model."""
    WORSE = "worse"
    """People fared worse with the one before."""
    WITHDRAWN = "withdrawn"
    """The one before learned from something whose consent ended, and no other came in time."""
    NOT_FOLLOWED = "not_followed"
    """A server could not load the one before."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PointerChange:
    """One change of the model that serves. Ids of models alone, empty for none."""

    before: str
    after: str
    cause: Cause
    by: str
    generation: int

    def to_json(self) -> str:
        """Without the generation, which its place in the store tells."""
        fields = {"before": self.before, "after": self.after, "by": self.by}
        return json.dumps({**fields, "cause": self.cause.value})

    @staticmethod
    def from_json(written: str, generation: int) -> PointerChange:
        fields = json.loads(written)
        return PointerChange(
            before=fields["before"],
            after=fields["after"],
            cause=Cause(fields["cause"]),
            by=fields["by"],
            generation=generation,
        )

    def detail(self, kind: str) -> Mapping[str, str | int]:
        """As the audit log has it; the generation tells two equal changes apart."""
        return {
            "kind": kind,
            "from": self.before or _NOTHING,
            "to": self.after or _NOTHING,
            "because": self.cause.value,
            "generation": self.generation,
        }
