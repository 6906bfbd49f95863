"""How far the confidences of one NLU are to be believed, from reviewed outcomes. Pure numpy."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from training_loop.training.thresholds import Costs, NluThresholds, logit
from training_loop.training.thresholds_choice import (
    Numbers,
    accounts_of,
    nearest_as_good,
    tell_enough,
)

PRIOR_SD = 0.5
"""Of slope and offset around the present ones: twenty outcomes move them a little, two hundred
most of the way."""

_LOWEST, _HIGHEST = 0.5, 0.9
"""Of a fallback. Below 0.5 the skills ask back by themselves."""
_PARTS = np.linspace(0.125, 1.0, 8)
"""Of the way from what is set now to what was fitted."""

NluOutcome = tuple[float, bool, bool]
"""Confidence, whether the likeliest intent was right, whether it is acted upon now."""


def choose_nlu(
    by_account: Sequence[Sequence[NluOutcome]], now: NluThresholds, costs: Costs
) -> NluThresholds | None:
    """The nearest to the present that is as good as any on the way to what was fitted; None where
    that is the present: too few outcomes or accounts, or nothing clearly cheaper.

    Confidences are calibrated around the present calibration (`calibrated`), and acted upon where
    that costs less than to ask back: Chow 1970, "On optimum recognition error and reject tradeoff".
    How far to go is decided by `nearest_as_good`.
    """
    if not tell_enough(by_account):
        return None
    outcomes = [one for own in by_account for one in own]
    scores = np.array([logit(confidence) for confidence, _, _ in outcomes])
    right = np.array([one for _, one, _ in outcomes], dtype=bool)
    acts = np.array([one for _, _, one in outcomes], dtype=bool)
    slope, offset = calibrated(scores, right, now)
    if slope <= 0:  # confidence says nothing here: leave it alone
        return None
    fitted = NluThresholds(slope=slope, offset=offset, fallback=worth_acting(costs))
    steps = [_between(now, fitted, float(part)) for part in _PARTS]
    prices = [_prices(acts, right, costs)]
    prices += [_prices(_acts(step, scores), right, costs) for step in steps]
    found = nearest_as_good(prices, accounts_of(by_account))
    return steps[found - 1] if found else None


def worth_acting(costs: Costs) -> float:
    """The probability of being right from which acting costs no more than asking back."""
    return min(_HIGHEST, max(_LOWEST, 1 - costs.asked_back / costs.acted_wrongly))


def calibrated(
    scores: Numbers, right: NDArray[np.bool_], now: NluThresholds
) -> tuple[float, float]:
    """Slope and offset of the sigmoid that are likeliest, given what was found and where they are.

    Platt 1999, "Probabilistic outputs for support vector machines", by penalised likelihood (le
    Cessie & van Houwelingen 1992, "Ridge estimators in logistic regression"): normal priors of
    `PRIOR_SD` around the present slope and offset stand in for Platt's smoothed targets, so that
    few outcomes cannot turn everything over. Newton's method; the penalty makes it convex.
    """
    inputs = np.column_stack([scores, np.ones_like(scores)])
    present = np.array([now.slope, now.offset])
    weights = present.copy()
    penalty = np.eye(2) / PRIOR_SD**2

    def loss(at: Numbers) -> float:
        odds = inputs @ at
        off = at - present
        return float((np.logaddexp(0, odds) - right * odds).sum() + off @ penalty @ off / 2)

    for _ in range(100):
        sure = 1 / (1 + np.exp(-np.clip(inputs @ weights, -500, 500)))
        slope = inputs.T @ (sure - right) + penalty @ (weights - present)
        bend = (inputs * (sure * (1 - sure))[:, None]).T @ inputs + penalty
        step, size = np.linalg.solve(bend, slope), 1.0
        while size > 1e-10 and loss(weights - size * step) > loss(weights):
            size /= 2
        weights = weights - size * step
        if float(np.abs(slope).max()) < 1e-6:
            break
    return float(weights[0]), float(weights[1])


def _between(now: NluThresholds, fitted: NluThresholds, part: float) -> NluThresholds:
    """So far from one to the other."""
    return NluThresholds(
        slope=now.slope + part * (fitted.slope - now.slope),
        offset=now.offset + part * (fitted.offset - now.offset),
        fallback=round(now.fallback + part * (fitted.fallback - now.fallback), 4),
    )


def _acts(thresholds: NluThresholds, scores: Numbers) -> NDArray[np.bool_]:
    odds = thresholds.slope * scores + thresholds.offset
    return np.asarray(odds >= logit(thresholds.fallback))


def _prices(acts: NDArray[np.bool_], right: NDArray[np.bool_], costs: Costs) -> Numbers:
    """Of each outcome, acted upon or asked back."""
    return costs.acted_wrongly * (acts & ~right) + costs.asked_back * ~acts
