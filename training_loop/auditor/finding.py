"""What one round of the auditor came to."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

from training_loop.auditor.rules import Reason


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """Things of one kind that should not have been where they were. Names nobody.

    `kind` is the kind of their key, or "blob" or "model"; `set_aside` says that nothing reaches
    them any more.
    """

    kind: str
    reason: Reason
    items: int = 1
    set_aside: bool = True


@dataclass(slots=True)
class RoundReport:
    """Counts of one round. `unsettled`: keys that kept changing; the next round sees them."""

    checked: Counter[str] = field(default_factory=Counter)
    findings: list[Finding] = field(default_factory=list)
    unsettled: int = 0
    unexamined: set[str] = field(default_factory=set)
    """Kinds of key that no rule is about."""
    took_s: float = 0.0

    @property
    def items(self) -> int:
        return self.checked.total()

    @property
    def mismatches(self) -> int:
        return sum(finding.items for finding in self.findings)
