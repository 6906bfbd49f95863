"""Adds words to the graph that knows how words sound, `HCLr.fst`.

The graph leads from one word boundary to the next along phones, in the contexts that the acoustic
model tells apart. Its states are split by the phone before them, whose repetition is a loop on
the state itself (Kaldi's `add-self-loops --reorder=true`). New words become a tree of paths of
the same kind beside the old ones, from every boundary where words begin to the boundary that
follows their last phone; nothing that was there changes. Composition at run time needs neither a
deterministic nor a minimal graph, so words that sound alike need no disambiguation.

What sounds a phone has after another is read from the old paths. A model in which that depends
on more than the phone before is refused. Pairs of phones that no old word has take the sound that
the phone has most often.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from training_loop.training.language_model.errors import GraphUnreadable, NewWordsUnsupported
from training_loop.training.language_model.lookahead import Interval, LookaheadGraph, merged
from training_loop.training.language_model.openfst import ARC, Fst
from training_loop.training.language_model.transition_model import Phase, TransitionModel

Phones = tuple[int, ...]
"""A pronunciation as the acoustic model's phones, each with its place in the word."""

_Arc = tuple[int, int, float, int]
"""Input label, output label, cost, target."""

MOST_SAYINGS = 200_000
_LONGEST = 24

_RARE = 0.02
"""Of the arcs between two phones: what a second sound of the same pair may have at most."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WordSound:
    """One word's label and the ways it is said."""

    label: int
    pronunciations: tuple[Phones, ...] = field(repr=False)


