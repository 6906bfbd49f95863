"""What the best of many trials is worth on accounts that had no say in choosing it. Pure numpy."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from training_loop.training.sweep.trial import Figures

LEAST_ACCOUNTS = 5
"""With fewer nobody can tell."""
RESAMPLES = 2_000
_SEED = 0

Counts = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class HonestScore:
    """Both 0 to 1, on the same accounts."""

    best: float
    """Of whatever looks best to other accounts."""
    present: float
    """Of the settings of now."""
    accounts: int

    @property
    def gain(self) -> float:
        return self.best - self.present


def honest(figures: Sequence[Figures]) -> HonestScore | None:
    """Of trials in the order in which they were drawn, the settings of now first; None where those
    failed or too few accounts test.

    The best of many is partly the luckiest, so its own score flatters it. Here some accounts choose
    the best trial and the others say what it is worth, again and again: bootstrap bias corrected
    cross-validation, without training anything anew (Tsamardinos, Greasidou & Borboudakis 2018,
    "Bootstrapping the out-of-sample predictions for efficient and accurate cross-validation").
    The same figures give the same score.
    """
    worked = [one for one in figures if not one.failed]
    if not worked or figures[0].failed or len(worked[0].by_account) < LEAST_ACCOUNTS:
        return None
    found = np.array([one.by_account for one in worked], dtype=np.float64)
    right, of = found[..., 0], found[0, :, 1]
    accounts = len(of)
    chance = np.random.default_rng(_SEED)
    drawn = chance.multinomial(accounts, np.full(accounts, 1 / accounts), size=RESAMPLES)
    left = (drawn == 0) & (of > 0)
    drawn, left = drawn[left.any(axis=1)], left[left.any(axis=1)]
    chosen = np.argmax(drawn @ right.T, axis=1)
    shares = (left @ right.T) / (left @ of)[:, None]
    return HonestScore(
        best=round(float(shares[np.arange(len(chosen)), chosen].mean()), 6),
        present=round(float(shares[:, 0].mean()), 6),
        accounts=accounts,
    )
