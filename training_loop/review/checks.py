"""Hidden checks: how well a reviewer does on clips whose truth is known, and when to stop lending.

Pure: counts in, a decision out.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import comb

from training_loop.review.agreement import judgement
from training_loop.review.task import Opinion

WINDOW = 40
"""Checks that count: the latest ones."""
FEWEST_FOR_ACCURACY = 10
TOLERATED_ERROR = 0.25
"""A reviewer may be wrong this often: a check is a whole clip, with all its words and slots."""
CERTAINTY = 0.999
SAME_IN_A_ROW = 12
"""So many submissions in a row that say exactly the same are nobody's honest work."""
EARLY_CHECKS = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckRate:
    """Shares of a reviewer's tasks that are checks."""

    usual: float = 0.05
    early: float = 0.25
    """Until the first few were answered: who pastes one text into everything is found soon."""

    def __post_init__(self) -> None:
        if not 0 <= self.usual <= self.early <= 1:
            raise ValueError("check rates are shares, and the early one is not the lower")

    def due(self, answered: int, chance: float) -> bool:
        """`chance` is uniform from 0 to 1."""
        return chance < (self.early if answered < EARLY_CHECKS else self.usual)


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckResults:
    """The latest hidden checks of one reviewer."""

    right: int = 0
    wrong: int = 0
    same_in_a_row: int = 0
    """Submissions up to now that all said the same."""

    @property
    def answered(self) -> int:
        return self.right + self.wrong

    @property
    def accuracy(self) -> float | None:
        """None below ten checks: a handful says nothing."""
        if self.answered < FEWEST_FOR_ACCURACY:
            return None
        return self.right / self.answered

    @property
    def held(self) -> bool:
        """No more tasks until somebody has looked into it."""
        return self.same_in_a_row >= SAME_IN_A_ROW or surely_below(self.right, self.wrong)


def surely_below(right: int, wrong: int, tolerated: float = TOLERATED_ERROR) -> bool:
    """Whether somebody who errs as often as is tolerated would be wrong this often, or more, by
    less than one chance in a thousand: the upper tail of the binomial distribution."""
    asked = right + wrong
    tail = sum(
        comb(asked, errors) * tolerated**errors * (1 - tolerated) ** (asked - errors)
        for errors in range(wrong, asked + 1)
    )
    return wrong > 0 and tail < 1 - CERTAINTY


def is_right(opinion: Opinion, truth: Opinion | None) -> bool:
    """Whether a check was answered as the clip was settled; None: it was set aside as unusable."""
    given = judgement(opinion)
    return given.set_aside if truth is None else given == judgement(truth)
