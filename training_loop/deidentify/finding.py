"""What is found in a transcript that must not be shown."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum


class Kind(Enum):
    """Why words are hidden; the value is what stands in their place, without its
    brackets."""

    EMAIL = "email"
    ADDRESS = "address"
    NUMBER = "number"
    NAME = "name"
    RARE = "rare"

    @property
    def placeholder(self) -> str:
        return f"<{self.value}>"


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """The tokens `first` to `last`, `last` not included."""

    kind: Kind
    first: int
    last: int


_ORDER = tuple(Kind)


def merged(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """Without overlaps, in order: what touches or overlaps with the same kind becomes one, and of
    two kinds that overlap the earlier in `Kind` covers both."""
    result: list[Finding] = []
    for finding in sorted(findings, key=lambda f: (f.first, f.last)):
        if result and (
            finding.first < result[-1].last
            or (finding.first == result[-1].last and finding.kind is result[-1].kind)
        ):
            before = result.pop()
            finding = Finding(
                kind=min(before.kind, finding.kind, key=_ORDER.index),
                first=before.first,
                last=max(before.last, finding.last),
            )
        result.append(finding)
    return tuple(result)