class LexiconGraph:
    """A lookahead graph, with what is known of its sounds."""

    def __init__(self, graph: LookaheadGraph, transitions: TransitionModel) -> None:
        """Raises NewWordsUnsupported or GraphUnreadable for graphs of another make."""
        self._graph = graph
        self._phase_of = {phase.leave: phase for phase in transitions.phases}
        self._repeats = {phase.repeat: phase for phase in transitions.phases}
        self._own = self._phases_of_states()
        self._costs = self._least_costs()
        self._follow = self._sounds_after()
        self._boundaries = self._ends_of_words()

    def can_say(self, phones: Phones) -> bool:
        """Whether the graph knows each of the phones and an end of word after the last."""
        if not phones or any(phone not in self._follow.by_phone for phone in phones):
            return False
        return any(last in self._boundaries for last in self._sounds_of_last(phones))

    def with_words(self, words: Sequence[WordSound]) -> LookaheadGraph:
        """The graph with the words; their labels must follow each other above all old labels.

        Pronunciations that `can_say` denies must not be among them.
        """
        labels = sorted(word.label for word in words)
        if not labels:
            return self._graph
        first, last = labels[0], labels[-1]
        if first <= self._graph.highest_label or last - first + 1 != len(labels):
            raise ValueError("labels of new words must follow each other above all others")
        tree = _Tree(self, first_state=self._graph.fst.states)
        for word in sorted(words, key=lambda word: word.label):
            for phones in word.pronunciations:
                tree.add(phones, word.label)
        return self._joined(tree, (first, last + 1))

    def sayings(
        self, labels: frozenset[int], silent: frozenset[int]
    ) -> Iterator[tuple[int, Phones]]:
        """Words among `labels` with the phones on their paths, from one boundary to the next.

        `silent` are the phones that belong to no word. No more than `MOST_SAYINGS` are given.
        """
        fst = self._graph.fst
        root = min(self._beginnings())
        final = np.isfinite(fst.final)
        waiting: list[tuple[int, int, Phones]] = [(root, 0, ())]
        given = steps = 0
        while waiting and given < MOST_SAYINGS and steps < 20 * MOST_SAYINGS:
            state, label, said = waiting.pop()
            steps += 1
            for arc in fst.arcs_of(state).tolist():
                entered = self._phase_of.get(arc[0])
                if arc[0] in self._repeats or (entered and entered.phone in silent):
                    continue
                phones = (*said, entered.phone) if entered else said
                found = label or arc[1]
                if found and found not in labels:
                    continue
                if final[arc[3]] and phones and found:
                    given += 1
                    yield found, phones
                elif len(phones) < _LONGEST:
                    waiting.append((arc[3], found, phones))

    def _sounds_of_last(self, phones: Phones) -> tuple[int, ...]:
        if len(phones) > 1:
            return (self._follow.sound(phones[-2], phones[-1]),)
        return tuple(sorted(self._follow.all_sounds(phones[0])))

    def _phases_of_states(self) -> dict[int, Phase]:
        """Of each state that has a loop: the phase that repeats there."""
        fst = self._graph.fst
        sources = fst.sources()
        loops = (fst.arcs["target"] == sources).nonzero()[0]
        return {
            int(sources[at]): self._repeats[label]
            for at in loops.tolist()
            if (label := int(fst.arcs["ilabel"][at])) in self._repeats
        }

    def _least_costs(self) -> dict[tuple[int, int], float]:
        """The cheapest arc of each input label, into final states (1) and others (0)."""
        fst = self._graph.fst
        final = np.isfinite(fst.final)[fst.arcs["target"]]
        costs: dict[tuple[int, int], float] = {}
        columns = (fst.arcs["ilabel"], final, fst.arcs["weight"])
        for label, ends, cost in zip(*(column.tolist() for column in columns), strict=True):
            key = (label, int(ends))
            costs[key] = min(costs.get(key, np.inf), cost)
        return costs

    def _sounds_after(self) -> _Sounds:
        fst = self._graph.fst
        pairs: dict[tuple[int, int], Counter[int]] = defaultdict(Counter)
        phones: dict[int, Counter[int]] = defaultdict(Counter)
        for source, label in zip(fst.sources().tolist(), fst.arcs["ilabel"].tolist(), strict=True):
            if (phase := self._phase_of.get(label)) is not None:
                phones[phase.phone][label] += 1
                if (before := self._own.get(source)) is not None:
                    pairs[before.phone, phase.phone][label] += 1
        unclear = sum(1 - max(c.values()) / c.total() > _RARE for c in pairs.values())
        if not pairs or unclear:
            raise NewWordsUnsupported("How a phone sounds depends on more than the one before it.")
        return _Sounds(by_pair=pairs, by_phone=phones)

    def _ends_of_words(self) -> dict[int, int]:
        """The boundary after each sound that ends words, by the label that leads there."""
        fst = self._graph.fst
        found: dict[int, int] = {}
        for state in np.isfinite(fst.final).nonzero()[0].tolist():
            if (phase := self._own.get(state)) is not None:
                found.setdefault(phase.leave, state)
        if not found:
            raise GraphUnreadable("HCLr.fst has no boundary between words.")
        return found

    def _joined(self, tree: _Tree, span: Interval) -> LookaheadGraph:
        old = self._graph.fst
        added: dict[int, list[_Arc]] = defaultdict(list, tree.arcs)
        roots = self._beginnings()
        for root, sounds in roots.items():
            added[root] += tree.beginning(sounds, self._costs)
        states = old.states + len(tree.states)
        final = np.concatenate([old.final, np.full(len(tree.states), np.inf, "<f4")])
        fst = _with_arcs(old, states, final, added)
        reaching = _silently_reaching(old, set(roots))
        ahead = [
            merged((*spans, span)) if state in reaching else spans
            for state, spans in enumerate(self._graph.ahead)
        ]
        ahead += [merged([(label, label + 1) for label in tree.ahead[s]]) for s in tree.states]
        relabelled = self._graph.relabelled
        if relabelled is not None:
            relabelled = {**relabelled, **{label: label for label in range(*span)}}
        return LookaheadGraph(
            fst=fst, final_label=self._graph.final_label, ahead=ahead, relabelled=relabelled
        )

    def _beginnings(self) -> dict[int, dict[int, int]]:
        """Of each boundary from which words begin: the sound that each phone has there."""
        fst = self._graph.fst
        roots: dict[int, dict[int, int]] = {}
        for state in np.isfinite(fst.final).nonzero()[0].tolist():
            labels = Counter(
                label
                for label, target in fst.arcs_of(state)[["ilabel", "target"]].tolist()
                if label in self._phase_of and target != state
            )
            if labels:
                roots[state] = {self._phase_of[label].phone: label for label in labels}
        return roots


@dataclass(frozen=True, slots=True, kw_only=True)
class _Sounds:
    """How often each sound (the label that enters it) stands for a phone, and after another."""

    by_pair: Mapping[tuple[int, int], Counter[int]]
    by_phone: Mapping[int, Counter[int]]

    def sound(self, before: int, phone: int) -> int:
        counts = self.by_pair.get((before, phone)) or self.by_phone[phone]
        return min(counts, key=lambda label: (-counts[label], label))

    def all_sounds(self, phone: int) -> Counter[int]:
        return self.by_phone[phone]


