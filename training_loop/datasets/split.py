"""Which account proves and which teaches: by a keyed hash, so that nobody does both. Pure.

An account's place is a number from 0 to 1 that never changes. The lowest places are the hold-out,
the next ones the test split, the rest trains.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import Enum

from training_loop.errors import InvalidArgument

_DIGITS = 13
"""Hexadecimal digits of a digest that fit a float exactly."""


class Split(Enum):
    TRAIN = "train"
    TEST = "test"
    HOLD_OUT = "hold_out"
    """Never trained on, and the same from data set to data set until it is refreshed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Shares:
    """Parts of the accounts, 0 to 1. Raises InvalidArgument unless some accounts train."""

    test: float = 0.1
    hold_out: float = 0.1

    def __post_init__(self) -> None:
        if not (0 <= self.test < 1 and 0 <= self.hold_out < 1 and self.test + self.hold_out < 1):
            raise InvalidArgument("Test and hold-out are parts of the accounts; some must train.")


def split_of(account_digest: str, shares: Shares) -> Split:
    """`account_digest`: keyed and in hexadecimal, so that nobody can choose or guess a split."""
    place = int(account_digest[:_DIGITS], 16) / 16**_DIGITS
    if place < shares.hold_out:
        return Split.HOLD_OUT
    return Split.TEST if place < shares.hold_out + shares.test else Split.TRAIN


@dataclass(frozen=True, slots=True, kw_only=True)
class Stratification:
    """How alike the splits are. Accounts are never divided to make them more alike."""

    counts: Mapping[str, Mapping[str, int]]
    """Items by split and intent."""
    missing: Mapping[str, tuple[str, ...]]
    """By split, the intents that only other splits have."""
    furthest: float
    """The largest difference between an intent's part of a split and its part of everything."""


def stratification(items: Iterable[tuple[Split, str]]) -> Stratification:
    """Of the splits and intents of items. An empty split counts as no difference."""
    counts: dict[str, Counter[str]] = {split.value: Counter() for split in Split}
    for split, intent in items:
        counts[split.value][intent] += 1
    whole = sum(counts.values(), Counter[str]())
    furthest = max(
        (
            abs(of[intent] / of.total() - number / whole.total())
            for of in counts.values()
            if of
            for intent, number in whole.items()
        ),
        default=0.0,
    )
    return Stratification(
        counts={split: dict(sorted(of.items())) for split, of in counts.items()},
        missing={
            split: tuple(sorted(intent for intent in whole if not of[intent]))
            for split, of in counts.items()
            if of
        },
        furthest=round(furthest, 4),
    )
