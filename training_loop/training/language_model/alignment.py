"""Which letters of a word stand for which of its phones, learned from a pronouncing dictionary.

A unit is one or two letters with none, one or two phones. Units are found by expectation
maximisation over best paths, begun with letters and phones that lie at like places.
Source of the model: M. Bisani and H. Ney, "Joint-sequence models for grapheme-to-phoneme
conversion", Speech Communication 50 (2008), with best paths in place of sums.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Sequence
from itertools import pairwise

Pronunciation = tuple[str, ...]
Entry = tuple[str, Pronunciation]
Unit = tuple[str, Pronunciation]
Aligned = tuple[Unit, ...]

_SIZES = ((1, 0), (1, 1), (1, 2), (2, 1), (2, 2))
_ROUNDS = 4
_UNSEEN = 1e-3
_SILENT_LETTER_COST = 3.0
_LONG_UNIT_COST = 0.6

_Cost = Callable[[Unit], float]


def align(entries: Sequence[Entry], *, learn_from: int) -> list[Aligned]:
    """The entries as units, those left out that no units fit.

    The units are learned from the first `learn_from` entries; all are aligned with them.
    """
    sample = entries[:learn_from]
    cost = _first_cost(sample)
    for _ in range(_ROUNDS):
        paths = [path for entry in sample if (path := _best_path(entry, cost))]
        cost = _cost_of(Counter(unit for path in paths for unit in path))
    return [path for entry in entries if (path := _best_path(entry, cost))]


def _first_cost(entries: Sequence[Entry]) -> _Cost:
    together: Counter[tuple[str, str]] = Counter()
    alone: Counter[str] = Counter()
    for word, phones in entries:
        for at, letter in enumerate(word):
            place = at * len(phones) / len(word)
            for number, phone in enumerate(phones):
                near = math.exp(-abs(number - place))
                together[letter, phone] += near  # type: ignore[assignment]
                alone[phone] += near  # type: ignore[assignment]

    def cost(unit: Unit) -> float:
        letters, phones = unit
        if not phones:
            return _SILENT_LETTER_COST
        extra = _LONG_UNIT_COST * (len(letters) + len(phones) - 2)
        return extra + sum(
            min(-math.log(together[letter, phone] / alone[phone] + 1e-6) for letter in letters)
            for phone in phones
        )

    return cost


def _cost_of(counts: Counter[Unit]) -> _Cost:
    total = counts.total()
    costs = {unit: -math.log((times + _UNSEEN) / total) for unit, times in counts.items()}
    unseen = -math.log(_UNSEEN / total)
    return lambda unit: costs.get(unit, unseen)


def _best_path(entry: Entry, cost: _Cost) -> Aligned | None:
    """The cheapest units that spell the word and say the phones, if there are any."""
    word, phones = entry
    end = (len(word), len(phones))
    best: dict[tuple[int, int], tuple[float, tuple[int, int]]] = {(0, 0): (0.0, (0, 0))}
    for letters in range(end[0] + 1):
        for said in range(end[1] + 1):
            if (here := best.get((letters, said))) is None:
                continue
            for more_letters, more_phones in _SIZES:
                to = (letters + more_letters, said + more_phones)
                if to[0] > end[0] or to[1] > end[1]:
                    continue
                price = here[0] + cost((word[letters : to[0]], phones[said : to[1]]))
                if to not in best or price < best[to][0]:
                    best[to] = (price, (letters, said))
    if end not in best:
        return None
    places = [end]
    while places[-1] != (0, 0):
        places.append(best[places[-1]][1])
    return tuple((word[a:c], phones[b:d]) for (a, b), (c, d) in pairwise(reversed(places)))
