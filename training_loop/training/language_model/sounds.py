"""What sounds a graph gives to phones after one another, and what they cost: read from its paths.

A sound is named by the label of the transition that enters it. A model in which a phone's sound
depends on more than the phone before is refused.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from training_loop.training.language_model.errors import GraphUnreadable, NewWordsUnsupported
from training_loop.training.language_model.openfst import Fst
from training_loop.training.language_model.transition_model import Phase, TransitionModel

Phones = tuple[int, ...]
"""A pronunciation as the acoustic model's phones, each with its place in the word."""

_RARE = 0.02
"""Of the arcs between two phones: what a second sound of the same pair may have at most."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sounds:
    """`boundaries` are the states that follow the sounds at the ends of words."""

    phase_of: Mapping[int, Phase] = field(repr=False)
    repeats: frozenset[int] = field(repr=False)
    """The transitions that stay in a sound."""
    boundaries: Mapping[int, int] = field(repr=False)
    _by_pair: Mapping[tuple[int, int], Counter[int]] = field(repr=False)
    _by_phone: Mapping[int, Counter[int]] = field(repr=False)
    _costs: Mapping[tuple[int, bool], float] = field(repr=False)

    @staticmethod
    def of(fst: Fst, transitions: TransitionModel) -> Sounds:
        """Raises NewWordsUnsupported, or GraphUnreadable for graphs of another make."""
        phase_of = {phase.leave: phase for phase in transitions.phases}
        repeats = {phase.repeat: phase for phase in transitions.phases}
        own = _phases_of_states(fst, repeats)
        pairs: dict[tuple[int, int], Counter[int]] = defaultdict(Counter)
        phones: dict[int, Counter[int]] = defaultdict(Counter)
        for source, label in zip(fst.sources().tolist(), fst.arcs["ilabel"].tolist(), strict=True):
            if (phase := phase_of.get(label)) is not None:
                phones[phase.phone][label] += 1
                if (before := own.get(source)) is not None:
                    pairs[before.phone, phase.phone][label] += 1
        unclear = any(1 - max(c.values()) / c.total() > _RARE for c in pairs.values())
        if not pairs or unclear:
            raise NewWordsUnsupported("How a phone sounds depends on more than the one before it.")
        return Sounds(
            phase_of=phase_of,
            repeats=frozenset(repeats),
            boundaries=_ends_of_words(fst, own),
            _by_pair=pairs,
            _by_phone=phones,
            _costs=_least_costs(fst),
        )

    def sound(self, before: int, phone: int) -> int:
        """Of a phone after another; its commonest one where no word has the two."""
        counts = self._by_pair.get((before, phone)) or self._by_phone[phone]
        return min(counts, key=lambda label: (-counts[label], label))

    def all_sounds(self, phone: int) -> Counter[int]:
        """How often each sound stands for the phone, empty for a phone that no word has."""
        return self._by_phone.get(phone, Counter())

    def cost(self, transition: int, *, ending: bool = False) -> float:
        """Of the cheapest arc that reads it, into a boundary or not."""
        return self._costs.get((transition, ending), 0.0)


def _phases_of_states(fst: Fst, repeats: Mapping[int, Phase]) -> dict[int, Phase]:
    """Of each state that has a loop: the phase that repeats there."""
    sources = fst.sources()
    loops = (fst.arcs["target"] == sources).nonzero()[0]
    return {
        int(sources[at]): repeats[label]
        for at in loops.tolist()
        if (label := int(fst.arcs["ilabel"][at])) in repeats
    }


def _ends_of_words(fst: Fst, own: Mapping[int, Phase]) -> dict[int, int]:
    found: dict[int, int] = {}
    for state in np.isfinite(fst.final).nonzero()[0].tolist():
        if (phase := own.get(state)) is not None:
            found.setdefault(phase.leave, state)
    if not found:
        raise GraphUnreadable("HCLr.fst has no boundary between words.")
    return found


def _least_costs(fst: Fst) -> dict[tuple[int, bool], float]:
    ending = np.isfinite(fst.final)[fst.arcs["target"]]
    costs: dict[tuple[int, bool], float] = {}
    columns = (fst.arcs["ilabel"], ending, fst.arcs["weight"])
    for label, ends, cost in zip(*(column.tolist() for column in columns), strict=True):
        key = (label, bool(ends))
        costs[key] = min(costs.get(key, np.inf), cost)
    return costs