class _Tree:
    """The new words' paths; a state stands for the phones so far and the sound of the last."""

    def __init__(self, lexicon: LexiconGraph, *, first_state: int) -> None:
        self._lexicon = lexicon
        self._next = first_state
        self._state_of: dict[tuple[Phones, int], int] = {}
        self._singles: list[tuple[int, int]] = []
        self.arcs: dict[int, list[_Arc]] = defaultdict(list)
        self.ahead: dict[int, set[int]] = defaultdict(set)
        self._firsts: dict[int, dict[int, int]] = defaultdict(dict)

    @property
    def states(self) -> list[int]:
        return sorted(self._state_of.values())

    def add(self, phones: Phones, label: int) -> None:
        lexicon = self._lexicon
        if len(phones) == 1:
            self._singles.append((phones[0], label))
            return
        for sound in sorted(lexicon._follow.all_sounds(phones[0])):
            state = self._state(phones[:1], sound)
            self._firsts[phones[0]][sound] = state
            self.ahead[state].add(label)
            for at in range(1, len(phones) - 1):
                sound_here = lexicon._follow.sound(phones[at - 1], phones[at])
                target = self._state(phones[: at + 1], sound_here)
                cost = lexicon._costs.get((sound_here, 0), 0.0)
                self._connect(state, (sound_here, 0, cost, target))
                state = target
                self.ahead[state].add(label)
            last = lexicon._follow.sound(phones[-2], phones[-1])
            self._connect(state, (last, label, *self._end(last)))

    def beginning(
        self, sounds: Mapping[int, int], costs: Mapping[tuple[int, int], float]
    ) -> list[_Arc]:
        """The arcs that a boundary gets, where each phone has the given sound."""
        arcs: list[_Arc] = []
        for phone, states in sorted(self._firsts.items()):
            sound = self._sound_at(phone, sounds)
            arcs.append((sound, 0, costs.get((sound, 0), 0.0), states[sound]))
        for phone, label in self._singles:
            sound = self._sound_at(phone, sounds)
            if sound in self._lexicon._boundaries:
                arcs.append((sound, label, *self._end(sound)))
        return arcs

    def _sound_at(self, phone: int, sounds: Mapping[int, int]) -> int:
        counts = self._lexicon._follow.all_sounds(phone)
        return sounds.get(phone, min(counts, key=lambda label: (-counts[label], label)))

    def _end(self, sound: int) -> tuple[float, int]:
        return self._lexicon._costs.get((sound, 1), 0.0), self._lexicon._boundaries[sound]

    def _state(self, phones: Phones, sound: int) -> int:
        key = (phones, sound)
        if (found := self._state_of.get(key)) is None:
            found = self._state_of[key] = self._next
            self._next += 1
            repeat = self._lexicon._phase_of[sound].repeat
            cost = self._lexicon._costs.get((repeat, 0), 0.0)
            self.arcs[found].append((repeat, 0, cost, found))
        return found

    def _connect(self, state: int, arc: _Arc) -> None:
        if arc not in self.arcs[state]:
            self.arcs[state].append(arc)


def _with_arcs(
    old: Fst,
    states: int,
    final: np.ndarray[tuple[int], np.dtype[np.float32]],
    added: Mapping[int, list[_Arc]],
) -> Fst:
    rows: list[np.ndarray[tuple[int], np.dtype[np.void]]] = []
    for state in range(states):
        row = old.arcs_of(state) if state < old.states else np.zeros(0, ARC)
        if state in added:
            row = np.concatenate([row, np.array(added[state], ARC)])
            row = row[np.argsort(row["olabel"], kind="stable")]
        rows.append(row)
    first = np.concatenate([[0], np.cumsum([len(row) for row in rows], dtype=np.int64)])
    return Fst(
        start=old.start, final=final, first=first, arcs=np.concatenate(rows), symbols=old.symbols
    )


def _silently_reaching(fst: Fst, goals: set[int]) -> set[int]:
    """The states from which a goal can be reached without saying a word, the goals among them."""
    silent = fst.arcs["olabel"] == 0
    before: dict[int, list[int]] = defaultdict(list)
    pairs = zip(fst.arcs["target"][silent].tolist(), fst.sources()[silent].tolist(), strict=True)
    for target, source in pairs:
        before[target].append(source)
    reached = set(goals)
    waiting = list(goals)
    while waiting:
        for source in before[waiting.pop()]:
            if source not in reached:
                reached.add(source)
                waiting.append(source)
    return reached
