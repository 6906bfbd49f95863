"""Whether people fare worse since a model was released than they did before. No I/O and no clock.

The comparison is of one time with another: what else changed between them is in it. A canary, which
answers at the same time as the model in service, says more.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from training_loop.registry.live_counts import DAY_MS, KEPT_DAYS, LiveTallies
from training_loop.registry.live_signals import LiveRules, Regression, Tally, regressions
from training_loop.registry.pointer import Pointer

MOST_WATCHED_DAYS = 30.0
_DAY_S = 86_400.0
_BEFORE_DAYS = 14
assert MOST_WATCHED_DAYS + _BEFORE_DAYS < KEPT_DAYS


@dataclass(frozen=True, slots=True, kw_only=True)
class WatchRules:
    """How a released model is watched; `lasts_s` of 0 watches none."""

    lasts_s: float = 7 * _DAY_S
    least_turns: int = 100
    """With fewer turns of either model nothing is compared."""
    before_days: int = _BEFORE_DAYS
    """Of the days before the release, what earlier models answered counts."""
    live: LiveRules = field(default_factory=lambda: LiveRules(slow_margin=0.1))
    """How slow a turn is depends on what else the machine does, which differs from day to day:
    its margin is wider."""

    def __post_init__(self) -> None:
        if not 0 <= self.lasts_s <= MOST_WATCHED_DAYS * _DAY_S:
            raise ValueError(f"A watch lasts 0 to {MOST_WATCHED_DAYS:.0f} days.")
        if self.least_turns < 1 or not 1 <= self.before_days <= _BEFORE_DAYS:
            raise ValueError(f"WatchRules needs a turn, and 1 to {_BEFORE_DAYS} days before.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Watched:
    """A model on watch: what was counted since its release, and of earlier models before it."""

    until_ms: int
    """Unix time by the store's clock."""
    since: Tally
    before: Mapping[str, Tally]
    """By model."""


def on_watch(pointer: Pointer, rules: WatchRules, now_ms: int) -> bool:
    """Whether the model that serves was released, not rolled back to, and not too long ago."""
    return bool(pointer.released_ms and pointer.previous) and now_ms < _until_ms(pointer, rules)


def watched(pointer: Pointer, tallies: LiveTallies, rules: WatchRules, now_ms: int) -> Watched:
    released_ms = pointer.released_ms
    earliest_ms = released_ms - rules.before_days * DAY_MS
    return Watched(
        until_ms=_until_ms(pointer, rules),
        since=tallies.of(pointer.model, since_ms=released_ms, until_ms=now_ms),
        before={
            model: tallies.of(model, since_ms=earliest_ms, until_ms=released_ms)
            for model in sorted(tallies.models - {pointer.model})
        },
    )


def worse_than(seen: Watched, rules: WatchRules) -> Mapping[str, tuple[Regression, ...]]:
    """The earlier models than which the one on watch is surely worse, and by which signals; none
    while too few turns were answered."""
    if seen.since.turns < rules.least_turns:
        return {}
    found = {
        model: regressions(before, seen.since, rules.live)
        for model, before in seen.before.items()
        if before.turns >= rules.least_turns
    }
    return {model: worse for model, worse in found.items() if worse}


def _until_ms(pointer: Pointer, rules: WatchRules) -> int:
    return pointer.released_ms + round(rules.lasts_s * 1000)
