"""Chooses thresholds that cost least on reviewed outcomes. Pure; numbers in, numbers out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from training_loop.training.thresholds import NluThresholds, Thresholds, logit
from training_loop.training.work import Tell

Numbers = NDArray[np.float64]

LEAST_OUTCOMES = 50
"""With fewer of a kind, what was there before stays."""
LEAST_FALSE_WAKES = 20
"""With fewer, a single room with a talking television would decide for everybody."""

_FALLBACKS = np.round(np.arange(0.5, 0.901, 0.01), 2)
"""Below 0.5 the skills ask back by themselves."""
_SILENCES_MS = range(300, 1501, 50)
_WAKE_SCORES = np.round(np.arange(0.3, 0.991, 0.01), 2)


@dataclass(frozen=True, slots=True, kw_only=True)
class Costs:
    """What each mistake costs; only their relations matter.

    Doing something that was not asked for is as bad as asking back twice; being cut off as waiting
    four seconds; waking on nothing as being ignored twice.
    """

    acted_wrongly: float = 2.0
    asked_back: float = 1.0
    cut_off: float = 4.0
    waited_1_s: float = 1.0
    woke_on_nothing: float = 2.0
    ignored: float = 1.0


def fit(given: Mapping[str, Any], tell: Tell) -> Mapping[str, Any]:
    """The work of `ThresholdsTrainer`: writes `given["package"]`."""
    costs, now = Costs(**given["costs"]), Thresholds.read(Path(given["now"]))
    judged = len(given["nlu"]) >= LEAST_OUTCOMES
    nlu = choose_nlu(given["nlu"], now.nlu, costs)
    tell("training", 0.5, "nlu")
    chosen = Thresholds(
        nlu_model=given["nlu_model"] if judged else now.nlu_model,
        nlu=nlu,
        trailing_silence_ms=choose_silence(given["endpoint"], now.trailing_silence_ms, costs),
        wake_accept_from=choose_wake(given["wake"], now.wake_accept_from, costs),
        outcomes={kind: len(given[kind]) for kind in ("nlu", "endpoint", "wake")},
        costs=asdict(costs),
    )
    tell("training", 1.0, "thresholds")
    chosen.write(Path(given["package"]))
    return {}


def choose_nlu(
    outcomes: Sequence[tuple[float, bool]], now: NluThresholds, costs: Costs
) -> NluThresholds:
    """From confidences and whether the likeliest intent was right."""
    if len(outcomes) < LEAST_OUTCOMES:
        return now
    right = np.array([one for _, one in outcomes], dtype=bool)
    scores = np.array([logit(confidence) for confidence, _ in outcomes])
    slope, offset = platt(scores, right)
    if slope <= 0:  # confidence says nothing here: leave it alone
        slope, offset = 1.0, 0.0
    sure = 1 / (1 + np.exp(-(slope * scores + offset)))
    fallback = _cheapest(
        [
            costs.acted_wrongly * float((~right & (sure >= one)).mean())
            + costs.asked_back * float((sure < one).mean())
            for one in _FALLBACKS
        ],
        [abs(one - now.fallback) for one in _FALLBACKS],
    )
    return NluThresholds(slope=slope, offset=offset, fallback=float(_FALLBACKS[fallback]))


def platt(scores: Numbers, right: NDArray[np.bool_]) -> tuple[float, float]:
    """Slope and offset of the sigmoid under which the outcomes are likeliest.

    Platt 1999, "Probabilistic outputs for support vector machines", with his smoothed targets, so
    that all right does not mean certain; Newton's method with the steps halved until they help, as
    in Lin, Lin & Weng 2007.
    """
    hits, misses = int(right.sum()), int((~right).sum())
    wanted = np.where(right, (hits + 1) / (hits + 2), 1 / (misses + 2))
    inputs = np.column_stack([scores, np.ones_like(scores)])

    def loss(weights: Numbers) -> float:
        odds = inputs @ weights
        return float((np.logaddexp(0, odds) - wanted * odds).sum())

    weights = np.array([1.0, 0.0])
    for _ in range(100):
        sure = 1 / (1 + np.exp(-np.clip(inputs @ weights, -500, 500)))
        slope = inputs.T @ (sure - wanted)
        bend = (inputs * (sure * (1 - sure))[:, None]).T @ inputs + 1e-9 * np.eye(2)
        step, size = np.linalg.solve(bend, slope), 1.0
        while size > 1e-10 and loss(weights - size * step) > loss(weights):
            size /= 2
        weights = weights - size * step
        if float(np.abs(slope).max()) < 1e-6:
            break
    return float(weights[0]), float(weights[1])


def choose_silence(outcomes: Sequence[tuple[float, bool]], now_ms: int, costs: Costs) -> int:
    """From the longest pause inside each utterance, in ms, and whether its end was cut off.

    A cut-off pause was longer than what is set now, by nobody knows how much; pauses have no memory
    (an exponential tail), so its excess is taken to be like that of the others.
    """
    if len(outcomes) < LEAST_OUTCOMES:
        return now_ms
    pauses = np.array([pause for pause, _ in outcomes])
    cut = np.array([one for _, one in outcomes], dtype=bool)
    tail_ms = max(50.0, float(pauses[~cut].mean()) if (~cut).any() else 50.0)
    prices = []
    for silence in _SILENCES_MS:
        beyond = np.exp(-max(0, silence - now_ms) / tail_ms)
        interrupted = np.where(cut, beyond, pauses >= silence)
        prices.append(costs.cut_off * float(interrupted.mean()) + costs.waited_1_s * silence / 1000)
    return _SILENCES_MS[_cheapest(prices, [abs(one - now_ms) for one in _SILENCES_MS])]


def choose_wake(outcomes: Sequence[tuple[float, bool]], now: float, costs: Costs) -> float:
    """From scores, and whether the wake word was really said.

    Nobody knows of words that were refused, so each score is one that was believed: what is found
    lies above the lowest of them.
    """
    false_wakes = sum(not said for _, said in outcomes)
    if len(outcomes) < LEAST_OUTCOMES or false_wakes < LEAST_FALSE_WAKES:
        return now
    scores = np.array([score for score, _ in outcomes])
    said = np.array([one for _, one in outcomes], dtype=bool)
    chosen = _cheapest(
        [
            costs.woke_on_nothing * float((~said & (scores >= one)).mean())
            + costs.ignored * float((said & (scores < one)).mean())
            for one in _WAKE_SCORES
        ],
        [abs(one - now) for one in _WAKE_SCORES],
    )
    return float(_WAKE_SCORES[chosen])


def _cheapest(prices: Sequence[float], far: Sequence[float]) -> int:
    """Where prices are equal, the one nearest to what is set now."""
    return min(range(len(prices)), key=lambda one: (round(prices[one], 9), far[one]))
