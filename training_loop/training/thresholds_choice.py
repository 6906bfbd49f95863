"""Chooses among thresholds without leaving the present one for what may be chance. Pure numpy."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

Numbers = NDArray[np.float64]
Outcome = TypeVar("Outcome")

LEAST_OUTCOMES = 50
"""With fewer of a kind, what was there before stays."""
LEAST_ACCOUNTS = 5
"""With fewer, nobody knows how much one account differs from another."""


def tell_enough(by_account: Sequence[Sequence[Outcome]]) -> bool:
    """Whether outcomes are of enough accounts to choose anything from."""
    outcomes = sum(len(own) for own in by_account)
    return outcomes >= LEAST_OUTCOMES and len(by_account) >= LEAST_ACCOUNTS


def accounts_of(by_account: Sequence[Sequence[Outcome]]) -> NDArray[np.int64]:
    """The number of its account for each outcome, in their order."""
    sizes = [len(own) for own in by_account]
    return np.repeat(np.arange(len(sizes), dtype=np.int64), sizes)


def nearest_as_good(prices: Sequence[Numbers], accounts: NDArray[np.int64]) -> int:
    """The first candidate that is not clearly dearer than the cheapest.

    `prices` has a candidate's price for each outcome; candidates come in the order of how far they
    are from what is set now, itself the first. `accounts`: whose outcome each is.

    The one-standard-error rule: Breiman, Friedman, Olshen & Stone 1984, "Classification and
    Regression Trees", 3.4.3; the simplest candidate here is the one that changes least. Candidates
    are priced on the same outcomes, so the error is that of the paired difference. What one account
    does is alike, so it is summed over accounts before it is squared (Liang & Zeger 1986,
    "Longitudinal data analysis using generalized linear models").
    """
    means = [round(float(one.mean()), 9) for one in prices]
    cheapest = min(range(len(prices)), key=lambda one: (means[one], one))
    for candidate in range(cheapest):
        extra = prices[candidate] - prices[cheapest]
        if float(extra.mean()) <= _standard_error(extra, accounts) + 1e-9:
            return candidate
    return cheapest


def _standard_error(of_each: Numbers, accounts: NDArray[np.int64]) -> float:
    """Of the mean, over accounts. Needs two of them."""
    sums = np.bincount(accounts, weights=of_each - of_each.mean())
    number = len(sums)
    return float(np.sqrt(number / (number - 1) * (sums**2).sum())) / len(of_each)
