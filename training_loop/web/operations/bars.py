"""Small bars, drawn by the server: no script, no style of their own."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

WIDTH: Final = 240
_MOST: Final = 12


@dataclass(frozen=True, slots=True, kw_only=True)
class Bar:
    label: str
    count: int
    width: float
    """Of WIDTH."""
    share: str
    """Of all, in percent."""


def bars(counts: Mapping[str, int]) -> list[Bar]:
    """The longest first; more than a dozen become one for the rest."""
    ordered = sorted(counts.items(), key=lambda one: (-one[1], one[0]))
    rest = sum(count for _, count in ordered[_MOST:])
    shown = [*ordered[:_MOST], ("others", rest)] if rest else ordered
    longest, total = max((count for _, count in shown), default=0), sum(counts.values())
    return [
        Bar(
            label=label.replace("_", " "),
            count=count,
            width=round(WIDTH * count / longest, 1) if longest else 0,
            share=f"{100 * count / total:.0f}" if total else "0",
        )
        for label, count in shown
    ]
