"""Does a model remember a phrase? Planted phrases beside phrases of the same shape it never saw.

Source: N. Carlini et al., "The secret sharer: evaluating and testing unintended memorization in
neural networks", USENIX Security 2019, section 4: a planted phrase's exposure is how far up it
stands among all others of its shape, in bits. N. Carlini et al., "Membership inference attacks
from first principles", IEEE S&P 2022: how many are found when one of a hundred others may be.
"""

from __future__ import annotations

import json
import math
import random
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from itertools import permutations
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from training_loop.training.language_model.grammar_graph import from_graph
from training_loop.training.language_model.ngram import NGramModel, perplexity
from training_loop.training.language_model.vosk_directory import VoskModel
from training_loop.training.limited_process import Limits
from training_loop.training.rasa_command import RasaCommand

PARSED_WITHIN_S = 600.0
RARELY = 0.01
"""Part of the other phrases that may be taken for planted ones."""

_RESAMPLES = 10_000
_CONFIDENCE = 0.95

Numbers = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Estimate:
    """A mean over the planted phrases with its 95 % interval (percentile bootstrap), and what it is
    where nothing is remembered: every rank is as likely then."""

    value: float
    low: float
    high: float
    chance: float
    chance_low: float
    chance_high: float
    """Between these it is in 95 % of cases by chance alone."""

    @property
    def is_chance(self) -> bool:
        return self.chance_low <= self.value <= self.chance_high

    @property
    def is_above_chance(self) -> bool:
        return self.value > self.chance_high


@dataclass(frozen=True, slots=True, kw_only=True)
class Remembered:
    """What the probe finds in one model."""

    area: Estimate
    """How often a planted phrase scores above another: the area under the ROC curve."""
    exposure_bits: Estimate
    most_bits: float
    """The exposure of a phrase that stands above all others."""
    found: Estimate
    """Part of the planted phrases that are among the highest `RARELY`."""


def remembered(planted: Sequence[float], others: Sequence[Sequence[float]]) -> Remembered:
    """`planted`: how sure the model is of each planted phrase; `others`: of all others, beside
    each. Needs at least one of both; equal scores count half."""
    score = np.asarray(planted)[:, np.newaxis]
    beside = np.asarray(others)
    number = beside.shape[1]
    above = (beside > score).sum(axis=1) + (beside == score).sum(axis=1) / 2
    bits = float(np.log2(number + 1))

    def estimate(each: Callable[[Numbers], Numbers]) -> Estimate:
        return _estimate(each(above), each(np.arange(number + 1.0)))

    return Remembered(
        area=estimate(lambda ahead: 1 - ahead / number),
        exposure_bits=estimate(lambda ahead: bits - np.log2(ahead + 1)),
        most_bits=bits,
        found=estimate(lambda ahead: (ahead < RARELY * number).astype(np.float64)),
    )


def _estimate(each: Numbers, equally_likely: Numbers) -> Estimate:
    chance = np.random.default_rng(1)
    low, high = _middle(chance.choice(each, size=(_RESAMPLES, len(each))))
    chance_low, chance_high = _middle(chance.choice(equally_likely, size=(_RESAMPLES, len(each))))
    return Estimate(
        value=float(each.mean()),
        low=low,
        high=high,
        chance=float(equally_likely.mean()),
        chance_low=chance_low,
        chance_high=chance_high,
    )


def _middle(drawn: Numbers) -> tuple[float, float]:
    """Between which 95 % of the rows' means lie."""
    low, high = np.quantile(drawn.mean(axis=1), [(1 - _CONFIDENCE) / 2, (1 + _CONFIDENCE) / 2])
    return float(low), float(high)


@dataclass(frozen=True, slots=True, kw_only=True)
class Phrases:
    """Phrases of random words; `planted` are for an account to say, `others` for nobody."""

    planted: tuple[str, ...] = field(repr=False)
    others: tuple[str, ...] = field(repr=False)


def random_phrases(
    words: Iterable[str], *, planted: int, others: int, length: int, seed: int
) -> Phrases:
    """All different, all of `length` different words. The same words and seed, the same phrases."""
    pool, chance = sorted(set(words)), random.Random(seed)
    found: dict[str, None] = {}
    while len(found) < planted + others:
        found[" ".join(chance.sample(pool, length))] = None
    phrases = tuple(found)
    return Phrases(planted=phrases[:planted], others=phrases[planted:])


def reordered(phrase: str) -> tuple[str, ...]:
    """Its words in all other orders."""
    words = phrase.split()
    return tuple(" ".join(order) for order in permutations(words) if list(order) != words)


def known_words(model: Path, unlike: Iterable[str]) -> frozenset[str]:
    """Plain words that a Vosk model knows and that stand in none of the texts `unlike`."""
    used = {word for text in unlike for word in text.lower().split()}
    said = VoskModel.at(model).said
    return frozenset(word for word in said if word.isalpha() and len(word) > 2) - used


def grammar_of(model: Path) -> NGramModel:
    """The grammar of a Vosk model."""
    vosk = VoskModel.at(model)
    return from_graph(vosk.grammar, vosk.words)


def likelihoods(grammar: NGramModel, phrases: Sequence[str]) -> list[float]:
    """How likely it finds each phrase: minus the log of the perplexity."""
    return [-math.log(perplexity(grammar, [tuple(one.split())]).value) for one in phrases]


async def confidences(
    rasa: RasaCommand, archive: Path, phrases: Sequence[str], room: Path
) -> list[dict[str, float]]:
    """What an NLU model thinks of each phrase: its confidence in each intent that it ranks."""
    texts, parsed = room / "probe.jsonl", room / "probed.jsonl"
    texts.write_text("".join(json.dumps({"text": phrase}) + "\n" for phrase in phrases))
    await rasa.parse(
        archive, texts, parsed, workspace=room, timeout_s=PARSED_WITHIN_S, limits=Limits()
    )
    return [
        {one["name"]: float(one["confidence"]) for one in json.loads(line)["intent_ranking"]}
        for line in parsed.read_text().splitlines()
    ]
