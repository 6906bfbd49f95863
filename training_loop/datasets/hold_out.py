"""When the hold-out is made anew. Pure.

Between refreshes it is the same items, so that figures of different models can be compared. What
is erased goes at once; what its accounts said since waits, and never trains.
"""

from __future__ import annotations

from training_loop.datasets.manifest import HoldOut

OLDEST_S = 90 * 24 * 3600
LEAST_LEFT = 0.8
"""Part of its items that must still be readable."""
GROWTH = 1.0
"""How many items may wait, as a part of those in it."""


def refresh_reason(
    before: HoldOut | None,
    *,
    now_s: float,
    frozen: int,
    left: int,
    waiting: int,
    share_raised: bool,
) -> str:
    """Why it is made anew now; empty where it stays. `frozen`: items it was made of; `left` of
    those can still be read; `waiting`: items of its accounts that are not in it."""
    if before is None:
        return "first"
    if share_raised:
        return "share"
    if now_s - before.since_s >= OLDEST_S:
        return "age"
    if left < LEAST_LEFT * frozen:
        return "erasures"
    return "growth" if waiting > GROWTH * left else ""
