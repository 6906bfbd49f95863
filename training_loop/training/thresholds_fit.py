"""Chooses thresholds from reviewed outcomes: what costs least, as near to the present as it clearly
does. Pure; numbers in, numbers out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from training_loop.training.thresholds import Costs, Thresholds
from training_loop.training.thresholds_choice import (
    Numbers,
    accounts_of,
    nearest_as_good,
    tell_enough,
)
from training_loop.training.thresholds_nlu import choose_nlu
from training_loop.training.work import Tell

KINDS = ("nlu", "endpoint", "wake")
"""Of outcomes."""

ByAccount = Sequence[Sequence[tuple[float, bool]]]
"""Outcomes of each account: a number, and what was true of it."""

LEAST_FALSE_WAKES = 20
"""With fewer, a single room with a talking television would decide for everybody."""

_SILENCES_MS = range(300, 1501, 50)
_WAKE_SCORES = np.round(np.arange(0.3, 0.991, 0.01), 2)


def fit(given: Mapping[str, Any], tell: Tell) -> Mapping[str, Any]:
    """The work of `ThresholdsTrainer`: writes `given["package"]`."""
    costs, now = Costs(**given["costs"]), Thresholds.read(Path(given["now"]))
    nlu = choose_nlu(given["nlu"], now.nlu, costs)
    tell("training", 0.5, "nlu")
    chosen = Thresholds(
        nlu_model=given["nlu_model"] if nlu else now.nlu_model,
        nlu=nlu or now.nlu,
        trailing_silence_ms=choose_silence(given["endpoint"], now.trailing_silence_ms, costs),
        wake_accept_from=choose_wake(given["wake"], now.wake_accept_from, costs),
        outcomes={kind: counted(given[kind]) for kind in KINDS},
        costs=asdict(costs),
    )
    tell("training", 1.0, "thresholds")
    chosen.write(Path(given["package"]))
    return {}


def counted(by_account: ByAccount) -> int:
    """How many outcomes there are."""
    return sum(len(own) for own in by_account)


def choose_silence(by_account: ByAccount, now_ms: int, costs: Costs) -> int:
    """From the longest pause inside each utterance, in ms, and whether its end was cut off.

    A cut-off pause was longer than what is set now, by nobody knows how much; pauses have no memory
    (an exponential tail), so its excess is taken to be like that of the others.
    """
    if not tell_enough(by_account):
        return now_ms
    pauses, cut = _columns(by_account)
    tail_ms = max(50.0, float(pauses[~cut].mean()) if (~cut).any() else 50.0)
    candidates: list[int] = sorted({now_ms, *_SILENCES_MS}, key=lambda one: abs(one - now_ms))
    prices = []
    for silence in candidates:
        beyond = float(np.exp(-max(0, silence - now_ms) / tail_ms))
        interrupted = np.where(cut, beyond, pauses >= silence)
        prices.append(costs.cut_off * interrupted + costs.waited_1_s * silence / 1000)
    return candidates[nearest_as_good(prices, accounts_of(by_account))]


def choose_wake(by_account: ByAccount, now: float, costs: Costs) -> float:
    """From scores, and whether the wake word was really said. What nobody said is of no account:
    each is one of its own.

    Nobody knows of words that were refused, so each score is one that was believed: what is found
    lies above the lowest of them.
    """
    false_wakes = sum(not said for own in by_account for _, said in own)
    if not tell_enough(by_account) or false_wakes < LEAST_FALSE_WAKES:
        return now
    scores, said = _columns(by_account)
    candidates = sorted({now, *map(float, _WAKE_SCORES)}, key=lambda one: abs(one - now))
    prices = [
        costs.woke_on_nothing * (~said & (scores >= one)) + costs.ignored * (said & (scores < one))
        for one in candidates
    ]
    return candidates[nearest_as_good(prices, accounts_of(by_account))]


def _columns(by_account: ByAccount) -> tuple[Numbers, NDArray[np.bool_]]:
    outcomes = [one for own in by_account for one in own]
    return (
        np.array([number for number, _ in outcomes], dtype=np.float64),
        np.array([truth for _, truth in outcomes], dtype=bool),
    )
