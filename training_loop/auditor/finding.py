"""What one round of the auditor came to."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

from training_loop.auditor.rules import Reason


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """Things of one kind that should not have been where they were. Names nobody.

    `kind` is the kind of their key, "other" where no rule knows it, or "blob", "model",
    "erasure" or "export"; `set_aside` says that nothing reaches them any more.
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
    took_s: float = 0.0

    @property
    def items(self) -> int:
        return self.checked.total()

    @property
    def mismatches(self) -> int:
        return sum(finding.items for finding in self.findings)

    @property
    def stuck_erasures(self) -> int:
        return sum(one.items for one in self.findings if one.kind == "erasure")

    @property
    def unconfirmed_deletions(self) -> int:
        return sum(one.items for one in self.findings if one.kind == "export")
