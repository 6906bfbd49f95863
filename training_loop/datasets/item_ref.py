"""How a data set and a model name what they were made of."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class ItemRef:
    """A queue item under the consent epoch that allowed it. Tells nothing about its account."""

    item: str
    epoch: int
